"""Whatever hosts are called and say is shown as text, and becomes neither markup nor program nor another address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.tests.support import report_fleet
from playwright.sync_api import Error, Page, expect

from .conftest import OpenPage

pytestmark = pytest.mark.browser
OURS = {
    "script": 2, "style": 1, "img": 0, "iframe": 0, "object": 0, "embed": 0, "link": 0, "base": 0, "b": 0, "form": 1,
}  # fmt: skip
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029]")


def unharmed(page: Page) -> None:
    """No element that is not ours, and nothing ran."""
    for tag, count in OURS.items():
        assert page.locator(tag).count() == count, tag
    assert page.evaluate("window.hurt") is None
    assert "[object " not in page.locator("body").inner_text()
    assert page.evaluate("Object.keys(Object.prototype).length") == 0
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every(e => ![...e.attributes].some(a => /^on/.test(a.name)))"
    )
    links = page.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    assert [link for link in links if not link.startswith("#")] == []


def test_every_hostile_host_is_a_row_and_a_page(open_page: OpenPage) -> None:
    page = open_page("hostile")
    unharmed(page)
    count = len(report_fleet.HOSTILE_NAMES)
    expect(page.locator(".hosts tbody tr")).to_have_count(count)
    addresses = page.evaluate("[...document.querySelectorAll('.hosts tbody a')].map(a => a.getAttribute('href'))")
    names = page.locator(".hosts tbody a").all_inner_texts()
    assert len(set(addresses)) == len(set(names)) == count
    assert not any(UNSEEN.search(name) for name in names)
    for address, name in zip(addresses, names, strict=True):
        page.evaluate("address => { location.hash = address; }", address)
        expect(page.locator("#host h2")).to_have_text(name)
        for details in page.locator("#host details summary").all():
            details.click()
        unharmed(page)
        assert not UNSEEN.search(page.locator("#host").inner_text())


def test_markup_is_shown_letter_by_letter(open_page: OpenPage) -> None:
    page = open_page("hostile")
    page.get_by_label("Search").fill("onerror")
    expect(page.locator(".hosts tbody tr")).to_have_count(1)
    row = page.locator(".hosts tbody tr")
    assert row.locator("a").inner_text() == report_fleet.MARKUP
    expect(row).to_contain_text(report_fleet.MARKUP)


@pytest.mark.parametrize("name", ["__proto__", "constructor", "hasOwnProperty"])
def test_names_of_the_language_are_names_of_hosts(open_page: OpenPage, name: str) -> None:
    page = open_page("hostile", f"#/host/{name}")
    expect(page.locator("#host h2")).to_have_text(name)
    expect(page.locator("#host .diff").first).to_contain_text(name)


def test_a_mark_of_direction_is_written_out(open_page: OpenPage) -> None:
    page = open_page("hostile")
    page.get_by_label("Search").fill("exe.txt")
    expect(page.locator(".hosts tbody tr")).to_have_count(1)
    expect(page.locator(".hosts tbody a")).to_have_text("\u27e8U+202E\u27e9exe.txt\u27e8U+202C\u27e9")


def test_a_long_output_is_folded_and_whole(open_page: OpenPage) -> None:
    page = open_page("hostile", "#/host/constructor")
    page.locator(".folded > summary").click()
    folded = page.locator("#host .folded details").first
    assert not folded.locator(".long").is_visible()
    folded.locator("summary").click()
    assert report_fleet.LONG in folded.locator(".long").inner_text()


def test_filters_by_hostile_causes_and_sites(open_page: OpenPage) -> None:
    page = open_page("hostile")
    for name in ("cause", "g.site"):
        choice = page.locator(f'[id="f-{name}"]')
        for value in choice.locator("option").evaluate_all("options => options.map(o => o.value)")[1:]:
            choice.select_option(value)
            expect(page.locator(".hosts tbody tr")).to_have_count(1)
            unharmed(page)
        choice.select_option("")


@pytest.mark.parametrize(
    "program",
    [
        "document.body.innerHTML = '<b>x</b>'",
        "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
        "document.createElement('script').src = 'data:,window.hurt=1'",
        "setTimeout('window.hurt = 1')",
    ],
)
def test_were_there_a_hole_the_browser_would_refuse(files: dict[str, Path], browser: object, program: str) -> None:
    """The policy is tried, not only written: what our program never does is refused when it is done."""
    page = browser.new_page()  # type: ignore[attr-defined]
    page.goto(files["hostile"].as_uri())
    with pytest.raises(Error, match=r"Trusted|blocked"):
        page.evaluate(f"() => {{ {program} }}")
    unharmed(page)
    page.close()


def test_an_added_script_or_picture_is_refused(files: dict[str, Path], browser: object) -> None:
    page = browser.new_page()  # type: ignore[attr-defined]
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(files["hostile"].as_uri())
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
            const picture = document.createElement("img");
            picture.src = "http://192.0.2.1/x.png";
            document.body.append(picture);
            const handler = document.createElement("p");
            try { handler.setAttribute("onclick", "window.hurt = 1"); } catch { return; }
            document.body.append(handler);
            handler.click();
        }"""
    )
    page.wait_for_function("() => document.querySelector('img').complete")
    assert page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in text for text in said)
    page.close()
