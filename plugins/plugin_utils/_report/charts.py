"""What the charts and figures of a report show: shares in percent, and the few numbers that matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .numbers import OPEN

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
"""Not strftime's: Ansible sets the locale of whoever runs it."""


def bars(counts: Mapping[str, int], total: int, states: Iterable[str]) -> list[dict[str, Any]]:
    """The parts of a stacked bar, in percent of its width, which `total` fills. Nothing is rounded up to be seen."""
    parts = []
    begin = 0
    for state in states:
        if counts[state]:
            parts.append(
                {
                    "state": state,
                    "x": _percent(begin, total),
                    "width": _percent(counts[state], total),
                }
            )
            begin += counts[state]
    return parts


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3f}".rstrip("0").rstrip(".") if whole else "0"


def figures(fleet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The numbers at the top, each with a note and the filter that shows its hosts. Zeros that are no news are out."""
    counts, outcomes = fleet["numbers"], fleet["outcomes"]
    found = [
        _figure(
            "MAPS reachable",
            counts["after"]["connected"],
            f"before: {counts['before']['connected']:,}",
            "connected",
            True,
        )
    ]
    if counts["check_mode"]:
        found.append(_figure("planned", outcomes.get("planned", 0), "steps to try", "planned"))
    if counts["check_mode"] < counts["hosts"] or not counts["hosts"]:
        found.append(_figure("repaired", outcomes.get("repaired", 0), "by this run", "repaired"))
    found.append(_figure("still open", sum(outcomes.get(name, 0) for name in OPEN), "MAPS not reachable", "open"))
    if outcomes.get("failed"):
        found.append(_figure("of these failed", outcomes["failed"], "a step failed, or the host got worse", "failed"))
    if outcomes.get("unreachable"):
        found.append(_figure("not reached", outcomes["unreachable"], "no data", "unreachable"))
    if outcomes.get("not_applicable"):
        found.append(
            _figure("not applicable", outcomes["not_applicable"], "cloud protection not in use", "not_applicable")
        )
    if counts["debt"]:
        found.append({**_figure("relaxed checks", counts["debt"], "to be restored", ""), "filter": {"debt": "1"}})
    return found


def _figure(name: str, value: int, note: str, outcome: str, main: bool = False) -> dict[str, Any]:
    return {"name": name, "value": f"{value:,}", "note": note, "filter": {"outcome": outcome}, "main": main}


def span(counts: Mapping[str, Any]) -> str:
    """How many hosts, and when they were looked at, as far as the data says so."""
    hosts = f"{counts['hosts']:,} {'host' if counts['hosts'] == 1 else 'hosts'}"
    first, last = _time(counts["finished_first"]), _time(counts["finished_last"])
    if not first or not last:
        return f"{hosts}; the data has no dates"
    if first.date() != last.date():
        return f"{hosts}, checked from {_day(first)} to {_day(last)}"
    if first.strftime("%H:%M") == last.strftime("%H:%M"):
        return f"{hosts}, checked on {_day(first)} at {first:%H:%M} UTC"
    return f"{hosts}, checked on {_day(first)} between {first:%H:%M} and {last:%H:%M} UTC"


def _day(time: datetime) -> str:
    return f"{time.day} {MONTHS[time.month - 1]} {time.year}"


def _time(text: str | None) -> datetime | None:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
