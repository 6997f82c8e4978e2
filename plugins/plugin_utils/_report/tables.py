"""A fleet's report as CSV for spreadsheets and as a Markdown summary for tickets and pull requests."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._domain.language import cell, visible, writer
from . import charts, labels, request_texts
from .formats import Presentation
from .page_words import Words, hosts as count_of

COLUMNS = (
    ("list", "col_host"), ("overview", "site"), ("list", "col_outcome"), ("overview", "cause"), ("tables", "cause_id"),
    ("list", "col_who"), ("overview", "before"), ("tables", "steps"), ("overview", "after"), ("tables", "changes"),
    ("tables", "debt"), ("tables", "reason"), ("tables", "started"), ("overview", "finished"), ("tables", "seconds"),
    ("tables", "requests"), ("tables", "bytes"),
)  # fmt: skip
"""The heads of the columns: sections and names of words."""
BYTE_ORDER_MARK = request_texts.BYTE_ORDER_MARK
LISTED = 200
"""Hosts that the Markdown summary names: more make it no summary."""


def table_csv(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """A line a host, as RFC 4180 has it, with a byte order mark: without it Excel takes Japanese for something else."""
    language = presentation.language
    who: dict[str, str] = {}
    for request in request_texts.left_to_do(fleet, language):
        for name in request.hosts:
            who.setdefault(name, request.who)
    out = io.StringIO()
    table = writer(out)
    table.writerow([Words(section, language)(name) for section, name in COLUMNS])
    for name, host in fleet["hosts"].items():
        table.writerow([_cell(value) for value in _values(name, host, who.get(name, ""), language)])
    return BYTE_ORDER_MARK + out.getvalue()


def _values(name: str, host: Mapping[str, Any], who: str, language: str) -> tuple[Any, ...]:
    return (
        name,
        host.get("site"),
        labels.outcome(host["outcome"], language),
        labels.cause(host, language),
        host["cause"],
        who,
        labels.state(host["before"], language),
        ", ".join(_steps(host, language)),
        labels.state(host["after"], language),
        host["changes"],
        debt(host, language),
        labels.reason(host, language),
        host.get("started"),
        host.get("finished"),
        host["time"],
        host["requests"],
        host["bytes"],
    )


def debt(host: Mapping[str, Any], language: str) -> str:
    """A host's loosening in one line; empty where there is none."""
    if "debt" in host and host["debt"] is None:
        return Words("list", language)("state_unknown")
    found = host.get("debt") or ()
    return "; ".join(_said(one) for one in (found if isinstance(found, (list, tuple)) else [found]))


def _said(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    values = {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in one.items()}
    return ", ".join(f"{key}: {value}" for key, value in values.items() if value not in (None, ""))


def _steps(host: Mapping[str, Any], language: str) -> Iterable[str]:
    say = Words("list", language)
    for step in host["steps"]:
        name = "" if step.get("changed") else "no_change"
        if step.get("taken_back") or step.get("conditional"):
            name = "undone" if step.get("taken_back") else "if_needed"
        yield f"{labels.step(str(step.get('id', 'unknown')), language)}{f' ({say(name)})' if name else ''}"


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return cell(value) if isinstance(value, str) else value


def markdown(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """The numbers, what is left to do, and the hosts that are open: what somebody pastes into a ticket."""
    language = presentation.language
    say, table = Words("overview", language), Words("tables", language)
    hosts, counts = fleet["hosts"], fleet["numbers"]
    lines = [f"# {_escaped(presentation.title or say('title'))}", "", charts.sentence(counts, language), ""]
    goal = charts.goal(counts, language)
    lines += [f"**{goal['text']}**", ""] if goal else []
    states = labels.states(language)
    rows = [(text, str(counts["before"][key]), str(counts["after"][key])) for key, text in states.items()]
    lines += _table(("", say("before"), say("after")), rows)
    found = sorted(fleet["outcomes"].items(), key=lambda item: (_order(item[0]), item[0]))
    meanings = {name: meaning.get(language) for name, (_label, meaning) in labels.OUTCOMES.items()}
    rows = [(labels.outcome(name, language), str(count), meanings.get(name, "")) for name, count in found]
    head = (Words("list", language)("col_outcome"), say("hosts"), table("meaning"))
    lines += _section(table("outcomes"), head, rows)
    titles = labels.causes(hosts.values(), language)
    causes = [
        (titles[cause], *(str(count[key]) for key in ("repaired", "open", "not_applicable")))
        for cause, count in counts["by_cause"].items()
    ]
    head4 = (say("cause"), say("repaired"), say("open"), table("not_applicable"))
    lines += _section(say("causes"), head4, causes)
    left = [(one.who, one.text, str(len(one.hosts))) for one in request_texts.left_to_do(fleet, language)]
    lines += _section(say("todo"), (say("who"), say("what"), say("hosts")), left)
    lines += _open_hosts(hosts, language)
    relaxed = [(name, debt(host, language)) for name, host in hosts.items() if host.get("debt")]
    lines += _section(table("relaxed_hosts"), (say("hosts"), say("what")), relaxed[:LISTED])
    if fleet["excluded"]:
        note = say("excluded_note", hosts=count_of(len(fleet["excluded"]), language))
        names = ", ".join(_escaped(name) for name in fleet["excluded"][:LISTED])
        lines += ["", f"## {say('excluded')}", "", f"{note} {names}"]
    return "\n".join(lines) + "\n"


def _section(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table below a heading; nothing where it has no rows."""
    every = list(rows)
    return ["", f"## {title}", "", *_table(head, every)] if every else []


def _open_hosts(hosts: Mapping[str, Mapping[str, Any]], language: str) -> list[str]:
    """The hosts that do not reach MAPS, by cause, so that no paragraph is said twice."""
    say, table = Words("overview", language), Words("tables", language)
    found = {name: host for name, host in hosts.items() if host["outcome"] not in ("healthy", "repaired")}
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, host in list(found.items())[:LISTED]:
        cause, reason = labels.cause(host, language), labels.reason(host, language).removeprefix(f"{name}: ")
        key = (labels.outcome(host["outcome"], language), cause, labels.state(host["after"], language), reason)
        groups.setdefault(key, []).append(name)
    head = (say("hosts"), Words("list", language)("col_outcome"), say("cause"), say("now"), table("reason"))
    lines = _section(table("open_hosts"), head, [(", ".join(names), *key) for key, names in groups.items()])
    if len(found) > LISTED:
        lines += ["", table("listed", number=LISTED, all=f"{len(found):,}")]
    return lines


def _order(outcome: str) -> int:
    order = list(labels.OUTCOMES)
    return order.index(outcome) if outcome in order else len(order)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return lines + [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in rows]


def _escaped(text: str) -> str:
    """A text as one line of a Markdown table: no markup, no HTML, no links, no turned direction."""
    line = " ".join(visible(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", line).replace("://", ":\\//")
