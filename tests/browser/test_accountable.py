"""What the person who is accountable for a fleet finds on the page: in ten seconds, in Japanese, to copy, to send."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import solutions
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.csv_cell import FORMULA
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.display import visible
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import fleet, merge, parse
from ansible_collections.windefend.maps.plugins.plugin_utils._report.request_texts import left_to_do
from ansible_collections.windefend.maps.plugins.plugin_utils._report.requests import Request
from ansible_collections.windefend.maps.tests.support import report_fleet
from ansible_collections.windefend.maps.tests.support.english import english
from playwright.sync_api import expect

from .conftest import ROWS, SMALL, OpenPage, named

pytestmark = pytest.mark.browser
HOSTILE = fleet(merge([parse(report_fleet.hostile(), "hostile")]))


def test_a_japanese_page_has_no_english_sentence(open_page: OpenPage) -> None:
    """Although the run spoke English: what it said is separate, as its record."""
    page = open_page("in_japanese")
    assert page.locator("html").get_attribute("lang") == "ja"
    for outcome in ("repaired", "not_repairable", "unreachable", "healthy"):
        page.goto(f"{page.url.split('#')[0]}#/host/{quote(named(outcome)[0])}")
        expect(page.locator(".story")).to_be_visible()
        assert english(page.locator("body").inner_text()) == []
    page.goto(f"{page.url.split('#')[0]}#/")
    for summary in page.locator("details.letter summary").all():
        summary.click()
    assert english(page.locator("body").inner_text()) == []
    expect(page.locator("#count")).to_contain_text("120 台、1")


def test_broken_is_red_in_light_and_dark_and_has_a_shape_and_a_word(open_page: OpenPage) -> None:
    for scheme in ("light", "dark"):
        page = open_page("small", color_scheme=scheme)
        figure = page.locator(".f-not_connected dd a")
        red, green, blue = map(int, re.findall(r"\d+", figure.evaluate("one => getComputedStyle(one).color"))[:3])
        assert red > green + 40
        assert red > blue + 40
        mark = page.locator(".hosts .outcome.open").first
        expect(mark).to_have_text(re.compile("failed|manual action required"))
        assert mark.evaluate("one => getComputedStyle(one, '::before').borderRadius") == "0px"
        assert (
            page.locator(".hosts .outcome.good").first.evaluate("one => getComputedStyle(one, '::before').borderRadius")
            != "0px"
        )


def test_the_run_its_undoing_and_what_it_left_out_are_named(open_page: OpenPage) -> None:
    page = open_page("told")
    expect(page.locator(".when")).to_contain_text("run monday (Repair) · windefend.maps 1.0.0")
    expect(page.locator(".goal.missed").last).to_contain_text("The run was stopped: the first wave helped nobody")
    expect(page.get_by_text("2 hosts of the inventory were not part of the run:")).to_be_visible()
    expect(page.get_by_text("nb-1, nb-2")).to_be_visible()
    expect(page.locator("pre.command")).to_have_text("ansible-playbook windefend.maps.rollback -e rollback_run=monday")
    link = page.locator(".causes a.doc").first
    assert link.get_attribute("href") == "https://docs.example/errors.html#no-system-wide-winhttp-proxy"
    expect(page.locator(".trend rect")).not_to_have_count(0)
    expect(page.get_by_text("reachable then 1 of 2")).to_be_visible()


def known_request() -> Request:
    """A request whose text is one of the solutions."""
    return next(one for one in left_to_do(SMALL, "en") if one.id in solutions.SOLUTIONS)


def test_a_request_is_copied_whole(open_page: OpenPage) -> None:
    page, request = open_page("small"), known_request()
    row = page.locator(".left tbody tr", has_text=request.text)
    count = int(row.locator("td").last.inner_text())
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.taken = text; }")
    row.locator("summary").click()
    row.get_by_role("button", name="Copy").click()
    expect(row.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("window.taken")
    assert text.startswith(f"To: {request.who}\nSubject: ")
    names = [name for name in SMALL["hosts"] if f"  {name}\n" in text]
    assert names == list(request.hosts)
    assert len(names) == count
    expect(row.locator("pre")).to_contain_text(names[0])


def test_the_filtered_list_is_exported_and_no_cell_is_a_formula(open_page: OpenPage) -> None:
    page = open_page("small", "#/?outcome=unreachable&sort=host")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export this list (CSV)").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"), newline="")))
    assert rows[0][:5] == ["host", "site", "outcome", "cause", "who must act"]
    assert [row[0] for row in rows[1:]] == sorted(named("unreachable"))
    page = open_page("hostile")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export this list (CSV)").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {row[0].removeprefix("'") for row in rows[1:]} == {visible(name) for name in HOSTILE["hosts"]}
    for delimiter in ",;\t|":
        read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        assert [one for row in read for one in row if one.lstrip(' "').startswith(FORMULA)] == []


def test_an_address_of_a_request_opens_at_its_hosts_and_means_the_same_in_the_next_report(open_page: OpenPage) -> None:
    request = known_request()
    for name in ("small", "large"):
        page = open_page(name, f"#/?todo={request.id}")
        expect(page.locator("#hosts")).to_be_focused()
        assert page.evaluate("window.scrollY") > 300
        expect(page.locator("#count")).to_contain_text(f"with the request: {request.text}")
        assert page.locator(ROWS).count() >= len(request.hosts)
