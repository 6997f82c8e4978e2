"""Weighs the rules: what each cause comes to, which it hides, and which look alike.

- A cause is certain where something proves it, likely where something speaks for it, possible where it would look like
  this; what excludes it goes before hints and turns a proof into a contradiction, which is no more than possible.
- Where nothing speaks for or against a cause it is unknown, or hidden: a cause that holds keeps it from being seen.
- Causes that look alike are told as one of them, with the probe that would tell.
- A code that a cause gives which was seen otherwise is explained: it says nothing of others.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..language import Message
from .causes import CAUSES, Cause
from .next_probes import AMBIGUOUS
from .observation import Observation, seen_by
from .rule import Basis, Rule, Weight
from .rules_state import GIVES, RULES

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
    speaks_for: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    hidden_by: tuple[str, ...] = ()
    """Where the verdict is `hidden`: the causes that keep it from being seen."""

    @property
    def named(self) -> bool:
        return self.verdict in (CERTAIN, LIKELY)

    @property
    def confirmed_by_evidence(self) -> bool:
        """Named because a probe met it, or the state proves it: not by a code alone."""
        return self.named and any(
            one.by is not Basis.CODE and one.weight >= Weight.SPEAKS_FOR for one in self.speaks_for
        )

    @property
    def strongest(self) -> tuple[Evidence, ...]:
        """What speaks for it most."""
        heaviest = max((one.weight for one in self.speaks_for), default=None)
        return tuple(one for one in self.speaks_for if one.weight is heaviest)

    @property
    def contradictory(self) -> bool:
        return bool(self.against) and any(one.weight is Weight.PROVES for one in self.speaks_for)


_PROOFS = tuple(rule for rule in RULES if rule.weight is Weight.PROVES)


def anything_proven(o: Observation) -> bool:
    """Whether a rule sees what proves a cause: without one none is certain, which is cheaper to know than the rest."""
    return any(seen_by(rule.sees, o) is not None for rule in _PROOFS)


def appraise(o: Observation) -> dict[str, Appraisal]:
    """What every cause comes to, by id, in the order of the connection."""
    seen: dict[str, list[tuple[Rule, Message]]] = {name: [] for name in CAUSES if name != "unknown"}
    for rule in RULES:
        said = seen_by(rule.sees, o)
        if said is not None:
            seen[rule.cause].append((rule, said))
    explained = _explained(o, seen)
    weighed = {name: _weigh(CAUSES[name], rules, explained) for name, rules in seen.items()}
    return {name: _hidden(one, weighed) for name, one in weighed.items()}


def _explained(o: Observation, seen: dict[str, list[tuple[Rule, Message]]]) -> bool:
    """Whether a cause that was seen otherwise gives this code."""
    for name, rules in seen.items():
        by_itself = [rule.weight for rule, _unused in rules if rule.by is not Basis.CODE]
        named = max(by_itself, default=0) >= Weight.SPEAKS_FOR and min(by_itself) > 0
        if named and o.hresult in GIVES[name]:
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
    if heaviest is Weight.SPEAKS_FOR and not against:
        return Appraisal(cause, LIKELY, speaks, against)
    return Appraisal(cause, POSSIBLE if speaks else UNKNOWN, speaks, against)


def _hidden(one: Appraisal, weighed: dict[str, Appraisal]) -> Appraisal:
    if one.verdict not in (POSSIBLE, UNKNOWN) or one.contradictory:
        return one
    behind = tuple(name for name in one.cause.hidden_by if weighed[name].named)
    return Appraisal(one.cause, HIDDEN, one.speaks_for, one.against, behind) if behind else one


def undecided(o: Observation, found: dict[str, Appraisal]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Groups of causes that look alike, each with the name of the question that would tell."""
    groups = []
    for group in AMBIGUOUS:
        members = [found[name] for name in group.causes]
        open_ = all(one.verdict in (LIKELY, POSSIBLE) for one in members)
        if open_ and group.sees(o):
            groups.append((group.causes, group.question))
    return tuple(groups)


RANKS = {CERTAIN: 0, LIKELY: 1, POSSIBLE: 2}


def ranked(appraised: dict[str, Appraisal]) -> tuple[Appraisal, ...]:
    """Every cause that holds or may hold, the surest first, within that in the order of the connection."""
    found = [one for one in appraised.values() if one.verdict in RANKS]
    return tuple(sorted(found, key=lambda one: RANKS[one.verdict]))
