"""docs/perimeter.md names every key, service, edition and format, and its document of a site is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue import (
    document,
    firewall_formats,
)
from ansible_collections.windefend.maps.tests.support import catalogue

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "perimeter.md").read_text(encoding="utf-8")


def first_column(heading: str) -> set[str]:
    """The names in the first column of the table whose head begins so."""
    table = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return {name for line in table for name in re.findall(r"`([^`]+)`", line.split("|")[1])}


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("key of a row", document.ROW_KEYS),
        ("service", set(catalogue.own().services)),
        ("format", {"pac", *firewall_formats.FORMATS}),
    ],
)
def test_a_table_is_complete(heading: str, names: set[str]) -> None:
    assert first_column(heading) == names


def test_every_edition_is_named() -> None:
    assert [edition for edition in catalogue.own().editions if f"`{edition}`" not in PAGE] == []


def test_the_sites_document_shown_is_one() -> None:
    (shown,) = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if text.startswith("schema:")]
    both = document.parse(yaml.safe_load(shown), "shown", catalogue.own())
    assert [row.id for row in both.rows[-2:]] == ["relay", "samples"]
