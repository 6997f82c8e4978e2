"""The report as one HTML file: nothing comes from elsewhere, and nothing that a host said becomes markup or program.

Three things see to that: Jinja2 escapes every text, the data stands there as JSON that cannot end its element, and the
page's Content-Security-Policy lets only our style and program run, by their hashes, and no text become HTML.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from .._domain.language import visible
from . import charts, labels, request_texts
from .documents import MISSING
from .formats import Presentation
from .numbers import OPEN
from .packed_json import pack, script_json
from .page_parts import causes_part, excluded_part, groups_part, query, reach_part, runs_part, todo_part
from .page_trend import broken_texts, relaxed_part, trend_part
from .page_words import SECTIONS, Words
from .requests import Request

ASSETS = Path(__file__).with_name("assets")
SCRIPTS = (
    "data.js",
    "words.js",
    "export.js",
    "list.js",
    "filters.js",
    "diagnosis.js",
    "proxies.js",
    "host.js",
    "routes.js",
)
"""In the order in which they need each other; together they are one program."""
UNSAID = frozenset(MISSING) - {"outcome", "cause"} | {"next"}
"""What the program does not need of a host where it is empty."""
OF_THE_PROGRAM = ("list", "host", "fields", "routes", "stores")
"""Sections of words that the program reads."""


def page(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """The page of a report. The same report is the same page, byte for byte."""
    language = presentation.language
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
    say = Words("overview", language)
    template = environment.from_string(_asset("page.html.j2"))
    requests = request_texts.left_to_do(fleet, language)
    heads = [request_texts.head(one, fleet, language) for one in requests]
    titles = labels.causes(fleet["hosts"].values(), language)
    counts, runs = fleet["numbers"], fleet["runs"]
    version = visible(runs[-1]["version"]) if runs else ""
    return template.render(
        t=say,
        h=Words("history", language),
        language=language,
        title=visible(presentation.title or say("title")),
        policy=_policy(css, script),
        # Our own files: the only texts that are not escaped, with the data, which script_json has made harmless.
        css=Markup(css),  # noqa: S704
        script=Markup(script),  # noqa: S704
        data=Markup(script_json(pack(_data(fleet, list(zip(requests, heads, strict=True)), titles, presentation)))),  # noqa: S704
        sentence=charts.sentence(counts, language),
        goal=charts.goal(counts, language),
        checked=charts.span(counts, language),
        check_note=say("check_note") if counts["check_mode"] else "",
        figures=[{**one, "href": query(**one["filter"])} for one in charts.figures(fleet, language)],
        details=[{**one, "href": query(**one["filter"])} for one in charts.details(fleet, language)],
        todo=todo_part(requests, heads, language),
        reach=reach_part(counts, language),
        looked=counts.get("looked_at", 0) == counts["hosts"],
        causes=causes_part(fleet, titles, presentation),
        groups=groups_part(counts, language),
        excluded=excluded_part(fleet["excluded"], language),
        trend=trend_part(presentation.history, language),
        relaxed=relaxed_part(fleet["hosts"], language),
        runs=runs_part(runs, language),
        source=say("source", version=version, schema=fleet["schema"]).replace("  ", " "),
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


def _data(
    fleet: Mapping[str, Any],
    requests: Sequence[tuple[Request, str]],
    titles: Mapping[str, str],
    presentation: Presentation,
) -> dict[str, Any]:
    """What the page's program reads; each request with its text up to the hosts."""
    language = presentation.language
    todo: dict[str, list[int]] = {}
    for number, (request, _head) in enumerate(requests):
        for name in request.hosts:
            todo.setdefault(name, []).append(number)
    return {
        "hosts": [
            {
                **{key: item for key, item in host.items() if item or key not in UNSAID},
                "name": name,
                "cause_title": titles[host["cause"]],
                **({"todo": todo[name]} if name in todo else {}),
            }
            for name, host in fleet["hosts"].items()
        ],
        "language": language,
        "texts": {name: text.get(language) for one in OF_THE_PROGRAM[:2] for name, text in SECTIONS[one].items()},
        **{one: {name: text.get(language) for name, text in SECTIONS[one].items()} for one in OF_THE_PROGRAM[2:]},
        "outcomes": [
            [name, label.get(language), meaning.get(language)] for name, (label, meaning) in labels.OUTCOMES.items()
        ],
        "open": list(OPEN),
        "causes": {name: text.title.get(language) for name, text in labels.CAUSES.items()},
        "meanings": {name: text.explanation.get(language) for name, text in labels.CAUSES.items()},
        "documents": {name: labels.documentation(name, presentation.docs_url) for name in titles},
        "steps": {name: text.get(language) for name, text in labels.STEPS.items()},
        "requests": [
            {
                "id": one.id,
                "who": one.who,
                "text": one.text,
                "head": head,
            }
            for one, head in requests
        ],
        "since": broken_texts(presentation.history, language),
        "tail": request_texts.tail(fleet, language),
        "dimensions": list(fleet["numbers"].get("by_group", {})),
    }
