"""Whatever fails during a repair, in whichever order, its report is complete and says what really changed."""

from __future__ import annotations

import json
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.outcome import OUTCOMES
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import (
    CommandTimedOut,
    LineBroken,
    RemoteError,
    ShellRefused,
    Unreachable,
)
from ansible_collections.windefend.maps.tests.support.remediation import (
    Journal,
    PromptHost,
    changed_in_effect,
    repair,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS
from hypothesis import example, given, settings, strategies as st

ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: Unreachable("pc: gone"),
    lambda: ShellRefused("pc: no shell"),
    lambda: CommandTimedOut("pc: slow"),
    lambda: LineBroken("pc: cut"),
    lambda: HostError("no"),
    lambda: HostError("nothing changed", before=1, after=1),
    lambda: ValueError("no such form"),
)
CASES = {
    "no_winhttp_proxy_72f8f": {"detection_test": False},
    "wsus_by_full_name": {},
    "proxy_dead": {"ssl_options_workaround": "no_revocation"},
    "outbound_block": {"ssl_options_workaround": "no_revocation_no_pinning"},
    "crl_blocked": {"ssl_options_workaround": "no_revocation"},
}
REQUIRED = json.loads((pathlib.Path(__file__).parents[5] / "docs" / "report.schema.json").read_text())["$defs"]["host"]
PLACES = ("WinHttpSettings", "FirewallRules", "SSLOptions", "RootDirUrl")


def touched(before: dict[str, Any], on: Machine) -> list[str]:
    """What differs from before at the places that a repair writes."""
    return [line for line in changed_in_effect(before, on) if any(place in line for place in PLACES)]


def demand_honest(result: dict[str, Any], before: dict[str, Any], on: Machine) -> None:
    report = result["report"]
    assert set(REQUIRED["required"]) <= report.keys()
    assert report["outcome"] in OUTCOMES
    assert report["reason"]
    json.dumps(result)
    differs = touched(before, on)
    assert result["changed"] or not differs, differs
    assert result["changed"] == (report["changes"] > 0)
    loosened = on.registry.get(spynet.POLICY, "SSLOptions") is not None
    proven = report["before"]["connected"] or any(
        one["id"] == "ssl_options" and one["helped"] for one in report["steps"]
    )
    if loosened and not proven:
        assert report["outcome"] == "failed"
        assert "could not be taken back" in report["reason"]
        assert report["debt"] != [], "None where it is not known"


def faults() -> Iterator[Any]:
    error = st.integers(0, len(ERRORS) - 1)
    yield st.dictionaries(st.integers(1, 40), st.tuples(error, st.booleans()), max_size=5)


@settings(max_examples=60)
@given(
    name=st.sampled_from(sorted(CASES)),
    probe=st.booleans(),
    helps=st.booleans(),
    given_faults=st.one_of(*faults()),
    gone_from=st.one_of(st.none(), st.integers(1, 40)),
)
@example("wsus_by_full_name", True, False, {7: (0, True)}, None)
def test_whatever_fails_the_report_is_complete_and_honest(
    name: str, probe: bool, helps: bool, given_faults: dict[int, tuple[int, bool]], gone_from: int | None
) -> None:
    on = machine(name)
    if not helps:
        for proxy in on.network.proxies.values():
            proxy.blocked["*:443"] = Barrier.REFUSE
    before = state(on)
    breaks: dict[int, Exception | tuple[Exception]] = {}
    for number, (which, carried_out) in given_faults.items():
        error = ERRORS[which]()
        # An error that says what was there before and after comes from a host that was read.
        read = "after" in getattr(error, "details", {})
        breaks[number] = (error,) if carried_out and not read else error
    if gone_from is not None:
        breaks |= {number: Unreachable("pc: gone") for number in range(gone_from, 400)}
    variables = {**SCENARIOS[name].variables, **CASES[name], "probe": "auto" if probe else "never"}
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(pathlib.Path(folder))
        try:
            result = repair(PromptHost(on, breaks), variables, journal)
        except (RemoteError, HostError, ValueError):
            assert touched(before, on) == [], "what fails while a host is assessed changes nothing"
            return
        demand_honest(result, before, on)
        # The next run of a host that answers again ends, and leaves nothing loosened that does not help.
        between = state(on)
        again = repair(PromptHost(on), variables, journal)
        assert again["report"]["outcome"] in ("healthy", "repaired", "not_repairable")
        demand_honest(again, between, on)
