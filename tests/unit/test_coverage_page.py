"""docs/coverage.md names only what exists, and all that the article's tests and the collection's modules show."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
BEYOND_THE_ARTICLE = {
    "begin_run",
    "closing",
    "remediation_history",
    "report",
    "rollback",
    "rollout",
    "self_check",
    "sweep",
}
"""Modules that no row of the article asks for."""
PLACES = {
    "module": "plugins/modules/{}.py",
    "role": "roles/{}/tasks/main.yml",
    "playbook": "playbooks/{}.yml",
    "lookup": "plugins/lookup/{}.py",
    "filter": "plugins/filter/{}.yml",
}


def rows(page: str) -> list[tuple[str, str, str]]:
    """The cells of every row of the page's tables, heads left out."""
    lines = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in page.splitlines() if line[:2] == "| "]
    return [(cells[0], cells[1], cells[2]) for cells in lines if cells[0] != "row of the article"]


def named(cell: str) -> list[tuple[str, str]]:
    """Kind and name of everything that a middle cell names: `module and role x` is both, a list has one kind."""
    found = []
    for kinds, names in re.findall(
        r"\b((?:(?:module|role|playbook|lookup|filter)s?(?: and )?)+) ((?:`\w+`(?:, | and )?)+)", cell
    ):
        for kind in re.findall(r"module|role|playbook|lookup|filter", kinds):
            found += [(kind, name) for name in re.findall(r"`(\w+)`", names)]
    return found


def functions(path: pathlib.Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_names_are_found() -> None:
    assert named("module and role `a`, roles `b` and `c`, lookup `d`") == [
        ("module", "a"), ("role", "a"), ("role", "b"), ("role", "c"), ("lookup", "d"),
    ]  # fmt: skip


@pytest.mark.parametrize("row", rows(PAGE), ids=lambda row: row[0])
def test_a_row_names_what_exists(row: tuple[str, str, str]) -> None:
    _unused, done_by, shown_by = row
    assert named(done_by) or done_by.startswith("the same"), "nothing does it"
    for kind, name in named(done_by):
        assert (ROOT / PLACES[kind].format(name)).is_file(), (kind, name)
    tests = re.findall(r"`([^`]+)`", shown_by)
    assert tests, "nothing shows it"
    for test in tests:
        path, _unused, function = test.partition("::")
        assert path.startswith("tests/integration/"), "the article's rows are shown by real runs"
        assert (ROOT / path).is_file(), path
        if function:
            assert function.partition("[")[0] in functions(ROOT / path), test


def test_no_row_of_the_articles_tests_is_missing() -> None:
    shown = functions(ROOT / "tests" / "integration" / "test_article.py")
    assert {name for name in shown if name.startswith("test_row_") and name not in PAGE} == set()


def test_every_module_has_its_row() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    on_page = {name for _unused, done_by, _unused in rows(PAGE) for kind, name in named(done_by) if kind == "module"}
    assert modules - on_page == BEYOND_THE_ARTICLE
