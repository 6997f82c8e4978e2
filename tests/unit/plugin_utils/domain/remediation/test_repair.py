"""A repair on simulated machines: each step is judged, guesses that did not help go, and every ending is honest."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.repair import SETTLING
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.request import RULES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.work import TO_TAKE_BACK
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import (
    CommandTimedOut,
    LineBroken,
    RemoteError,
    Unreachable,
)
from ansible_collections.windefend.maps.tests.support.remediation import (
    PROXY,
    FaultyHost,
    Journal,
    PromptHost,
    changed,
    repair,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine import firewall as store, proxy_stores
from ansible_collections.windefend.maps.winsim.machine.clean.registry import FIREWALL_POLICY_KEY
from ansible_collections.windefend.maps.winsim.machine.defender import STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier

QUICK = {"probe": "never"}
TIMEOUT = 5
"""Of a validation, in seconds, as `repair` asks for it."""


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Journal:
    return Journal(tmp_path)


def steps(result: dict[str, Any]) -> list[tuple[str, bool, bool]]:
    return [(one["id"], one["changed"], one["taken_back"]) for one in result["report"]["steps"]]


def our_rules(on: Machine) -> list[str]:
    ours = {rule["name"] for rule in RULES}
    return [rule.name for _value, rule in store.rules(on) if rule.name in ours]


def fails_once(text: str, error: Exception) -> Callable[[str], Exception | None]:
    """The error, for the first line that has the text."""
    once = [error]
    return lambda line: once.pop() if text in line and once else None


# --- The firewall's rules -------------------------------------------------------------------------------------------


def blocked_and_no_proxy() -> Machine:
    """Rules alone do not help: there is no way out without the proxy either."""
    on = machine("outbound_block")
    on.network.direct.blocked["*:*"] = Barrier.DROP
    return on


def test_rules_that_did_not_help_go_and_are_remembered(journal: Journal) -> None:
    on = blocked_and_no_proxy()
    before = our_rules(on)
    variables = {**QUICK, "winhttp_proxy": False}
    result = repair(PromptHost(on), variables, journal)
    assert (steps(result), before, our_rules(on)) == ([("firewall", True, True)], [], [])
    assert (result["changed"], result["report"]["outcome"]) == (False, "not_repairable")
    again = repair(PromptHost(on), variables, journal)
    assert steps(again) == []
    assert "Not tried again: firewall did not help on " in again["report"]["reason"]


def test_rules_without_which_the_proxy_would_not_help_stay(journal: Journal) -> None:
    on = blocked_and_no_proxy()
    on.network.proxies[PROXY] = machine("crl_blocked").network.proxies[PROXY]
    on.network.proxies[PROXY].blocked.clear()
    result = repair(PromptHost(on), QUICK, journal)
    assert steps(result) == [("firewall", True, False), ("winhttp_proxy", True, False)]
    assert result["report"]["outcome"] == "repaired"
    assert sorted(our_rules(on)) == sorted(rule["name"] for rule in RULES)


def test_a_rule_that_was_there_comes_back_as_it_was(journal: Journal) -> None:
    on = blocked_and_no_proxy()
    old = "v2.31|Action=Allow|Active=FALSE|Dir=Out|Protocol=6|RPort=1|Svc=WinDefend|Name=windefend.maps MAPS|"
    on.registry.set_text(rf"{store.LOCAL_KEY}\FirewallRules", "{old}", old)
    assert steps(repair(PromptHost(on), {**QUICK, "winhttp_proxy": False}, journal)) == [("firewall", True, True)]
    (rule,) = [rule for _value, rule in store.rules(on) if rule.name in {one["name"] for one in RULES}]
    assert (rule.name, rule.active) == ("windefend.maps MAPS", False)
    assert (rule.first("Svc").lower(), rule.every("RPort")) == ("windefend", ("1",))


SECOND = {"name": RULES[1]["name"]}


@pytest.mark.parametrize(
    "error", [HostError("nothing was written", before=[], after=[]), CommandTimedOut("pc: no answer")]
)
def test_a_rule_that_was_written_before_another_failed_is_reported_and_goes(error: Exception, journal: Journal) -> None:
    """The second rule certainly changed nothing, or nobody knows; the first one was written."""
    on = machine("outbound_block")
    host = FaultyHost(on)
    seen: list[list[str]] = []
    fails = fails_once(f'name="{SECOND["name"]}"', error)

    def before(line: str) -> Exception | None:
        found = fails(line)
        if found is not None:
            seen.append(our_rules(on))
        return found

    host.before = before
    result = repair(host, QUICK, journal)
    assert seen == [[RULES[0]["name"]]], "one rule stood when the other failed"
    report = result["report"]
    assert report["outcome"] == "failed"
    assert "It may have changed" in report["reason"]
    assert RULES[0]["name"] in report["reason"]
    assert "the journal's run run-1" in report["reason"]
    assert steps(result) == [("firewall", True, True)]
    assert our_rules(on) == []
    assert result["changed"] is False


def test_rules_that_did_not_help_go_also_where_a_later_step_fails(journal: Journal) -> None:
    on = blocked_and_no_proxy()
    host = FaultyHost(on)
    host.before = fails_once("winhttp set proxy", CommandTimedOut("pc: no answer"))
    result = repair(host, QUICK, journal)
    assert [one[0] for one in steps(result)] == ["firewall", "winhttp_proxy"]
    assert our_rules(on) == []
    assert steps(result)[0] == ("firewall", True, True)
    assert result["report"]["outcome"] == "failed"


def test_rules_that_cannot_be_taken_back_are_a_failure_and_count(journal: Journal) -> None:
    on = blocked_and_no_proxy()
    host = FaultyHost(on)
    host.before = lambda line: CommandTimedOut("pc: no answer") if "delete rule" in line else None
    result = repair(host, {**QUICK, "winhttp_proxy": False}, journal)
    assert (steps(result), result["changed"]) == ([("firewall", True, False)], True)
    assert result["report"]["outcome"] == "failed"
    assert "the step firewall could not be taken back: pc: no answer" in result["report"]["reason"]


# --- Local rules that policy ignores, and a proxy that Defender keeps -----------------------------------------------


@pytest.mark.parametrize("probe", ["auto", "never"])
def test_where_policy_ignores_local_rules_its_owner_is_asked_for_the_two(probe: str) -> None:
    on = machine("outbound_block")
    for profile in ("DomainProfile", "PrivateProfile", "PublicProfile"):
        on.registry.set_dword(f"{FIREWALL_POLICY_KEY}\\{profile}", "AllowLocalPolicyMerge", 0)
    before = state(on)
    report = repair(PromptHost(on), {"probe": probe, "winhttp_proxy": False})["report"]
    assert (report["outcome"], report["cause"], report["steps"]) == ("not_repairable", "firewall_default_block", [])
    assert "the owner of the policy" in report["reason"]
    assert all(name in report["reason"] for name in ("AllowLocalPolicyMerge", "WinDefend", "CryptSvc"))
    assert our_rules(on) == []
    assert changed(before, on) == []


class KeepsItsProxy(FaultyHost):
    """Defender goes on with the proxy that it kept for so many validations after the first."""

    def __init__(self, on: Machine, validations: int) -> None:
        super().__init__(on)
        on.registry.set_text(STATE_KEY, "LastKnownGoodProxy", "kept.corp.example:8080")
        on.network.proxies[PROXY].reachable = False
        self.left = validations + 1

        def after(line: str) -> None:
            self.left -= "-ValidateMapsConnection" in line
            on.network.proxies[PROXY].reachable = self.left <= 0

        self.after = after


def test_a_validation_over_the_proxy_that_defender_kept_is_repeated_after_a_pause() -> None:
    pauses: list[float] = []
    result = repair(KeepsItsProxy(machine("no_winhttp_proxy_70006"), 1), QUICK, pauses=pauses)
    report = result["report"]
    assert (report["outcome"], steps(result)) == ("repaired", [("winhttp_proxy", True, False)])
    assert pauses == [SETTLING]
    assert "kept.corp.example:8080" in report["reason"]
    assert f"repeated after {SETTLING:g} seconds" in report["reason"]


def test_it_is_repeated_once_and_only_after_the_proxy_step() -> None:
    pauses: list[float] = []
    result = repair(KeepsItsProxy(machine("no_winhttp_proxy_70006"), 2), QUICK, pauses=pauses)
    assert (result["report"]["outcome"], pauses) == ("not_repairable", [SETTLING])
    on = blocked_and_no_proxy()
    on.registry.set_text(STATE_KEY, "CachedProxy", "kept.corp.example:8080")
    pauses.clear()
    repair(PromptHost(on), {**QUICK, "winhttp_proxy": False}, pauses=pauses)
    assert pauses == []


def test_without_a_kept_proxy_nothing_is_waited_for() -> None:
    pauses: list[float] = []
    on = machine("no_winhttp_proxy_70006")
    on.network.proxies[PROXY].reachable = False
    assert repair(PromptHost(on), QUICK, pauses=pauses)["report"]["outcome"] == "not_repairable"
    assert pauses == []


@pytest.mark.parametrize("name", ["CachedProxy", "LastKnownGoodProxy", "CachedProxyBypass"])
def test_a_guess_is_tried_again_after_defender_kept_another_proxy(name: str, journal: Journal) -> None:
    on = blocked_and_no_proxy()
    variables = {**QUICK, "winhttp_proxy": False}
    assert len(steps(repair(PromptHost(on), variables, journal))) == 1
    assert steps(repair(PromptHost(on), variables, journal)) == []
    on.registry.set_text(STATE_KEY, name, "kept.corp.example:8080")
    tried = steps(repair(PromptHost(on), variables, journal))
    assert bool(tried) is (name != "CachedProxyBypass"), "what nobody depends on changes nothing"


# --- A step that did not help, and one that failed ------------------------------------------------------------------


def test_a_proxy_that_did_not_help_stays_because_it_was_given() -> None:
    on = machine("no_winhttp_proxy_70006")
    on.network.proxies[PROXY].blocked["*:443"] = Barrier.REFUSE
    result = repair(PromptHost(on), QUICK)
    assert (steps(result), result["changed"]) == ([("winhttp_proxy", True, False)], True)
    assert proxy_stores.read_winhttp(on).proxy == PROXY
    assert result["report"]["outcome"] == "not_repairable"
    assert "Tried without success: winhttp_proxy" in result["report"]["reason"]


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("kind", [CommandTimedOut, LineBroken, Unreachable])
def test_a_change_whose_answer_is_lost_is_reported_with_its_place_and_run(
    kind: type[RemoteError], carried_out: bool, journal: Journal
) -> None:
    on = machine("no_winhttp_proxy_70006")
    host = FaultyHost(on)
    fails = fails_once("winhttp set proxy", kind("pc: no answer"))
    if carried_out:
        host.after = fails
    else:
        host.before = fails
    result = repair(host, QUICK, journal)
    report = result["report"]
    assert (proxy_stores.read_winhttp(on).proxy == PROXY) is carried_out
    assert (report["outcome"], result["changed"], report["changes"]) == ("failed", True, 1)
    assert "WinHttpSettings" in report["reason"]
    assert "the journal's run run-1 has what was there" in report["reason"]
    assert report["steps"][0]["before"]["winhttp"]["http"] == ""
    assert repair(PromptHost(on), QUICK, journal)["report"]["after"]["connected"]


def test_a_connection_that_is_lost_before_any_change_is_no_result() -> None:
    """The task is then unreachable, as for every module."""
    on = machine("outbound_block")
    host = FaultyHost(on)
    host.before = lambda _line: Unreachable("pc: gone") if len(host.lines) > 2 else None
    before = state(on)
    with pytest.raises(Unreachable):
        repair(host, QUICK)
    assert changed(before, on) == []


def test_what_fails_before_any_change_without_losing_the_connection_is_an_outcome() -> None:
    on = machine("outbound_block")
    host = FaultyHost(on)

    def slow(line: str) -> Exception | None:
        begun = any("-ValidateMapsConnection" in one for one in host.lines) and "FirewallPolicy" in line
        return CommandTimedOut("pc: slow") if begun else None

    host.before = slow
    result = repair(host, QUICK)
    assert (result["report"]["outcome"], result["changed"]) == ("failed", False)
    assert steps(result) == [("firewall", False, False)]
    assert "pc: slow" in result["report"]["reason"]


def test_what_fails_while_a_host_is_assessed_is_raised() -> None:
    host = FaultyHost(machine("crl_blocked"))
    host.before = fails_once("-ValidateMapsConnection", CommandTimedOut("pc: slow"))
    with pytest.raises(CommandTimedOut):
        repair(host, QUICK)


# --- Time -----------------------------------------------------------------------------------------------------------


class Clock:
    """The seconds that are left, one value for each question, the last for ever."""

    def __init__(self, *values: float) -> None:
        self.values = list(values)

    def __call__(self) -> float:
        return self.values.pop(0) if len(self.values) > 1 else self.values[0]


ENOUGH = TIMEOUT + TO_TAKE_BACK


def test_no_step_begins_without_time_for_its_validation_and_the_way_back() -> None:
    on = machine("no_winhttp_proxy_70006")
    before = state(on)
    result = repair(PromptHost(on), QUICK, time_left=Clock(ENOUGH - 1))
    assert (steps(result), result["changed"], result["report"]["outcome"]) == ([], False, "failed")
    assert f"the step winhttp_proxy was not taken: {ENOUGH - 1:.0f} seconds are left" in result["report"]["reason"]
    assert changed(before, on) == []
    assert repair(PromptHost(on), QUICK, time_left=Clock(ENOUGH))["report"]["outcome"] == "repaired"


@pytest.mark.parametrize("left", [0.0, -5.0, ENOUGH - 1])
def test_where_the_time_runs_out_between_two_steps_the_first_is_taken_back(left: float, journal: Journal) -> None:
    on = blocked_and_no_proxy()
    result = repair(PromptHost(on), QUICK, journal, time_left=Clock(1000.0, left))
    assert steps(result) == [("firewall", True, True)]
    assert our_rules(on) == []
    assert result["report"]["outcome"] == "failed"
    assert f"winhttp_proxy was not taken: {max(0.0, left):.0f} seconds" in result["report"]["reason"]


def test_a_loosening_is_not_begun_without_time() -> None:
    on = machine("crl_blocked")
    variables = {**QUICK, "ssl_options_workaround": "no_revocation"}
    result = repair(PromptHost(on), variables, time_left=Clock(1.0))
    assert (steps(result), result["report"]["outcome"]) == ([], "failed")
    assert on.registry.get(spynet.POLICY, "SSLOptions") is None


# --- Check mode -----------------------------------------------------------------------------------------------------


def test_check_mode_shows_the_first_step_and_what_may_follow() -> None:
    on = blocked_and_no_proxy()
    on.defender.choice = 0  # a code that a loosening may mend
    before = state(on)
    variables = {**QUICK, "ssl_options_workaround": "no_revocation"}
    result = repair(PromptHost(on), variables, check_mode=True)
    shown = [(one["id"], one["changed"], one["conditional"]) for one in result["report"]["steps"]]
    assert shown == [("firewall", True, False), ("winhttp_proxy", False, True), ("ssl_options", False, True)]
    assert (result["report"]["outcome"], result["report"]["check_mode"]) == ("planned", True)
    assert changed(before, on) == []


def test_a_host_with_nothing_to_do_needs_no_work() -> None:
    result = repair(PromptHost(machine()), QUICK)
    assert (result["needs_work"], result["changed"], result["report"]["outcome"]) == (False, False, "healthy")
    assert repair(PromptHost(machine("crl_blocked")), {**QUICK, "winhttp_proxy": False})["needs_work"] is False
