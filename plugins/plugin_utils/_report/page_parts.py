"""The parts of the page's overview, as the template shows them: data in, texts and shares out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from .._domain.language import visible
from . import charts, closing_words, labels
from .formats import Presentation
from .numbers import STATES
from .page_words import Words, hosts
from .requests import Request

ROWS = 12
"""Rows of a table beside the list: more are no overview."""
NAMED = 200
"""Excluded hosts that the page names."""


def query(**wanted: str) -> str:
    """The address of the list with a filter."""
    return f"#/?{urlencode(wanted)}" if wanted else "#/"


def todo_part(requests: Sequence[Request], heads: Sequence[str], language: str) -> dict[str, Any]:
    """The requests, each with its text up to the hosts, which `heads` has."""
    rows = [
        {
            "who": visible(one.who),
            "text": visible(one.text),
            "lang": labels.language_of(one.text),
            "count": len(one.hosts),
            "href": query(todo=one.id),
            "number": number,
            "letter": heads[number],
        }
        for number, one in enumerate(requests[:ROWS])
    ]
    more = len(requests) - ROWS
    return {"rows": rows, "more": Words("overview", language)("todo_more", number=f"{more:,}") if more > 0 else ""}


def reach_part(counts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Whether MAPS is reachable, before and after."""
    say = Words("overview", language)
    looked = counts.get("looked_at", 0) == counts["hosts"]
    moments = {"after": say("now")} if looked else {"before": say("before"), "after": say("after")}
    return {
        "bars": [
            {"name": title, "parts": charts.bars(counts[when], counts["hosts"], STATES)}
            for when, title in moments.items()
        ],
        "heads": list(moments.values()),
        "rows": [
            {"state": state, "name": name, "values": [counts[when][state] for when in moments]}
            for state, name in labels.states(language).items()
        ],
    }


def causes_part(fleet: Mapping[str, Any], titles: Mapping[str, str], presentation: Presentation) -> dict[str, Any]:
    """The causes by their titles, with how many hosts are repaired and open, and where each is described."""
    language = presentation.language
    say = Words("overview", language)
    found = fleet["numbers"]["by_cause"]
    most = max((sum(count.values()) for count in found.values()), default=0)
    rows = [
        {
            "title": visible(titles[cause]),
            "lang": labels.language_of(titles[cause]),
            "meaning": labels.explanation(cause, language),
            "document": labels.documentation(cause, presentation.docs_url),
            "href": query(cause=cause),
            "parts": charts.bars(count, most, ("repaired", "open", "not_applicable")),
            **count,
        }
        for cause, count in found.items()
    ]
    notes = []
    if len(rows) > ROWS:
        rest = sum(sum(count.values()) for count in list(found.values())[ROWS:])
        notes.append(say("causes_more", causes=len(rows) - ROWS, hosts=hosts(rest, language)))
    apart = sum(count["not_applicable"] for count in found.values())
    lost = fleet["outcomes"].get("unreachable", 0)
    if lost:
        notes.append(say("lost", hosts=hosts(lost, language)))
    light = say("causes_apart", hosts=hosts(apart, language)) if apart else ""
    return {"rows": rows[:ROWS], "apart": light, "notes": (" " if language == "en" else "").join(notes)}


def groups_part(counts: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """A table for each way in which hosts are grouped."""
    say = Words("overview", language)
    found = []
    for group, values in counts.get("by_group", {}).items():
        worst = sorted(values.items(), key=lambda item: (-item[1]["not_connected"], item[0]))
        few = len(values) <= ROWS
        rows = [
            {
                "name": visible(value) or say("no_group"),
                "href": query(**{f"g.{group}": value or "-"}),
                "parts": charts.bars(count, count["hosts"], STATES),
                **count,
            }
            for value, count in (sorted(worst) if few else worst[:ROWS])
        ]
        name = say("site") if group == "site" else visible(group)
        found.append(
            {
                "title": say("sites") if group == "site" else say("by_group", group=name),
                "name": name,
                "rows": rows,
                "more": "" if few else say("groups_more", number=ROWS, all=f"{len(values):,}"),
            }
        )
    return found


def excluded_part(excluded: Sequence[str], language: str) -> dict[str, Any]:
    """The hosts that the runs left out."""
    say = Words("overview", language)
    more = len(excluded) - NAMED
    return {
        "count": len(excluded),
        "names": [visible(name) for name in excluded[:NAMED]],
        "note": say("excluded_note", hosts=hosts(len(excluded), language)),
        "more": say("excluded_more", number=f"{more:,}") if more > 0 else "",
    }


def runs_part(runs: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """The runs, the latest first."""
    say = Words("overview", language)
    kinds = closing_words.KINDS
    return [
        {
            "name": visible(run["name"]),
            "kind": kinds[run["kind"]].get(language) if run["kind"] in kinds else visible(run["kind"]),
            "version": visible(run["version"]),
            "finished": visible(charts.when(run["finished"], language)),
            "undo": visible(run["undo"]),
            "undo_title": say("undo", run=visible(run["name"])),
            "stopped": say("stopped", reason=visible(run["stopped"])) if run["stopped"] else "",
        }
        for run in reversed(runs[-ROWS:])
    ]
