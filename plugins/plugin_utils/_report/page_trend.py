"""What the page shows of the history: reachable hosts over time, hosts that flap, how long hosts have been broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .._domain.language import visible
from . import charts, history, labels
from .moments import moment
from .numbers import IN_SCOPE
from .page_words import LIST, Words

MOST_RUNS = 60
"""Runs of the chart, the latest."""
MOST_HOSTS = 12


def trend_part(entries: Sequence[Mapping[str, Any]], language: str) -> dict[str, Any] | None:
    """The chart and the lists; None where there is nothing to compare."""
    if len(entries) < 2:
        return None
    say = Words("history", language)
    shown = entries[-MOST_RUNS:]
    width = 100 / len(shown)
    columns = []
    for number, one in enumerate(shown):
        counts = history.numbers_of(one)
        total = sum(counts[state] for state in IN_SCOPE)
        top = 100.0
        parts = []
        for state in IN_SCOPE:  # from the foot of a bar
            height = 100 * counts[state] / total if total else 0
            top -= height
            if height:
                parts.append({"state": state, "y": f"{top:.2f}", "height": f"{height:.2f}"})
        columns.append({"x": f"{number * width:.3f}", "width": f"{width * 0.86:.3f}", "parts": parts})
    first, last = shown[0], shown[-1]
    values = {"from": first, "to": last}
    counted = {name: history.numbers_of(one) for name, one in values.items()}
    numbers = {name: f"{one['connected']:,}" for name, one in counted.items()}
    totals = {f"{name}_all": f"{sum(one[state] for state in IN_SCOPE):,}" for name, one in counted.items()}
    since = [
        {"name": visible(name), "href": _host(name), "text": text}
        for name, text in list(broken_texts(entries, language).items())[:MOST_HOSTS]
    ]
    flaps = [
        {"name": visible(name), "href": _host(name), "text": say("times", number=f"{count:,}")}
        for name, count in list(history.flapping(entries).items())[:MOST_HOSTS]
    ]
    days = {key: moment(str(one["time"])) for key, one in (("first", first), ("last", last))}
    return {
        "columns": columns,
        "legend": [(state, name) for state, name in labels.states(language).items() if state in IN_SCOPE],
        "text": say(
            "trend_text",
            runs=len(shown),
            **numbers,
            **totals,
            **{key: charts.day(time, language) for key, time in days.items() if time is not None},
        ),
        "lists": [
            {"title": say("flapping"), "note": say("flapping_note"), "rows": flaps},
            {"title": say("broken_since"), "note": "", "rows": since},
        ],
    }


def broken_texts(entries: Sequence[Mapping[str, Any]], language: str) -> dict[str, str]:
    """Host that is not reachable -> since when, and for how long at the last run; the longest first."""
    now = moment(str(entries[-1]["time"])) if entries else None
    if now is None:
        return {}
    say = Words("history", language)
    return {
        name: say("since", day=charts.day(time, language), days=_days((now - time).days, language))
        for name, time in history.broken_since(entries).items()
    }


def relaxed_part(hosts: Mapping[str, Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """The hosts with relaxed checks, those that have been so for the longest time first."""
    ages: dict[str, float] = {}
    for name, host in hosts.items():
        debt = host.get("debt")
        for one in debt if isinstance(debt, list) else ():
            age = one.get("age_days") if isinstance(one, Mapping) else None
            if isinstance(age, (int, float)):
                ages[name] = max(ages.get(name, 0), age)
    order = sorted(ages.items(), key=lambda item: (-item[1], item[0]))[:MOST_HOSTS]
    return [{"name": visible(name), "href": _host(name), "text": _days(int(age), language)} for name, age in order]


def _days(days: int, language: str) -> str:
    name = "days_none" if days < 1 else "days_one" if days == 1 else "days_many"
    return LIST[name].get(language).format(number=f"{days:,}")


def _host(name: str) -> str:
    return f"#/host/{quote(name, safe='')}"
