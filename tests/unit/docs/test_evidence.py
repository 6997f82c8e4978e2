"""The ledger of facts: its rows are whole, and the tests that they name exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ansible_collections.windefend.maps.tests.support.checkout import ROOT

PAGE = ROOT / "docs" / "evidence.md"
CONFIDENCE = ("sure", "likely", "recalled", "guess", "unknown", "open")


def tables() -> Iterator[tuple[list[str], list[list[str]]]]:
    """The head of each table and its rows."""
    for text in re.findall(r"(?:^\|.*\n)+", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        cells = [[one.strip() for one in re.split(r"(?<!\\)\|", line.strip())[1:-1]] for line in text.splitlines()]
        yield cells[0], cells[2:]


def test_every_fact_has_a_source_and_a_confidence() -> None:
    for head, rows in tables():
        if "confidence" not in head:
            continue
        for row in rows:
            assert len(row) == len(head), row
            fact, source, confidence = (row[head.index(name)] for name in (head[0], "source", "confidence"))
            assert fact, row
            assert source, row
            assert confidence.startswith(CONFIDENCE), row


def test_the_tests_that_rows_name_exist(record_property: Callable[[str, object], None]) -> None:
    """Renaming or removing such a test is noticed here, so the fact is looked at again."""
    files = (path.read_text(encoding="utf-8") for path in Path(ROOT, "tests").rglob("test_*.py"))
    known = {name for text in files for name in re.findall(r"def (test_\w+)", text)}
    named = [
        name for head, rows in tables() if "test" in head for row in rows for name in re.findall(r"`(\w+)`", row[-1])
    ]
    assert set(named) <= known, sorted(set(named) - known)
    record_property("facts_with_a_test", len(named))
    assert len(named) >= 80
