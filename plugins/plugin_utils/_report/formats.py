"""A report's formats by name and by the ending of a file, and what a task that wrote some returns.

Ansible loads the action of every task, also of one that it skips, so the module of a format is loaded at its first use.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Any

from .._domain.language import DEFAULT_LANGUAGE
from .._domain.operation import Refused


@dataclass(frozen=True)
class Presentation:
    """What a report is called, in which language it speaks, and what else it shows."""

    title: str
    """Empty: the title that reports have in their language."""
    language: str = DEFAULT_LANGUAGE
    docs_url: str = ""
    """The address of the page about errors, which describes the causes; empty: Microsoft's article does."""
    history: Sequence[Mapping[str, Any]] = ()
    """Earlier runs and this one, as `history.entry` makes them."""
    metrics_of_hosts: bool = False
    """Whether metrics are those of each host too."""


Format = Callable[[Mapping[str, Any], Presentation], str]
"""A report and how it is presented -> the text of the file."""


def as_json(fleet: Mapping[str, Any], _presentation: Presentation) -> str:
    """The report in the shape of docs/report.schema.json."""
    return json.dumps(fleet, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _of(module: str, name: str) -> Format:
    def text(fleet: Mapping[str, Any], presentation: Presentation) -> str:
        made: str = _loaded(module, name)(fleet, presentation)
        return made

    return text


def _loaded(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(import_module(f"{__package__}.{module}"), name)
    return found


FORMATS: Mapping[str, Format] = {
    "html": _of("page", "page"),
    "json": as_json,
    "csv": _of("tables", "table_csv"),
    "markdown": _of("tables", "markdown"),
    "junit": _of("junit", "junit"),
    "prometheus": _of("prometheus", "prometheus"),
    "jsonl": _of("ocsf", "ocsf"),
}
ENDINGS: Mapping[str, str] = {
    ".html": "html",
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".xml": "junit",
    ".prom": "prometheus",
    ".jsonl": "jsonl",
}


def format_of(path: str) -> str:
    """The format that the ending of a path stands for. Raises Refused."""
    ending = PurePath(path).suffix.lower()
    if ending not in ENDINGS:
        raise Refused(
            f"{path}: the ending of a report's name decides on its format, so it must be {', '.join(ENDINGS)}"
        )
    return ENDINGS[ending]


def paths_of(value: Any) -> list[str]:
    """The paths that a user gave: a list, or a text in which commas stand between them."""
    found = value.split(",") if isinstance(value, str) else [str(one) for one in value or ()]
    return [path.strip() for path in found if path.strip()]


def result(fleet: Mapping[str, Any]) -> dict[str, Any]:
    """What the module returns of a report beside its files."""
    return {
        "summary": _loaded("charts", "sentence")(fleet["numbers"], DEFAULT_LANGUAGE),
        "outcomes": fleet["outcomes"],
        "causes": fleet["causes"],
        "numbers": fleet["numbers"],
    }
