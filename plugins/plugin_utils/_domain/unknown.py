"""Facts that are not known because a command printed more than it may: named in the result, and null in it.

A reader of outcomes need not know of that: it is given such an outcome as if nothing had been found, and what the
command decides is taken out of the result afterwards, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._windows.cmdline import Outcome, OutputTooLarge, Unread

NOTHING_FOUND = Outcome(1)
UNKNOWN = "unknown"
"""A verdict that says so itself."""
Fields = Mapping[str, tuple[str, ...]]
"""Command -> what it decides, as dotted paths in a result."""


def readable(outcomes: Mapping[str, Outcome]) -> tuple[dict[str, Outcome], dict[str, str]]:
    """The outcomes as a reader can be given them, and for each that cannot be read the reason."""
    reasons: dict[str, str] = {}
    given: dict[str, Outcome] = {}
    for name, outcome in outcomes.items():
        given[name] = outcome
        if isinstance(outcome, Unread):
            given[name], reasons[name] = NOTHING_FOUND, reason(outcome)
    return given, reasons


def reason(outcome: Outcome) -> str:
    """Why an outcome cannot be read; empty where it can."""
    try:
        _ = outcome.output
    except OutputTooLarge as error:
        return str(error)
    return ""


def facts(reasons: Mapping[str, str], fields: Fields) -> list[dict[str, str]]:
    """What is not known, and why, as results name it; a command without an entry stands for itself."""
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
