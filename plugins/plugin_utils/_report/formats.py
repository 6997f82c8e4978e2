"""A report's formats by name, and what a task that wrote some returns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .junit import junit
from .page import page
from .tables import markdown, sentence, table_csv


def as_json(fleet: Mapping[str, Any], _title: str) -> str:
    """The report in the shape of docs/report.schema.json."""
    return json.dumps(fleet, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_csv(fleet: Mapping[str, Any], _title: str) -> str:
    """One line a host."""
    return table_csv(fleet)


FORMATS: Mapping[str, Callable[[Mapping[str, Any], str], str]] = {
    "html": page,
    "json": as_json,
    "csv": as_csv,
    "markdown": markdown,
    "junit": junit,
}


def result(fleet: Mapping[str, Any]) -> dict[str, Any]:
    """What the module returns of a report beside its files."""
    return {
        "summary": sentence(fleet["numbers"]),
        "outcomes": fleet["outcomes"],
        "causes": fleet["causes"],
        "numbers": fleet["numbers"],
    }
