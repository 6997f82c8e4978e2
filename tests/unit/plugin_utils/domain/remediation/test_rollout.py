"""Whether a rollout goes on after a wave: harm stops it, and a first wave that shows no help does."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.rollout import (
    NAMED,
    LeastRepaired,
    reason_to_stop,
)
from ansible_collections.windefend.maps.tests.support.remediation import PROXY, Journal, PromptHost, repair
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier

ONE = LeastRepaired()


def ended(outcome: str, *steps: str, assessed: bool = True) -> dict[str, Any]:
    """A result of maps_connection, as far as it matters here."""
    shown = [{"id": step, "conditional": False} for step in steps]
    return {"outcome": outcome, "report": {"steps": shown}, **({"needs_work": bool(steps)} if assessed else {})}


REPAIRED = ended("repaired", "winhttp_proxy")
NOT_HELPED = ended("not_repairable", "winhttp_proxy")
STOPS_NOTHING = {
    "a plan without steps": ended("not_repairable"),
    "healthy": ended("healthy"),
    "not in use": ended("not_applicable"),
    "unreachable": ended("unreachable", assessed=False),
    "it cannot be read": ended("failed", assessed=False),
    "no result at all": {},
    "an earlier loosening went": ended("healthy", "tighten"),
    "an unproven loosening went": ended("not_repairable", "tighten"),
}


def stops(*results: dict[str, Any], first: bool = True, least: LeastRepaired = ONE, check_mode: bool = False) -> str:
    named = {f"pc{number}": result for number, result in enumerate(results)}
    return reason_to_stop(named, first=first, least=least, check_mode=check_mode)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_step_that_failed_stops_and_is_named(first: bool, check_mode: bool) -> None:
    reason = stops(REPAIRED, ended("failed", "firewall"), first=first, check_mode=check_mode)
    assert "a step failed, or the host got worse: pc1" in reason


def test_of_many_hosts_the_first_are_named_and_the_others_counted() -> None:
    reason = stops(*[ended("failed", "firewall")] * (NAMED + 3))
    assert reason.endswith("pc4 and 3 more")


def test_a_host_on_which_no_step_could_begin_stops_too() -> None:
    """It was assessed, and its time ran out: the next wave would fare alike."""
    assert stops(ended("failed"))


@pytest.mark.parametrize("result", STOPS_NOTHING.values(), ids=list(STOPS_NOTHING))
@pytest.mark.parametrize("least", [ONE, LeastRepaired(100, percent=True), LeastRepaired(5)])
def test_a_host_without_a_repair_stops_nothing(result: dict[str, Any], least: LeastRepaired) -> None:
    assert stops(result, least=least) == ""
    assert stops(result, REPAIRED, least=least) == ""
    assert stops() == ""


def test_a_first_wave_that_did_not_help_stops() -> None:
    reason = stops(NOT_HELPED, ended("not_repairable"))
    assert "helped 0 of 1 hosts of the first wave" in reason
    assert "maps_min_repaired asks for 1" in reason
    assert stops(NOT_HELPED, first=False) == "", "the first wave showed that it works"
    assert stops(NOT_HELPED, check_mode=True) == ""


@pytest.mark.parametrize(
    ("least", "repaired", "tried", "goes_on"),
    [
        ("1", 1, 10, True),
        ("2", 1, 10, False),
        ("2", 2, 10, True),
        ("20", 3, 3, True),
        ("20", 2, 3, False),
        ("25%", 1, 4, True),
        ("25%", 1, 5, False),
        ("26%", 1, 4, False),
        ("1%", 0, 4, False),
        ("100%", 3, 4, False),
        ("100%", 4, 4, True),
        ("0", 0, 4, True),
        ("0%", 0, 4, True),
    ],
)
def test_how_many_must_be_repaired(least: str, repaired: int, tried: int, goes_on: bool) -> None:
    results = [REPAIRED] * repaired + [NOT_HELPED] * (tried - repaired)
    assert (stops(*results, least=LeastRepaired.parse(least)) == "") is goes_on


@pytest.mark.parametrize(
    ("given", "wanted"), [(1, ONE), (" 25% ", LeastRepaired(25, percent=True)), ("3", LeastRepaired(3))]
)
def test_it_is_a_number_or_a_percentage(given: object, wanted: LeastRepaired) -> None:
    assert LeastRepaired.parse(given) == wanted


@pytest.mark.parametrize("given", ["", "-1", "1.5", "101%", "5 %", "many", True, None, "1234567", [1]])
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(Refused, match="min_repaired must be a number of hosts or a percentage"):
        LeastRepaired.parse(given)


def test_steps_that_may_follow_were_not_taken() -> None:
    predicted = ended("planned")
    predicted["report"]["steps"] = [{"id": "winhttp_proxy", "conditional": True}]
    assert stops(predicted) == ""


def test_the_compact_result_of_a_sweep_counts_alike() -> None:
    compact = {"outcome": "not_repairable", "steps": ["winhttp_proxy"], "needs_work": True}
    assert stops(compact)
    assert stops({**compact, "steps": ["tighten"]}) == ""
    assert stops({**compact, "steps": []}) == ""


def test_results_of_real_repairs_are_understood(tmp_path: Any) -> None:
    def ran(name: str, **variables: Any) -> dict[str, Any]:
        on = machine(name)
        if variables.pop("refuses", False):
            on.network.proxies[PROXY].blocked["*:443"] = Barrier.REFUSE
        result = repair(PromptHost(on), {"probe": "never", **variables}, Journal(tmp_path / name))
        return {**result, "outcome": result["report"]["outcome"]}

    assert stops(ran("no_winhttp_proxy_70006")) == ""
    assert "helped 0 of 1" in stops(ran("proxy_dead", refuses=True))
    assert stops(ran("gpo_block_rule"), ran("healthy"), ran("proxy_authentication")) == ""
