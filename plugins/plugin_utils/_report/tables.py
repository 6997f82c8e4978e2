"""A fleet's report as CSV for spreadsheets and as a Markdown summary for tickets and pull requests."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._domain.language import cell, visible, writer
from . import labels as words
from .formats import Presentation
from .numbers import left_to_do

COLUMNS = (
    "host", "site", "outcome", "cause", "cause id", "before", "steps", "after", "changes", "debt", "reason", "started",
    "finished", "seconds", "requests", "bytes",
)  # fmt: skip
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
LISTED = 200
"""Hosts that the Markdown summary names: more make it no summary."""


def table_csv(fleet: Mapping[str, Any], _presentation: Presentation) -> str:
    """A line a host, as RFC 4180 has it, with a byte order mark: without it Excel takes Japanese for something else."""
    out = io.StringIO()
    table = writer(out)
    table.writerow(COLUMNS)
    for name, host in fleet["hosts"].items():
        table.writerow([_cell(value) for value in _values(name, host)])
    return BYTE_ORDER_MARK + out.getvalue()


def _values(name: str, host: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        name,
        host.get("site"),
        host["outcome"],
        words.cause(host),
        host["cause"],
        words.state(host["before"]),
        ", ".join(_steps(host)),
        words.state(host["after"]),
        host["changes"],
        debt(host),
        host["reason"],
        host.get("started"),
        host.get("finished"),
        host["time"],
        host["requests"],
        host["bytes"],
    )


def debt(host: Mapping[str, Any]) -> str:
    """A host's loosening in one line; empty where there is none."""
    if "debt" in host and host["debt"] is None:
        return "unknown"
    found = host.get("debt") or ()
    return "; ".join(_said(one) for one in (found if isinstance(found, (list, tuple)) else [found]))


def _said(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    values = {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in one.items()}
    return ", ".join(f"{key}: {value}" for key, value in values.items() if value not in (None, ""))


def _steps(host: Mapping[str, Any]) -> Iterable[str]:
    for step in host["steps"]:
        mark = "" if step.get("changed") else " (no change)"
        if step.get("taken_back") or step.get("conditional"):
            mark = " (undone)" if step.get("taken_back") else " (if needed)"
        yield f"{step.get('id', 'unknown')}{mark}"


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return cell(value) if isinstance(value, str) else value


def markdown(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """The numbers, what is left to do, and the hosts that are open: what somebody pastes into a ticket."""
    hosts, counts = fleet["hosts"], fleet["numbers"]
    lines = [f"# {_escaped(presentation.title)}", "", sentence(counts), ""]
    lines += _table(("", "before", "after"), _reach_rows(counts))
    lines += ["", "## Outcomes", ""]
    found = sorted(fleet["outcomes"].items(), key=lambda item: (_order(item[0]), item[0]))
    rows = [(words.outcome(name), str(count), _meaning(name)) for name, count in found]
    lines += _table(("outcome", "hosts", "meaning"), rows)
    titles = {host["cause"]: words.cause(host) for host in hosts.values()}
    if counts["by_cause"]:
        lines += ["", "## Causes", ""]
        causes = [
            (titles[cause], *(str(count[key]) for key in ("repaired", "open", "not_applicable")))
            for cause, count in counts["by_cause"].items()
        ]
        lines += _table(("cause", "repaired", "open", "not applicable"), causes)
    left = left_to_do(hosts)
    if left:
        lines += ["", "## Next steps", ""]
        ways = [(words.who(one), one["text"], str(len(one["hosts"]))) for one in left]
        lines += _table(("who", "what", "hosts"), ways)
    return "\n".join([*lines, *_open_hosts(hosts), *_in_debt(hosts)]) + "\n"


def sentence(counts: Mapping[str, Any]) -> str:
    """The report in one sentence."""
    after, before, total = counts["after"]["connected"], counts["before"]["connected"], counts["hosts"]
    hosts = "host" if total == 1 else "hosts"
    if counts["check_mode"] == total and total:
        return f"MAPS is reachable from {before:,} of {total:,} {hosts}. Check mode: nothing was changed."
    mixed = f" {counts['check_mode']:,} of them ran in check mode." if counts["check_mode"] else ""
    number = counts.get("healthy_with_cautions", 0)
    faults = f" {number:,} healthy with cautions." if number else ""
    return f"MAPS is reachable from {after:,} of {total:,} {hosts}; before the run from {before:,}.{mixed}{faults}"


def _reach_rows(counts: Mapping[str, Any]) -> list[tuple[str, ...]]:
    names = {
        "connected": "connected",
        "not_connected": "not connected",
        "not_applicable": "not applicable",
        "not_known": "unknown",
    }
    return [(text, str(counts["before"][key]), str(counts["after"][key])) for key, text in names.items()]


def _open_hosts(hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = [(name, host) for name, host in hosts.items() if host["outcome"] not in ("healthy", "repaired")]
    if not found:
        return []
    rows = [
        (name, words.outcome(host["outcome"]), words.cause(host), words.state(host["after"]), host["reason"])
        for name, host in found[:LISTED]
    ]
    lines = ["", "## Hosts that cannot reach MAPS", "", *_table(("host", "outcome", "cause", "now", "why"), rows)]
    if len(found) > LISTED:
        lines += ["", f"The first {LISTED} of {len(found)}; the other formats list all of them."]
    return lines


def _in_debt(hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = [(name, debt(host)) for name, host in hosts.items() if host.get("debt")]
    if not found:
        return []
    return ["", "## Hosts with relaxed checks", "", *_table(("host", "what"), found[:LISTED])]


def _order(outcome: str) -> int:
    order = list(words.OUTCOMES)
    return order.index(outcome) if outcome in order else len(order)


def _meaning(outcome: str) -> str:
    return words.OUTCOMES[outcome][1] if outcome in words.OUTCOMES else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return lines + [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in rows]


def _escaped(text: str) -> str:
    """A text as one line of a Markdown table: no markup, no HTML, no links, no turned direction."""
    line = " ".join(visible(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", line).replace("://", ":\\//")
