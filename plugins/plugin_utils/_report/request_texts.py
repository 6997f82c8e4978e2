"""What is left to do as texts that can be sent: to whom, what, why, for which hosts, with the evidence."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._domain.language import cell, visible, writer
from . import charts, labels
from .page_words import Words, hosts
from .requests import LeftToDo, Request

MOST_EVIDENCE = 5
"""Pieces of evidence that a request names, the most frequent first."""
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
MARK = "<!-- windefend.maps: requests -->"
"""The first line of each file of requests."""
OTHERS = "others"
"""The name of the file for teams whose names have no letter that every file system takes."""


def left_to_do(fleet: Mapping[str, Any], language: str) -> list[Request]:
    """Everything that is left, cautions included: the most hosts first."""
    repairs = any(host.get("kind") != "assess" for host in fleet["hosts"].values())
    return LeftToDo("remediate" if repairs else "assess", fleet["hosts"], language, cautions=True).requests()


def head(request: Request, fleet: Mapping[str, Any], language: str) -> str:
    """The text of a request up to the hosts."""
    say = Words("requests", language)
    found = [fleet["hosts"][name] for name in request.hosts]
    caution = request.id.startswith("caution_")
    causes = [] if caution else dict.fromkeys(str(host["cause"]) for host in found)
    reasons = [text for name in causes if (text := labels.explanation(name, language)) and name != "none"]
    number = hosts(len(request.hosts), language)
    lines = [
        say("to", who=visible(request.who)),
        say("subject_caution" if caution else "subject", hosts=number),
        "",
        say("please"),
        f"  {visible(request.text)}",
        "",
        say("why"),
        *(f"  - {text}" for text in (*reasons, say("why_maps"))),
    ]
    evidence = list(_evidence(found, caution))
    if evidence:
        lines += ["", say("evidence"), *(f"  - {text}" for text in evidence)]
    return "\n".join([*lines, "", say("for_hosts", number=f"{len(request.hosts):,}")]) + "\n"


def _evidence(found: Sequence[Mapping[str, Any]], caution: bool) -> Iterable[str]:
    """What speaks for the causes, the most frequent first, each with its number of hosts."""
    counts: Counter[str] = Counter()
    for host in found:
        last = host.get("after") or host.get("before") or {}
        code = last.get("hresult")
        pieces: list[Any] = [code] if isinstance(code, str) and code and not caution else []
        if caution:
            given = last.get("latent")
            pieces += [one.get("text") for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
        else:
            given = last.get("evidence")
            pieces += given if isinstance(given, list) else []
        counts.update({one for one in pieces if isinstance(one, str) and one})
    for text, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_EVIDENCE]:
        yield f"{visible(text)} ({number:,})"


def tail(fleet: Mapping[str, Any], language: str) -> str:
    """The text of every request after the hosts: when they were checked, and by what."""
    when = charts.when(fleet["numbers"]["finished_last"], language)
    runs = [f"{run['name']} (windefend.maps {run['version']})" for run in fleet["runs"]]
    checked = ", ".join(filter(None, (when, runs[-1] if runs else "")))
    return f"\n{Words('requests', language)('checked', when=visible(checked))}\n" if checked else ""


def text(request: Request, fleet: Mapping[str, Any], language: str) -> str:
    """A whole request."""
    names = "".join(f"  {visible(name)}\n" for name in request.hosts)
    return f"{head(request, fleet, language)}{names}{tail(fleet, language)}"


def files(fleet: Mapping[str, Any], language: str) -> dict[str, str]:
    """The files of requests by name: one Markdown file and one CSV file for each team."""
    teams: dict[str, list[Request]] = {}
    for request in left_to_do(fleet, language):
        teams.setdefault(request.who, []).append(request)
    found: dict[str, str] = {}
    for who, requests in teams.items():
        name = _file_name(who, found)
        found[f"{name}.md"] = _markdown(who, requests, fleet, language)
        found[f"{name}.csv"] = _table(requests, fleet, language)
    return found


def _file_name(who: str, taken: Mapping[str, str]) -> str:
    """A team as the name of a file that every file system takes: letters and digits of any script, with hyphens."""
    name = re.sub(r"[\W_]+", "-", visible(who).lower()).strip("-")[:60] or OTHERS
    number = 1
    while f"{name}{f'-{number}' if number > 1 else ''}.md" in taken:
        number += 1
    return f"{name}{f'-{number}' if number > 1 else ''}"


def _markdown(who: str, requests: Sequence[Request], fleet: Mapping[str, Any], language: str) -> str:
    """Indented as code: what a host said is no markup there."""
    lines = [MARK, f"# {Words('requests', language)('file_title', who=' '.join(visible(who).split()))}"]
    for request in requests:
        lines += ["", *(f"    {line}".rstrip() for line in text(request, fleet, language).rstrip().split("\n"))]
    return "\n".join(lines) + "\n"


def _table(requests: Sequence[Request], fleet: Mapping[str, Any], language: str) -> str:
    """A line for each host of each request."""
    say, column = Words("overview", language), Words("list", language)
    out = io.StringIO()
    table: Any = writer(out)
    table.writerow([column("col_host"), say("who"), say("what"), say("cause"), say("now")])
    for request in requests:
        for name in request.hosts:
            host = fleet["hosts"][name]
            values = (
                name, request.who, request.text, labels.cause(host, language), labels.state(host["after"], language)
            )  # fmt: skip
            table.writerow([cell(str(value)) for value in values])
    return BYTE_ORDER_MARK + out.getvalue()


def is_ours(content: bytes) -> bool:
    """Whether a file in the folder of the requests is one that this module wrote."""
    lines = content.decode("utf-8", errors="replace").removeprefix(BYTE_ORDER_MARK).split("\n", 1)
    if lines[0] == MARK:
        return True
    first = next(csv.reader([lines[0]]), [])
    return any(
        first[:3] == [Words("list", one)("col_host"), Words("overview", one)("who"), Words("overview", one)("what")]
        for one in ("en", "ja")
    )


def nothing_left(name: str, language: str) -> str:
    """What a file of an earlier report says where nothing is left for its team."""
    say = Words("requests", language)
    return f"{MARK}\n{say('none_left')}\n" if name.endswith(".md") else _table((), {"hosts": {}}, language)
