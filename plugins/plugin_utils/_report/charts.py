"""What the charts and figures of a report show: shares in percent, and the few numbers that matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .moments import moment
from .numbers import OPEN
from .page_words import Words, hosts

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
                    "x": share(begin, total),
                    "width": share(counts[state], total),
                }
            )
            begin += counts[state]
    return parts


def share(part: float, whole: float) -> str:
    """A part in percent of a whole, as CSS and SVG write it."""
    return f"{100 * part / whole:.3f}".rstrip("0").rstrip(".") if whole else "0"


def percent(value: float) -> str:
    """A percentage as people read it."""
    return f"{value:g}%"


def sentence(counts: Mapping[str, Any], language: str) -> str:
    """The report in one sentence, and what is to be known of it."""
    say = Words("overview", language)
    goal = counts["goal"]
    parts = [say("nothing_in_scope")]
    if goal["in_scope"]:
        values = {"reached": f"{counts['after']['connected']:,}", "in_scope": hosts(goal["in_scope"], language)}
        parts = [say("sentence", percent=percent(goal["reached_percent"]), **values)]
    total, check_mode = counts["hosts"], counts["check_mode"]
    if total and check_mode == total:
        parts.append(say("checked_only"))
    elif counts.get("looked_at", 0) < total:
        parts.append(say("sentence_before", before=f"{counts['before']['connected']:,}"))
    if 0 < check_mode < total:
        parts.append(say("checked_some", number=f"{check_mode:,}"))
    if counts.get("healthy_with_cautions"):
        parts.append(say("with_cautions", number=f"{counts['healthy_with_cautions']:,}"))
    return (" " if language == "en" else "").join(parts)


def goal(counts: Mapping[str, Any], language: str) -> dict[str, Any] | None:
    """Whether the goal is met, in words; None where no host is in scope."""
    found = counts["goal"]
    if found["met"] is None:
        return None
    name = "goal_met" if found["met"] else "goal_missed"
    return {"met": found["met"], "text": Words("overview", language)(name, goal=percent(found["percent"]))}


def figures(fleet: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The four numbers at the top, which add up to all hosts. Each has a note and the filter that shows its hosts."""
    say = Words("overview", language)
    counts, scope = fleet["numbers"], fleet["numbers"]["goal"]
    after, before = counts["after"], counts["before"]
    looked = counts.get("looked_at", 0) == counts["hosts"]
    total = say("of_hosts", hosts=hosts(counts["hosts"] + scope["excluded"], language))
    unused = say("unused_and_excluded", unused=f"{after['not_applicable']:,}", excluded=f"{scope['excluded']:,}")
    found = [
        ("reachable", "connected", after["connected"], total),
        (
            "not_reachable",
            "not_connected",
            after["not_connected"],
            "" if looked else say("before_was", number=f"{before['not_connected']:,}"),
        ),
        ("unknown", "not_known", after["not_known"], say("no_data")),
        ("not_in_scope", "not_applicable", scope["not_in_scope"], unused),
    ]
    return [
        {"name": say(name), "state": state, "value": f"{value:,}", "note": note, "filter": {"outcome": state}}
        for name, state, value, note in found
    ]


def details(fleet: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Further numbers that are not zero, each with the filter that shows its hosts."""
    say = Words("overview", language)
    counts, outcomes = fleet["numbers"], fleet["outcomes"]
    found: list[tuple[str, int, dict[str, str]]] = [
        (say("repaired_by_run"), outcomes.get("repaired", 0), {"outcome": "repaired"}),
        (say("planned"), outcomes.get("planned", 0), {"outcome": "planned"}),
        (say("open"), sum(outcomes.get(name, 0) for name in OPEN), {"outcome": "open_hosts"}),
        (say("failed"), outcomes.get("failed", 0), {"outcome": "failed"}),
        (say("relaxed_hosts"), counts["debt"], {"debt": "1"}),
    ]
    return [{"name": name, "value": f"{value:,}", "filter": given} for name, value, given in found if value]


def span(counts: Mapping[str, Any], language: str) -> str:
    """How many hosts, and when they were looked at, as far as the data says so."""
    say = Words("overview", language)
    number = hosts(counts["hosts"], language)
    first, last = moment(counts["finished_first"]), moment(counts["finished_last"])
    if not first or not last:
        return say("no_dates", hosts=number)
    days = {"first": day(first, language), "last": day(last, language)}
    if first.date() != last.date():
        return say("from_to", hosts=number, **days)
    if first.strftime("%H:%M") == last.strftime("%H:%M"):
        return say("at", hosts=number, day=days["first"], time=f"{first:%H:%M}")
    return say("between", hosts=number, day=days["first"], first=f"{first:%H:%M}", last=f"{last:%H:%M}")


def day(time: datetime, language: str) -> str:
    """A day as the readers of a language write it."""
    if language == "ja":
        return f"{time.year}年{time.month}月{time.day}日"
    return f"{time.day} {MONTHS[time.month - 1]} {time.year}"


def when(text: str | None, language: str) -> str:
    """A time of a report as the readers of a language write it; what is no time stays as it is."""
    time = moment(text)
    if time is None:
        return str(text or "")
    return (
        f"{day(time, language)} {time:%H:%M} (UTC)" if language == "ja" else f"{day(time, language)}, {time:%H:%M} UTC"
    )
