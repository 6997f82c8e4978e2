"""Weighs the rules: what each cause comes to, which it hides, and which look alike.

- A cause is certain where something proves it, likely where something supports it, possible where it would look like
  this. An exclusion outweighs hints, and turns a proof into a contradiction, which is no more than possible.
- Where nothing speaks for or against a cause it is unknown, or hidden: a cause that holds keeps it from being seen.
- Causes that look alike are told as one of them, with the probe that would tell.
- A code that a cause gives which was seen otherwise is explained: it says nothing of others.

And what would tell more: which probe looks at which cause, and which causes look alike until another one is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..language import QUESTIONS, Message
from . import rules_proxy, rules_state
from .causes import CAUSES, Cause
from .observation import Observation, seen_by
from .rule import Basis, Rule, Weight
from .rules_probes import direct_lists_missing, direct_stop
from .rules_state import GIVES

RULES: tuple[Rule, ...] = (*rules_state.RULES, *rules_proxy.RULES)

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"
EXCLUDED, HIDDEN, UNKNOWN = "excluded", "hidden", "unknown"
VERDICTS = (CERTAIN, LIKELY, POSSIBLE, EXCLUDED, HIDDEN, UNKNOWN)


@dataclass(frozen=True)
class Evidence:
    """What a rule saw."""

    said: Message
    source: str
    weight: Weight
    by: Basis


@dataclass(frozen=True)
class Appraisal:
    """What a cause comes to."""

    cause: Cause
    verdict: str
    """One of VERDICTS."""
    supporting: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    hidden_by: tuple[str, ...] = ()
    """Where the verdict is `hidden`: the causes that keep it from being seen."""

    @property
    def asserted(self) -> bool:
        return self.verdict in (CERTAIN, LIKELY)

    @property
    def confirmed_by_evidence(self) -> bool:
        """Named because a probe met it, or the state proves it: not by a code alone."""
        return self.asserted and any(
            one.by is not Basis.CODE and one.weight >= Weight.SUPPORTS for one in self.supporting
        )

    @property
    def strongest(self) -> tuple[Evidence, ...]:
        """What speaks for it most."""
        heaviest = max((one.weight for one in self.supporting), default=None)
        return tuple(one for one in self.supporting if one.weight is heaviest)

    @property
    def contradictory(self) -> bool:
        return bool(self.against) and any(one.weight is Weight.PROVES for one in self.supporting)


_PROOFS = tuple(rule for rule in RULES if rule.weight is Weight.PROVES)


def anything_proven(observation: Observation) -> bool:
    """Whether a rule sees what proves a cause: without one none is certain, which is cheaper to know than the rest."""
    return any(seen_by(rule.sees, observation) is not None for rule in _PROOFS)


def appraise(observation: Observation) -> dict[str, Appraisal]:
    """What every cause comes to, by id, in the order of the connection."""
    seen: dict[str, list[tuple[Rule, Message]]] = {name: [] for name in CAUSES if name != "unknown"}
    for rule in RULES:
        said = None if observation.nothing_run and rule.cause in OF_THE_VALIDATION else seen_by(rule.sees, observation)
        if said is not None:
            seen[rule.cause].append((rule, said))
    explained = _explained(observation, seen)
    weighed = {name: _weigh(CAUSES[name], rules, explained) for name, rules in seen.items()}
    return {name: _hidden(one, weighed) for name, one in weighed.items()}


OF_THE_VALIDATION: Final = ("not_elevated", "windows_too_old", "mpcmdrun_not_started")
"""Causes that keep a validation from being made, and Defender from nothing: nothing where none is made."""


@dataclass(frozen=True)
class Assumption:
    """Whether MAPS answers, by what is stored alone; None: not known."""

    connected: bool | None
    confidence: str
    """`certain`, `likely` or `none`."""
    because: Message


def assumed(observation: Observation, appraised: dict[str, Appraisal]) -> Assumption:
    """What follows of the connection where nothing was run. What the state proves is certain, what Windows has written
    is likely; where they contradict each other, neither counts. A service that is stopped is stopped now."""
    found = ranked(appraised)
    away = not_applicable(found)
    if away is not None:
        return Assumption(None, away.verdict, Message("assumed_not_applicable", {"title": away.cause.id}))
    proven = next((one for one in found if one.verdict == CERTAIN), None)
    if proven is not None and (not observation.reached or proven.cause.id == "service_stopped"):
        return Assumption(False, CERTAIN, Message("assumed_broken", {"title": proven.cause.id}))
    if proven is not None:
        return Assumption(None, "none", Message("assumed_contradictory", {"title": proven.cause.id}))
    known = observation.reached is not None
    return Assumption(observation.reached, LIKELY if known else "none", Message(observation.reached_because))


def _explained(observation: Observation, seen: dict[str, list[tuple[Rule, Message]]]) -> bool:
    """Whether a cause that was seen otherwise gives this code."""
    for name, rules in seen.items():
        by_itself = [rule.weight for rule, _unused in rules if rule.by is not Basis.CODE]
        named = max(by_itself, default=0) >= Weight.SUPPORTS and min(by_itself) > 0
        if named and observation.hresult in GIVES[name]:
            return True
    return False


def _weigh(cause: Cause, rules: list[tuple[Rule, Message]], explained: bool) -> Appraisal:
    counted = [(rule, said) for rule, said in rules if not (explained and rule.by is Basis.CODE)]
    found = [Evidence(said, rule.source, rule.weight, rule.by) for rule, said in counted]
    speaks = tuple(one for one in found if one.weight > 0)
    against = tuple(one for one in found if one.weight < 0)
    heaviest = max((one.weight for one in speaks), default=None)
    excluded = any(one.weight is Weight.EXCLUDES for one in against)
    if heaviest is Weight.PROVES:
        return Appraisal(cause, POSSIBLE if excluded else LIKELY if against else CERTAIN, speaks, against)
    if excluded:
        return Appraisal(cause, EXCLUDED, speaks, against)
    if heaviest is Weight.SUPPORTS and not against:
        return Appraisal(cause, LIKELY, speaks, against)
    return Appraisal(cause, POSSIBLE if speaks else UNKNOWN, speaks, against)


def _hidden(one: Appraisal, weighed: dict[str, Appraisal]) -> Appraisal:
    if one.verdict not in (POSSIBLE, UNKNOWN) or one.contradictory:
        return one
    behind = tuple(name for name in one.cause.hidden_by if weighed[name].asserted)
    return Appraisal(one.cause, HIDDEN, one.supporting, one.against, behind) if behind else one


CANDIDATE = "candidate"
ENDPOINTS = frozenset(
    {
        "name_resolution", "winhttp_proxy_dead", "defender_proxy_dead", "proxy_authentication", "tls_inspection",
        "winhttp_proxy_missing", "proxy_bypassed", "crl_unreachable", "perimeter", "trust_list_stale",
    }
)  # fmt: skip
"""Causes that endpoint_info, as SYSTEM and by Defender's way, proves or excludes."""
ROOTS = frozenset({"root_missing", "trust_list_stale"})
"""The same of root_update."""


@dataclass(frozen=True)
class AmbiguousGroup:
    """Causes that look alike under a condition."""

    causes: tuple[str, ...]
    sees: Callable[[Observation], bool]
    question: str
    """Name in QUESTIONS of what would tell them apart."""


def _direct(cause: str, exempted: bool) -> tuple[AmbiguousGroup, ...]:
    return (
        AmbiguousGroup((cause, "perimeter"), lambda seen: direct_stop(seen, exempted) is not None, CANDIDATE),
        AmbiguousGroup(
            (cause, "crl_unreachable"), lambda seen: direct_lists_missing(seen, exempted) is not None, CANDIDATE
        ),
    )


AMBIGUOUS: tuple[AmbiguousGroup, ...] = (
    # No host knows of a proxy that nobody told it, or whether the one that a list exempts would let it through: only
    # trying one shows that.
    *_direct("winhttp_proxy_missing", exempted=False),
    *_direct("proxy_bypassed", exempted=True),
    AmbiguousGroup(
        ("tls_inspection", "root_missing"),
        lambda observation: observation.probed is not None and observation.probed.tls == "untrusted_root",
        "certificate",
    ),
)


def next_probe_text(name: str, language: str, observation: Observation) -> str:
    """What would tell a cause, or a group, in words: never what was asked already."""
    if name in ROOTS and observation.roots is None:
        name = "root_update"
    elif name in ENDPOINTS | ROOTS:
        name = _probe(observation)
    elif name == CANDIDATE and observation.candidate is not None:
        name = "another_candidate"
    return QUESTIONS[name].get(language)


def _probe(observation: Observation) -> str:
    if observation.probed is None:
        return "endpoint_info"
    if not observation.probed.curl:
        return "curl"
    if observation.probes_can_leave is False:
        return "allow_curl"
    return "systems_proxy" if observation.system_proxy else "certificate"


def undecided(observation: Observation, found: dict[str, Appraisal]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Groups of causes that look alike, each with the name of the question that would tell."""
    groups = []
    for group in AMBIGUOUS:
        members = [found[name] for name in group.causes]
        open_ = all(one.verdict in (LIKELY, POSSIBLE) for one in members)
        if open_ and group.sees(observation):
            groups.append((group.causes, group.question))
    return tuple(groups)


def not_applicable(found: tuple[Appraisal, ...]) -> Appraisal | None:
    """Of ranked causes the first that holds and leaves nothing to reach: text and plan are about it alone."""
    return next((one for one in found if one.asserted and not one.cause.applicable), None)


NOT_REPAIRABLE_BY_US = (
    "not_elevated",
    "windows_too_old",
    "mpcmdrun_not_started",
    "service_stopped",
    "firewall_block_rule",
    "clock_skew",
)
UNTRUSTED_AUTHORITY = 0x80072F0D


def incurable(observation: Observation, appraised: dict[str, Appraisal]) -> Appraisal | None:
    """What no step of a repair removes, and what keeps every step from helping: text and plan begin with it."""
    for name in NOT_REPAIRABLE_BY_US:
        one = appraised[name]
        # Without MpCmdRun.exe nothing could show whether a step helped.
        if one.verdict == CERTAIN or (name == "mpcmdrun_not_started" and one.asserted):
            return one
    inspected = appraised["tls_inspection"]
    unknown_authority = inspected.asserted and observation.hresult == UNTRUSTED_AUTHORITY
    return inspected if inspected.confirmed_by_evidence or unknown_authority else None


RANKS = {CERTAIN: 0, LIKELY: 1, POSSIBLE: 2}


def ranked(appraised: dict[str, Appraisal]) -> tuple[Appraisal, ...]:
    """Every cause that holds or may hold, the surest first, within that in the order of the connection."""
    found = [one for one in appraised.values() if one.verdict in RANKS]
    return tuple(sorted(found, key=lambda one: RANKS[one.verdict]))


def leading(observation: Observation, appraised: dict[str, Appraisal]) -> Appraisal | None:
    """The cause that goes first. None where none holds, or where facts could not be read, it is no more than possible,
    and others that give the code may hold, which only what was lost keeps from being named: any others where all that
    is known of it is the code, else those that would hide it."""
    found = ranked(appraised)
    if not found or found[0].asserted or not observation.unknown:
        return found[0] if found else None
    by_code_alone = all(one.by is Basis.CODE for one in found[0].supporting)
    others = appraised if by_code_alone else found[0].cause.hidden_by
    lost = any(appraised[name].verdict == UNKNOWN and observation.hresult in GIVES[name] for name in others)
    return None if lost else found[0]
