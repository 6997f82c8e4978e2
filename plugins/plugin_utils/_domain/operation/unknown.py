"""Facts that are not known, because a command printed more than it may or nothing that is understood: named in the
result, and null in it.

What parses outcomes need not know of that: it is given such an outcome as if nothing had been found, and what the
command decides is taken out of the result afterwards, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ..._windows.cmdline import Outcome, OutputTooLarge
from .protocol import Fact

T = TypeVar("T")

NOTHING_FOUND = Outcome(1)
UNKNOWN = "unknown"
"""A verdict that says so itself."""
Fields = Mapping[str, tuple[str, ...]]
"""Command -> what it decides, as dotted paths in a result."""


class _Watched(Outcome):
    """An outcome that notes when what it printed is taken."""

    def __init__(self, outcome: Outcome, name: str, taken: list[str]) -> None:
        super().__init__(outcome.exit_code, outcome.output)
        object.__setattr__(self, "noted", (name, taken))

    def __getattribute__(self, name: str) -> Any:
        if name in ("output", "text"):
            who, taken = super().__getattribute__("noted")
            taken.append(who)
        return super().__getattribute__(name)


def readable(outcomes: Mapping[str, Outcome]) -> tuple[dict[str, Outcome], dict[str, str]]:
    """The outcomes as a reader can be given them, and for each that cannot be read the reason."""
    reasons = {name: why for name, outcome in outcomes.items() if (why := reason(outcome))}
    return {name: NOTHING_FOUND if name in reasons else one for name, one in outcomes.items()}, reasons


def understood(outcomes: Mapping[str, Outcome], fact: Fact[T]) -> tuple[T, dict[str, str]]:
    """What outcomes say of a fact, those that cannot be read counting as nothing found; and the reasons of the latter.

    An answer at which parsing fails with a ValueError cannot be read either: the last that it took. Raises the error
    where it took none.
    """
    given, reasons = readable(outcomes)
    taken: list[str] = []
    while True:
        try:
            return fact.parse(given), reasons
        except ValueError as error:
            if not taken and not any(isinstance(one, _Watched) for one in given.values()):
                given = {name: one if name in reasons else _Watched(one, name, taken) for name, one in given.items()}
                continue
            if not taken:
                raise
            name = taken[-1]
            given[name], reasons[name] = NOTHING_FOUND, f"{name}: the output is not understood: {error}"
            taken.clear()


def reason(outcome: Outcome) -> str:
    """Why an outcome cannot be read; empty where it can."""
    try:
        len(outcome.output)
    except OutputTooLarge as error:
        return str(error)
    return "" if outcome.exit_code is not None else "the command did not finish"


def facts(reasons: Mapping[str, str], fields: Fields) -> list[dict[str, str]]:
    """What is not known, and why, as results name it; a command without an entry is named itself."""
    found: dict[str, str] = {}
    for name, why in reasons.items():
        for path in fields.get(name, (name,)):
            found.setdefault(path, why)
    return [{"fact": path, "reason": why} for path, why in found.items()]


def erase(result: dict[str, Any], unknown: Iterable[Mapping[str, str]]) -> None:
    """Makes null in a result what is not known of it; what an unknown part would hold is unknown with it."""
    for one in unknown:
        *above, last = one["fact"].split(".")
        part: Any = result
        for name in above:
            part = part.get(name) if isinstance(part, dict) else None
        if isinstance(part, dict) and part.get(last) != UNKNOWN:
            part[last] = None
