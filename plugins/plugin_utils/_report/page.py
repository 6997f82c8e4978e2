"""The report as one HTML file: nothing comes from elsewhere, and nothing that a host said becomes markup or program.

Three things see to that: Jinja2 escapes every text, the data stands there as JSON that cannot end its element, and the
page's Content-Security-Policy lets only our style and program run, by their hashes, and no text become HTML.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup

from .._domain.language import visible
from . import labels as words
from .charts import bars, figures, span
from .formats import Presentation
from .numbers import left_to_do
from .packed_json import pack, script_json
from .tables import sentence

ASSETS = Path(__file__).with_name("assets")
SCRIPTS = ("data.js", "words.js", "list.js", "diagnosis.js", "proxies.js", "host.js", "routes.js")
"""In the order in which they need each other; together they are one program."""
ROWS = 12
"""Rows of a table beside the list: more are no overview."""


def page(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """The page of a report. The same report is the same page, byte for byte."""
    css = _asset("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(_asset(name) for name in SCRIPTS) + "\n})();\n"
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = "{:,}".format
    template = environment.from_string(_asset("page.html.j2"))
    left = left_to_do(fleet["hosts"])
    return template.render(
        title=visible(presentation.title),
        policy=_policy(css, script),
        # Our own files: the only texts that are not escaped, with the data, which script_json has made harmless.
        css=Markup(css),  # noqa: S704
        script=Markup(script),  # noqa: S704
        data=Markup(script_json(pack(_data(fleet, left)))),  # noqa: S704
        sentence=sentence(fleet["numbers"]),
        checked=span(fleet["numbers"]),
        foretold=_planned(fleet["numbers"]),
        figures=[{**figure, "href": _query(**figure["filter"])} for figure in figures(fleet)],
        reach=_reach(fleet["numbers"]),
        **_causes(fleet),
        **_left(left),
        **_sites(fleet["numbers"]["by_site"]),
        source=f"From a report of windefend.maps, schema {fleet['schema']}. This page loads nothing from elsewhere.",
    )


def _policy(css: str, script: str) -> str:
    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(css)}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _query(**wanted: str) -> str:
    return f"#/?{urlencode(wanted)}" if wanted else "#/"


def _data(fleet: Mapping[str, Any], left: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page's program reads."""
    return {
        "hosts": [{**host, "name": name, "cause_title": words.cause(host)} for name, host in fleet["hosts"].items()],
        "outcomes": [[name, *texts] for name, texts in words.OUTCOMES.items()],
        "causes": words.CAUSES,
        "steps": words.STEPS,
        "left": [{key: one[key] for key in ("who", "text", "module")} for one in left],
    }


def _planned(counts: Mapping[str, Any]) -> str:
    if not counts["check_mode"]:
        return ""
    return "Check mode changes nothing and validates nothing again, so these hosts are shown as they were found."


def _reach(counts: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "connected": "reachable",
        "not_connected": "not reachable",
        "not_applicable": "not applicable",
        "not_known": "unknown",
    }
    rows = [
        {"state": state, "name": name, "before": counts["before"][state], "after": counts["after"][state]}
        for state, name in names.items()
    ]
    return {
        "bars": [
            {"name": when, "parts": bars(counts[when], counts["hosts"], tuple(names))} for when in ("before", "after")
        ],
        "rows": rows,
    }


def _causes(fleet: Mapping[str, Any]) -> dict[str, Any]:
    titles = {host["cause"]: words.cause(host) for host in fleet["hosts"].values() if host["outcome"] != "healthy"}
    found = fleet["numbers"]["by_cause"]
    most = max((sum(count.values()) for count in found.values()), default=0)
    rows = [
        {
            "title": visible(titles[cause]),
            "lang": words.language(titles[cause]),
            "href": _query(cause=cause),
            "parts": bars(count, most, ("repaired", "open", "not_applicable")),
            **count,
        }
        for cause, count in found.items()
    ]
    notes = []
    if len(rows) > ROWS:
        rest = sum(sum(count.values()) for count in list(found.values())[ROWS:])
        notes.append(f"{len(rows) - ROWS} more causes with {rest:,} hosts are in the list below.")
    apart = sum(count["not_applicable"] for count in found.values())
    lost = fleet["outcomes"].get("unreachable", 0)
    if lost:
        notes.append(f"{lost:,} {_hosts(lost)} could not be reached; there is no data about them.")
    light = f"{apart:,} {_hosts(apart)}: cloud protection not in use" if apart else ""
    return {"causes": rows[:ROWS], "apart": light, "cause_notes": " ".join(notes)}


def _left(left: list[dict[str, Any]]) -> dict[str, Any]:
    rows = []
    for number, one in enumerate(left[:ROWS]):
        text = visible(f"{one['text']}")
        rows.append(
            {
                "who": visible(words.who(one)),
                "text": text,
                "lang": words.language(text),
                "count": len(one["hosts"]),
                "href": _query(left=str(number)),
            }
        )
    more = len(left) - ROWS
    return {"left": rows, "left_more": f"{more} more are on the pages of the hosts." if more > 0 else ""}


def _sites(found: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    states = ("connected", "not_connected", "not_applicable", "not_known")
    worst = sorted(found.items(), key=lambda item: (-item[1]["not_connected"], item[0]))
    shown = sorted(worst[:ROWS]) if len(found) <= ROWS else worst[:ROWS]
    rows = [
        {
            "name": visible(site) or "no site",
            "href": _query(site=site or "-"),
            "parts": bars(count, count["hosts"], states),
            **count,
        }
        for site, count in shown
    ]
    more = f"The {ROWS} of {len(found)} sites with the most hosts that cannot reach MAPS." if len(found) > ROWS else ""
    return {"sites": rows, "sites_more": more}


def _hosts(count: int) -> str:
    return "host" if count == 1 else "hosts"
