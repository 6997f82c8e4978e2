"""A report's formats by name, and what a task that wrote some returns.

Ansible loads the action of every task, also of one that it skips, so the module of a format is loaded at its first use.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

Format = Callable[[Mapping[str, Any], str], str]
"""A report and its title -> the text of the file."""


def as_json(fleet: Mapping[str, Any], _title: str) -> str:
    """The report in the shape of docs/report.schema.json."""
    return json.dumps(fleet, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _of(module: str, name: str) -> Format:
    def text(fleet: Mapping[str, Any], title: str) -> str:
        made: str = _loaded(module, name)(fleet, title)
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
PROMETHEUS_WITH_HOSTS = _of("prometheus", "with_hosts")


def result(fleet: Mapping[str, Any]) -> dict[str, Any]:
    """What the module returns of a report beside its files."""
    return {
        "summary": _loaded("tables", "sentence")(fleet["numbers"]),
        "outcomes": fleet["outcomes"],
        "causes": fleet["causes"],
        "numbers": fleet["numbers"],
    }
