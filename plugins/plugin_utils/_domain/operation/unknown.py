"""Facts that are not known, because a command could not read them, printed more than it may, or nothing that is
understood: named in the result, and null in it.

What parses outcomes need not know of that: it is given such an outcome as if nothing had been found, and what the
command decides is taken out of the result afterwards, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ..._windows.cmdline import Outcome, why_unread
from .protocol import Fact

T = TypeVar("T")

NOTHING_FOUND = Outcome(1)
UNKNOWN = "unknown"
"""A verdict that says so itself."""
Fields = Mapping[str, tuple[str, ...]]
"""Command -> what it decides, as dotted paths in a result; `COMMAND/VALUE` -> what one value of its answer decides,
where that is less."""
_ONE_VALUE = " /v "


class _Watched(Outcome):
    """An outcome that notes when what it printed is taken, and what of it is not understood."""

    def __init__(self, outcome: Outcome, name: str, taken: list[str], rejected: dict[str, str]) -> None:
        super().__init__(outcome.exit_code, outcome.output)
        object.__setattr__(self, "noted", (name, taken))
        object.__setattr__(self, "rejected", rejected)

    def __getattribute__(self, name: str) -> Any:
        if name in ("output", "text"):
            who, taken = super().__getattribute__("noted")
            taken.append(who)
        return super().__getattribute__(name)


def note(outcome: Outcome, part: str, why: str) -> None:
    """Takes down why a part of an outcome is not understood; nobody asks for it where the fact is not read by
    `understood`."""
    if isinstance(outcome, _Watched):
        rejected: dict[str, str] = outcome.rejected
        name: str = outcome.noted[0]
        rejected[f"{name}/{part}"] = why


def readable(outcomes: Mapping[str, Outcome]) -> tuple[dict[str, Outcome], dict[str, str]]:
    """The outcomes as a reader can be given them, and for each that cannot be read the reason."""
    reasons = {name: why for name, outcome in outcomes.items() if (why := reason(outcome))}
    return {name: NOTHING_FOUND if name in reasons else one for name, one in outcomes.items()}, reasons


def spared(outcome: Outcome) -> Outcome:
    """The outcome, which may be unreadable: for a fact that others do not depend on."""
    return NOTHING_FOUND if reason(outcome) else outcome


def understood(outcomes: Mapping[str, Outcome], fact: Fact[T]) -> tuple[T, dict[str, str]]:
    """What outcomes say of a fact, those that cannot be read counting as nothing found; and the reasons of the latter.

    A value that is not what its reader asks for has a reason of its own, by `COMMAND/VALUE`; by the command's name
    where that asks for nothing else. An answer at which parsing fails with a ValueError cannot be read either: the last
    that it took. Raises the error where it took none.
    """
    given, reasons = readable(outcomes)
    taken: list[str] = []
    rejected: dict[str, str] = {}
    given = {name: one if name in reasons else _Watched(one, name, taken, rejected) for name, one in given.items()}
    while True:
        try:
            found = fact.parse(given)
        except ValueError as error:
            if not taken:
                raise
            name = taken[-1]
            given[name], reasons[name] = NOTHING_FOUND, f"{name}: the output is not understood: {error}"
            taken.clear()
            rejected.clear()
            continue
        for part, why in rejected.items():
            name = part.partition("/")[0]
            asked = fact.commands.get(name)
            reasons[name if asked is not None and _ONE_VALUE in asked.text else part] = why
        return found, reasons


def is_lost(reasons: Mapping[str, str], *names: str) -> bool:
    """Whether commands, or values of one as `COMMAND/VALUE`, are not known; a command where anything of it is not."""
    return any(
        one == name or name.startswith(f"{one}/") or one.startswith(f"{name}/") for one in reasons for name in names
    )


def reason(outcome: Outcome) -> str:
    """Why an outcome cannot be read; empty where it can."""
    return why_unread(outcome) or ("" if outcome.exit_code is not None else "the command did not finish")


def facts(reasons: Mapping[str, str], fields: Fields) -> list[dict[str, str]]:
    """What is not known, and why, as results name it; a command without an entry is named itself."""
    found: dict[str, str] = {}
    for name, why in reasons.items():
        command = name.partition("/")[0]
        for path in fields[name] if name in fields else fields.get(command, (command,)):
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
