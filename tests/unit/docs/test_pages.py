"""The pages of the site: where they lie, how their links change, and that none is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.windefend.maps.docs.site import pages

KNOWN = {
    "README.md": "overview.md",
    "docs/index.md": "index.md",
    "docs/undo.md": "undo.md",
    "docs/decisions/README.md": "decisions/index.md",
    "docs/decisions/0001-why.md": "decisions/0001-why.md",
    "roles/spynet/README.md": "roles/spynet.md",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project with these pages and a file."""
    for name in (*KNOWN, "plugins/some.py", "docs/pictures/way.svg", "tests/README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path


def test_every_page_is_found(root: Path) -> None:
    assert pages.pages(root) == KNOWN


@pytest.mark.parametrize(
    ("source", "link", "there"),
    [
        ("README.md", "docs/undo.md", "undo.md"),
        ("README.md", "docs/undo.md#loosening-is-debt", "undo.md#loosening-is-debt"),
        ("roles/spynet/README.md", "../../docs/undo.md", "../undo.md"),
        ("docs/undo.md", "../roles/spynet/README.md", "roles/spynet.md"),
        ("docs/undo.md", "decisions/README.md", "decisions/index.md"),
        ("docs/decisions/0001-why.md", "../../plugins/some.py", "../files/plugins/some.py"),
        ("docs/undo.md", "../tests/README.md", "files/tests/README.md.txt"),
        ("docs/undo.md", "pictures/way.svg", "pictures/way.svg"),
        ("docs/undo.md", "#here", "#here"),
        ("docs/undo.md", "https://example.org/docs/undo.md", "https://example.org/docs/undo.md"),
        ("docs/undo.md", "gone.md", "gone.md"),
    ],
)
def test_a_link_leads_where_its_file_lies(root: Path, source: str, link: str, there: str) -> None:
    assert pages.moved(f"See [it]({link}).", source, KNOWN, root)[0] == f"See [it]({there})."


def test_a_file_that_is_no_page_comes_along(root: Path) -> None:
    (root / "README.md").write_text("[code](plugins/some.py)\n\n```text\n[not](docs/undo.md)\n```\n")
    pages.gather(root / "site", root)
    assert (root / "site" / "files" / "plugins" / "some.py").read_text() == "# plugins/some.py\n"
    assert "[not](docs/undo.md)" in (root / "site" / "overview.md").read_text(), "what is shown as text is no link"


def test_every_page_is_in_the_menu_once() -> None:
    known = pages.pages(pages.ROOT)
    listed = [
        line.rpartition("<")[2].rstrip(">")
        for line in (pages.menu(known) + pages.decisions(known)).splitlines()
        if line and not line.startswith(("`", ":"))
    ]
    there = {page.removesuffix(".md").removeprefix("decisions/0") for page in known.values()} - {"index"}
    assert sorted(name.removeprefix("0") for name in listed) == sorted(there | {"reference/index"})


def test_a_page_without_a_place_stands_under_more() -> None:
    assert f":caption: {pages.MORE}\n\nnew\n" in pages.menu({**KNOWN, "docs/new.md": "new.md"})
