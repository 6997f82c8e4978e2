"""The report on paper, as Chromium prints it and pdftotext reads it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROWS, SMALL, OpenPage, named

pytestmark = pytest.mark.browser


def printed(page: Page, folder: Path) -> str:
    """What stands on paper."""
    path = folder / "page.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout


def test_on_paper_stands_the_whole_filtered_list(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("small")
    paper = printed(page, tmp_path)
    text = re.sub(r"-\s*\n\s*", "-", paper)
    assert "Causes" in text
    assert "Search" not in text
    missing = [name for name in SMALL["hosts"] if name.split(".")[0].rpartition("-")[2] not in text]
    assert missing == []
    sheets = [sheet for sheet in paper.split("\f") if "example" in sheet and "Relaxed checks by age" not in sheet]
    assert len(sheets) > 2
    assert all(re.search(r"host +site +outcome", sheet) for sheet in sheets), "each sheet has the head of the list"
    # And on the screen it is the list that it was.
    expect(page.locator(ROWS)).to_have_count(50)
    expect(page.locator(".hosts thead button")).to_have_count(9)


def test_on_paper_a_thousand_hosts_are_enough_and_it_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("large")
    text = printed(page, tmp_path)
    assert "10,000 hosts; the first 1,000 are printed" in text


def test_a_host_on_paper(open_page: OpenPage, tmp_path: Path) -> None:
    name = named("repaired")[0]
    text = printed(open_page("small", f"#/host/{name}"), tmp_path)
    assert "What was wrong" in text
    assert "MAPS is reachable, checked" in text
    assert "What is left to do" not in text


def test_words_stay_whole_in_a_list_of_many_columns(open_page: OpenPage, tmp_path: Path) -> None:
    text = printed(open_page("grouped"), tmp_path)
    listed = text[text.index("who must act") :]
    for word in ("Defender", "Firewall", "running", "security", "required"):
        assert re.search(rf"\b{word}\b", listed), word


def test_columns_in_which_nothing_stands_are_not_printed(open_page: OpenPage, tmp_path: Path) -> None:
    head = re.compile(r"host +site .*now.*")
    everything = head.search(printed(open_page("small"), tmp_path))
    lost = head.search(printed(open_page("small", "#/?outcome=unreachable"), tmp_path))
    assert everything
    assert "steps" in everything[0]
    assert lost
    assert "steps" not in lost[0]


def test_hosts_that_were_left_out_are_named_although_they_are_folded(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("grouped")
    expect(page.locator(".excluded p")).to_be_hidden()
    assert "nb-17" in printed(page, tmp_path)
