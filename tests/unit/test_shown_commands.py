"""Every command that a page shows is executed by a test, or says what it needs that no test has."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from ansible_collections.windefend.maps.tests.support.shown_commands import (
    LANGUAGES,
    NEEDS,
    ROOT,
    Block,
    blocks,
    pages,
    quoted,
    words,
)

PAGES = {page: (ROOT / page).read_text(encoding="utf-8") for page in pages()}
BLOCKS = [block for page, text in PAGES.items() for block in blocks(page, text)]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def trouble(block: Block) -> list[str]:
    """What keeps the block's mark from being true."""
    if block.needs:
        return [] if block.needs in NEEDS else [f"needs {block.needs}: not one of {NEEDS}"]
    if not block.executed_by:
        return [f"no mark: {block.text.splitlines()[0]}"]
    path = ROOT / block.executed_by
    if not path.is_file():
        return [f"{block.executed_by} is not there"]
    source = path.read_text(encoding="utf-8")
    # It takes the commands from the page: then whatever stands there is what it runs.
    if f'"{block.page.rpartition("/")[2]}"' in source or f'"{block.page}"' in source:
        return []
    return [command for command in block.commands if beginning(command) not in words(source)]


def beginning(command: str) -> str:
    """The program and its first words, up to the first option or what only this page calls so."""
    plain = re.split(r"\s(?:-|\\|#|&&|\.{3})", command, maxsplit=1)[0]
    return words(plain)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_executed_or_cannot_be(page: str) -> None:
    assert [line for block in blocks(page, PAGES[page]) for line in trouble(block)] == []


def test_the_pages_show_commands() -> None:
    assert len(BLOCKS) > 20
    assert all(block.commands for block in BLOCKS)


def test_no_command_hides_in_another_language() -> None:
    """A prompt in a block that this test does not look at."""
    hidden = [
        (page, line)
        for page, text in PAGES.items()
        for language, body in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for line in body.splitlines()
        if language not in LANGUAGES and line.startswith("$ ")
    ]
    assert hidden == []


@pytest.mark.parametrize("page", PAGES)
def test_a_target_that_is_named_is_one(page: str) -> None:
    named = re.findall(r"`make ([a-z]+)", PAGES[page])
    assert [name for name in named if name not in TARGETS] == []


def several_lines(text: str) -> list[str]:
    """The contents of the fenced blocks of two or more lines, with single blanks."""
    found = re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    lines = [[" ".join(line.split()) for line in body.splitlines() if line.strip()] for body in found]
    return ["\n".join(body) for body in lines if len(body) > 1]


def repeated(pages: Mapping[str, str]) -> dict[str, list[str]]:
    """Block -> the pages that show it, where it is shown more than once."""
    shown = [(body, page) for page, text in pages.items() for body in several_lines(text)]
    homes = {body: [page for other, page in shown if other == body] for body, _page in shown}
    return {body: found for body, found in homes.items() if len(found) > 1}


def test_a_block_of_several_lines_stands_once() -> None:
    """A translation has the blocks of its original; test_languages.py holds it to them."""
    assert repeated({page: text for page, text in PAGES.items() if not page.endswith(".ja.md")}) == {}


def test_a_repeated_block_is_found() -> None:
    one, two = "```console\n$ a\n$ b\n```\n", "text\n```bash\n$ a\n$  b\n\n```\n```\n$ a\n```\n"
    assert repeated({"x.md": one, "y.md": two}) == {"$ a\n$ b": ["x.md", "y.md"]}
    assert repeated({"x.md": one, "y.md": "```console\n$ a\n```\n"}) == {}


def block(mark: str, text: str = "$ make demo\n") -> Block:
    (found,) = blocks("x.md", f"{f'<!-- {mark} -->' if mark else 'text'}\n```console\n{text}```\n")
    return found


@pytest.mark.parametrize(
    "mark",
    [
        "",
        "executed by tests/unit/test_gone.py",
        "executed by LICENSE",
        "needs luck: who knows",
        "needs Windows",
        "run by hand",
    ],
)
def test_a_block_without_a_true_mark_is_found(mark: str) -> None:
    assert trouble(block(mark))


@pytest.mark.parametrize("mark", ["executed by .ci/run", "needs Windows: it is set up there"])
def test_a_true_mark_is_believed(mark: str) -> None:
    assert trouble(block(mark)) == []


def test_commands_are_taken_with_the_lines_that_go_on() -> None:
    shown = block("executed by .ci/run", "$ one \\\n    two\noutput\n$ three # why\n")
    assert shown.commands == ["one \\\n    two", "three # why"]
    assert [beginning(command) for command in shown.commands] == ["one", "three"]


def test_outputs_are_taken_piece_by_piece() -> None:
    assert quoted("```text\na  b\nc ... d\n```\n") == ["a b c", "d"]
