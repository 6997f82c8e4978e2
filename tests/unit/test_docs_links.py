"""Links from one file of the project to another lead somewhere."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest
from ansible_collections.windefend.maps.docs.site.errors import anchor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
_SECTION = re.compile(r"\[[^\]]*\]\(([^)#\s:]*)#([^)\s]+)\)")
PAGES = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def targets(text: str) -> list[str]:
    """The relative targets of a page's links."""
    return [target for target in _LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]


def test_links_are_found() -> None:
    assert targets("[a](b.md), [c](https://x.example/d.md), [e](f/g.md#h)") == ["b.md", "f/g.md"]


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    missing = [target for target in targets(path.read_text()) if not (path.parent / target).exists()]
    assert missing == []


def sections(text: str) -> set[str]:
    """The names of a page's headings in links."""
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", plain, re.MULTILINE)}


def test_sections_are_found() -> None:
    assert sections("# A `b`: c\n\n```sh\n# not\n```\n\n## D, e's\n") == {"a-b-c", "d-es"}
    assert _SECTION.findall("[a](#b), [c](d/e.md#f), [g](https://h.example/#i)") == [("", "b"), ("d/e.md", "f")]


@pytest.mark.parametrize("page", PAGES)
def test_links_to_a_section_lead_to_one(page: str) -> None:
    path = ROOT / page
    linked = [
        ((path.parent / target) if target else path, name) for target, name in _SECTION.findall(path.read_text("utf-8"))
    ]
    missing = [f"{other.name}#{name}" for other, name in linked if name not in sections(other.read_text("utf-8"))]
    assert missing == []
