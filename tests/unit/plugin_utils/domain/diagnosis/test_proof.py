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
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import (
    EXCLUDED,
    HIDDEN,
    Appraisal,
    appraise,
    undecided,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.change import Wish
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Wishes, plan
from ansible_collections.windefend.maps.tests.support import broken_hosts
from ansible_collections.windefend.maps.tests.support.broken_hosts import NETWORKS, PROXY, StateOf
from ansible_collections.windefend.maps.tests.support.collected_evidence import Collected, Seen, everything, holds, take

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
    named = {name for name, one in found.items() if one.named and name not in grouped}
    excluded = {name for name, one in found.items() if one.verdict == EXCLUDED}
    missed = [causes for causes in groups if not state.wrong & set(causes)]
    if named - state.wrong or excluded & state.wrong or missed:
        return "wrong", f"{state}: named {named - state.wrong}, excluded {excluded & state.wrong}, groups {missed}"
    rest = {name: one for name, one in found.items() if name not in named | excluded | grouped}
    # What hides another must itself hold: else it would only be an excuse.
    excuses = [name for name, one in rest.items() if not set(one.behind) & (state.wrong | grouped)]
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


def test_the_page_adds_up() -> None:
    sums = [sum(int(row(name)[column].replace(",", "")) for name in NETWORKS) for column in range(1, len(KINDS) + 3)]
    assert row("all")[1:] == [f"{number:,}" for number in sums]


WISHES = Wishes(Wish(PROXY, PROXY), True, "no_revocation")


def first_step_removes_what_it_claims(state: StateOf, collected: Collected) -> int:
    """Takes the first step of the plan on the machine, all being allowed; 1 where it claims something, else 0."""
    seen = collected.seen(state)
    o = observed(seen)
    if not o.connected and any(question == "candidate" for _causes, question in undecided(o, appraise(o))):
        o = observed(seen, collected.candidate(state))
    winhttp = seen.host["proxy"]["winhttp"]
    made = plan(o, Wish(winhttp["http"], winhttp["https"], tuple(winhttp["bypass_list"])), WISHES)
    if not made.steps or not made.steps[0].removes:
        return 0  # nothing to do, or what the user wished for by value
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
        assert observed(everything(state, waited)) == observed(Collected().seen(state)), state
