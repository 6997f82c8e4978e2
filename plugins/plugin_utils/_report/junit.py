"""A fleet's report as JUnit XML, which CI servers show: a host is a test case, a site is a test suite.

There is no standard; this is the shape that Jenkins' JUnit plugin and GitLab read (see docs/evidence.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from .._domain.language import visible
from . import labels
from .formats import Presentation
from .page_words import Words

FAILURES = ("not_repairable", "planned", "open")
"""Hosts that do not reach MAPS. `failed`, `not_started` and `unreachable` are errors: nothing was proven of them."""
SKIPPED = ("not_applicable",)
PASSED = ("healthy", "repaired")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""The shape allows no time zone, so the time stands there in UTC without one."""


def junit(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """The document. Seconds are those that the host's own tasks took."""
    language = presentation.language
    title = presentation.title or Words("overview", language)("title")
    suites: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, host in fleet["hosts"].items():
        suites.setdefault(str(host.get("site") or ""), []).append((name, host))
    root = ElementTree.Element("testsuites", {"name": _text(title), **_counts(list(fleet["hosts"].values()))})
    for site in sorted(suites):
        found = [host for _name, host in suites[site]]
        suite = ElementTree.SubElement(root, "testsuite", {"name": _text(site or title), **_counts(found)})
        times = sorted(str(host["started"]) for host in found if TIME.fullmatch(str(host.get("started"))))
        if times:
            suite.set("timestamp", times[0].removesuffix("Z"))
        for name, host in suites[site]:
            suite.append(_case(name, site, host, language))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _kind(host: Mapping[str, Any]) -> str:
    outcome = host["outcome"]
    if outcome in PASSED:
        return "passed"
    if outcome in SKIPPED:
        return "skipped"
    return "failure" if outcome in FAILURES else "error"


def _counts(hosts: list[Mapping[str, Any]]) -> dict[str, str]:
    kinds = [_kind(host) for host in hosts]
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{sum(host['time'] or 0 for host in hosts):.3f}",
    }


def _case(name: str, site: str, host: Mapping[str, Any], language: str) -> ElementTree.Element:
    # A dot in the class name would become a tree of packages where it is shown, so a site keeps its dots out.
    where = site.replace(".", "_")
    case = ElementTree.Element(
        "testcase",
        {
            "classname": _text(f"windefend.maps.{where}" if where else "windefend.maps"),
            "name": _text(name),
            "time": f"{host['time'] or 0:.3f}",
        },
    )
    kind = _kind(host)
    message = ": ".join(filter(None, (labels.outcome(host["outcome"], language), labels.cause(host, language))))
    if kind in ("failure", "error"):
        found = ElementTree.SubElement(case, kind, {"message": _text(message), "type": _text(str(host["cause"]))})
        found.text = _text(labels.reason(host, language))
    elif kind == "skipped":
        ElementTree.SubElement(case, kind, {"message": _text(message)})
    say, table = Words("overview", language), Words("tables", language)
    lines = [f"{say(when)}: {labels.state(host[when], language)}" for when in ("before", "after")]
    for step in host["steps"]:
        reason = str(step.get("reason", ""))
        said = f": {reason}" if labels.language_of(reason) == language else ""
        lines.append(f"{table('step')}: {labels.step(str(step.get('id', 'unknown')), language)}{said}")
    ElementTree.SubElement(case, "system-out").text = _text("\n".join(lines))
    return case


def _text(value: str) -> str:
    """Visible; so there is nothing that XML 1.0 cannot hold, not even escaped (section 2.2)."""
    return visible(value, lines=True)
