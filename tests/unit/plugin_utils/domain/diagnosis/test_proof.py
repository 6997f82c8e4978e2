"""The proof: hosts broken in every combination, evidence as modules collect it, and the diagnosis says what is wrong.

Of each cause the diagnosis says that it holds, that it does not, that another hides it, that it is one of two, or that
it is open. Nothing it says may be wrong, and the first step of the plan removes what it claims to. The numbers stand on
docs/diagnosis.md, and this test holds the page to them.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import Standing
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import (
    CERTAIN,
    EXCLUDED,
    HIDDEN,
    UNKNOWN,
    Appraisal,
    appraise,
    undecided,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.change import ProxySettings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Allowed, plan
from ansible_collections.windefend.maps.tests.support import broken_hosts
from ansible_collections.windefend.maps.tests.support.broken_hosts import NETWORKS, PROXY, StateOf
from ansible_collections.windefend.maps.tests.support.collected_evidence import Collected, Seen, everything, holds, take
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.defender import MANAGER_KEY, POLICY_KEY, STATE_KEY

PAGE = Path(__file__).resolve().parents[5] / "docs" / "diagnosis.md"
KINDS = ("exactly", "behind", "one_of_two", "open", "wrong")


def observed(seen: Seen, candidate: Mapping[str, object] | None = None) -> Observation:
    return observe(seen.host, seen.validation, seen.endpoints, seen.root_update, candidate)


def told(state: StateOf, collected: Collected) -> tuple[str, str]:
    """How well a state is told, one of KINDS, and in words what was wrong."""
    o = observed(collected.seen(state))
    if o.connected:
        return ("wrong", f"called healthy: {state}") if state.wrong else ("exactly", "")
    found = appraise(o)
    if any(question == "candidate" for _causes, question in undecided(o, found)):
        o = observed(collected.seen(state), collected.candidate(state))
        found = appraise(o)
    return judged(state, found, [causes for causes, _question in undecided(o, found)])


def judged(state: StateOf, found: Mapping[str, Appraisal], groups: list[tuple[str, ...]]) -> tuple[str, str]:
    grouped = {cause for causes in groups for cause in causes}
    named = {name for name, one in found.items() if one.asserted and name not in grouped}
    excluded = {name for name, one in found.items() if one.verdict == EXCLUDED}
    missed = [causes for causes in groups if not state.wrong & set(causes)]
    if named - state.wrong or excluded & state.wrong or missed:
        return "wrong", f"{state}: named {named - state.wrong}, excluded {excluded & state.wrong}, groups {missed}"
    # What speaks against a cause without excluding it tells that it does not hold, where it does not.
    doubted = {name for name, one in found.items() if one.verdict == UNKNOWN and one.against} - state.wrong
    rest = {name: one for name, one in found.items() if name not in named | excluded | grouped | doubted}
    # What hides another must itself hold: else it would only be an excuse.
    excuses = [name for name, one in rest.items() if not set(one.hidden_by) & (state.wrong | grouped)]
    if excuses:
        assert all(one.verdict != HIDDEN for name, one in rest.items() if name in excuses), (state, excuses)
        return "open", ""
    return ("one_of_two" if groups else "behind" if rest else "exactly"), ""


def row(name: str) -> list[str]:
    """The page's line on a network, or on all."""
    name = name if name == "all" else f"`{name}`"
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {name} |")]
    assert len(lines) == 1, f"docs/diagnosis.md needs one line on {name}"
    return [cell.strip() for cell in lines[0].strip("|").split("|")]


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_wrong_is_said(name: str, record_property: Callable[[str, object], None]) -> None:
    collected, counts, wrong, steps = Collected(), Counter(dict.fromkeys(KINDS, 0)), [], 0
    for network in broken_hosts.networks(name):
        steps += first_step_removes_what_it_claims(network, collected)
        for state in broken_hosts.hosts(network):
            kind, why = told(state, collected)
            counts[kind] += 1
            wrong += [why] if why else []
    assert wrong[:5] == []
    numbers = [sum(counts.values()), *(counts[kind] for kind in KINDS), steps]
    record_property("diagnosis_proof", numbers)
    measured = [f"`{name}`", *(f"{number:,}" for number in numbers)]
    assert row(name) == measured, f"docs/diagnosis.md does not give the measured numbers: {' | '.join(measured)}"


@pytest.mark.parametrize("singly", [True, False])
@pytest.mark.parametrize("order", [(MANAGER_KEY, POLICY_KEY, STATE_KEY), (POLICY_KEY, STATE_KEY)])
def test_nothing_wrong_is_said_whichever_store_of_defenders_own_proxy_windows_obeys(
    order: tuple[str, ...], singly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table takes the order that Microsoft gives in general; no source says that it is that of the proxy."""
    monkeypatch.setattr(proxy_stores, "OWN_STORES", order)
    monkeypatch.setattr(proxy_stores, "OWN_VALUES_SINGLY", singly)
    name = "defenders_stores_differ"
    if order[0] == MANAGER_KEY:  # so the proxy that works is obeyed
        missing = replace(NETWORKS[name], wrong=("winhttp_proxy_missing",), maps="proxy")
        monkeypatch.setitem(NETWORKS, name, missing)
    collected = Collected()
    found = [told(state, collected) for state in broken_hosts.networks(name)]
    assert [why for _kind, why in found if why][:5] == []
    assert len(found) >= 40


def test_nothing_certain_is_wrong_where_nothing_can_be_probed(
    record_property: Callable[[str, object], None],
) -> None:
    """Fidelity A1: Windows 10 1607 and Server 2016 with a current platform, where there is no curl.exe. There the code
    is all that tells of the network, so what is likely may be another cause; what is certain or excluded may not."""
    counts = Counter(dict.fromkeys(("states", "leading cause applies", "leading cause does not apply", "wrong"), 0))
    for name in NETWORKS:
        collected = Collected()
        for network in broken_hosts.networks(name):
            state = replace(network, build=False, updated=True)
            o = observed(collected.seen(state))
            counts["states"] += 1
            if o.connected:
                counts["wrong"] += bool(state.wrong)
                continue
            found = appraise(o)
            certain = {cause for cause, one in found.items() if one.verdict == CERTAIN}
            excluded = {cause for cause, one in found.items() if one.verdict == EXCLUDED}
            likely = {cause for cause, one in found.items() if one.asserted}
            counts["wrong"] += bool(
                certain - state.wrong or excluded & state.wrong or "windows_too_old" not in excluded
            )
            if likely:
                counts[f"leading cause {'applies' if likely <= state.wrong else 'does not apply'}"] += 1
    record_property("diagnosis_proof_without_curl", dict(counts))
    assert counts["wrong"] == 0
    numbers = " | ".join(f"{number:,}" for number in counts.values())
    assert f"| {numbers} |" in PAGE.read_text(encoding="utf-8"), numbers


@pytest.mark.parametrize("managed", ["ignored", "obeyed"])
def test_nothing_certain_is_wrong_where_the_policy_may_be_ignored(managed: str) -> None:
    """A5: SSLOptions 2 is stored on a host that Intune manages, and whether Defender obeys it is not known. So nothing
    is said for certain of what depends on it."""
    choose = random.Random(5)  # noqa: S311 - which states, not a secret
    judgements, wrong = 0, []
    for name in NETWORKS:
        collected = Collected()
        for network in choose.sample(list(broken_hosts.networks(name)), 6):
            state = replace(network, managed=managed)
            o = observed(collected.seen(state))
            if o.connected:
                wrong += [f"called healthy: {state}"] if managed == "ignored" and state.wrong else []
                continue
            found = appraise(o)
            certain = {cause for cause, one in found.items() if one.verdict == CERTAIN}
            excluded = {cause for cause, one in found.items() if one.verdict == EXCLUDED}
            judgements += 1
            if certain - state.wrong or excluded & state.wrong:
                wrong.append(f"{state}: certain {certain - state.wrong}, excluded {excluded & state.wrong}")
    assert judgements > 80
    assert wrong[:5] == []


def test_the_page_adds_up() -> None:
    sums = [sum(int(row(name)[column].replace(",", "")) for name in NETWORKS) for column in range(1, len(KINDS) + 3)]
    assert row("all")[1:] == [f"{number:,}" for number in sums]


REQUESTS = Allowed(ProxySettings(PROXY, PROXY), True, "no_revocation")


def first_step_removes_what_it_claims(state: StateOf, collected: Collected) -> int:
    """Takes the first step of the plan on the machine, all being allowed; 1 where it claims something, else 0."""
    seen = collected.seen(state)
    o = observed(seen)
    if not o.connected and any(question == "candidate" for _causes, question in undecided(o, appraise(o))):
        o = observed(seen, collected.candidate(state))
    winhttp = seen.host["proxy"]["winhttp"]
    made = plan(o, ProxySettings(winhttp["http"], winhttp["https"], tuple(winhttp["bypass_list"])), REQUESTS)
    if not made.steps or not made.steps[0].removes:
        return 0  # nothing to do, or what the user desired for by value
    step = made.steps[0]
    claimed = set(step.removes) & state.wrong
    assert claimed, (state, step, "a step that removes nothing that is wrong here")
    machine = state.machine()
    assert all(holds(cause, machine) for cause in claimed), (state, claimed)
    take(step, machine)
    assert not any(holds(cause, machine) for cause in claimed), (state, step.id, claimed)
    return 1


def test_what_is_collected_once_is_what_each_state_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product asks each part once; a sample asks all, through MpCmdRun and scheduled tasks, and sees the same."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    choose = random.Random(9)  # noqa: S311 - which states, not a secret
    states = [
        state for name in NETWORKS for network in broken_hosts.networks(name) for state in broken_hosts.hosts(network)
    ]
    for state in choose.sample(states, 30):
        whole = observed(everything(state, waited))
        # What may break a connection later decides no cause, and is not collected.
        assert whole.record is not None
        written = replace(whole.record, noted=None)
        assert replace(whole, standing=Standing(), record=written) == observed(Collected().seen(state)), state
