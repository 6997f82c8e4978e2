"""The generated parts of the checked-in pages are what the command writes."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.docs.site import generated

COMMAND = "python -m ansible_collections.windefend.maps.docs.site.generated"
TEXTS = {name: (generated.DOCS / name).read_text(encoding="utf-8") for name in generated.PAGES}


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_is_what_the_command_writes(name: str) -> None:
    assert generated.filled(TEXTS[name], generated.PAGES[name]) == TEXTS[name], f"run {COMMAND}"


def test_every_page_with_marks_is_written() -> None:
    marked = {path.name for path in generated.DOCS.glob("*.md") if generated.PART.search(path.read_text("utf-8"))}
    assert marked == set(TEXTS)


def test_a_change_by_hand_is_undone() -> None:
    parts = {"one": lambda: iter(["a \\1", "b"])}
    page = "x\n<!-- generated: one -->\n\nedited\n\n<!-- end -->\ny\n"
    assert generated.filled(page, parts) == "x\n<!-- generated: one -->\n\na \\1\nb\n\n<!-- end -->\ny\n"


@pytest.mark.parametrize("marks", ["", "two", "one one"])
def test_other_marks_are_an_error(marks: str) -> None:
    page = "".join(f"<!-- generated: {name} -->\n<!-- end -->\n" for name in marks.split())
    with pytest.raises(KeyError, match="instead of one"):
        generated.filled(page, {"one": lambda: iter([])})
