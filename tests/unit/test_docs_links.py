"""Links from one file of the project to another lead somewhere."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
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
