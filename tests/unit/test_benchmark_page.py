"""The page of the benchmark shows what `make bench` wrote, and all of it."""

from __future__ import annotations

import pathlib
import re

from ansible_collections.windefend.maps.tests.benchmark import table

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "benchmark.md").read_text(encoding="utf-8")


def shown() -> str:
    found = re.search(r"<!-- make bench: build/bench/table\.md -->\n(.*)<!-- end -->", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_it_names_its_run() -> None:
    assert re.match(r"Run of \d{4}-\d\d-\d\d \d\d:\d\d UTC \((whole|in parts|quick)\): \d+ cores", shown())


def test_it_shows_every_ratio() -> None:
    assert [text for text in table.RATIOS.values() if f"| {text}" not in shown()] == []


def test_no_table_was_edited_by_hand() -> None:
    """Each is as wide as the program writes it."""
    for block in re.findall(r"(?:^\|.*\n)+", shown(), re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        assert table.markdown(rows[0], rows[2:]) == block
