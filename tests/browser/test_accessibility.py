"""axe looks at every view, in light and dark, on a desk and on a phone; and what it cannot see is asked for."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import DESKTOP, PHONE, OpenPage

pytestmark = pytest.mark.browser
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


def complaints(page: Page) -> list[str]:
    found = Axe().run(page, options={**RULES, "resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.parametrize(
    ("name", "viewport", "scheme"),
    [
        ("small", DESKTOP, "light"),
        ("small", DESKTOP, "dark"),
        ("small", PHONE, "light"),
        ("small", PHONE, "dark"),
        ("hostile", DESKTOP, "light"),
        ("japanese", PHONE, "dark"),
        ("told", DESKTOP, "light"),
        ("in_japanese", PHONE, "light"),
    ],
)
def test_axe_finds_nothing(open_page: OpenPage, name: str, viewport: dict[str, int], scheme: str) -> None:
    page = open_page(name, viewport=viewport, color_scheme=scheme)
    expect(page.locator(".hosts")).to_be_visible()
    assert complaints(page) == []
    page.locator(".hosts tbody a").first.click()
    expect(page.locator("#host")).to_be_visible()
    assert complaints(page) == []


def test_axe_would_find_something(open_page: OpenPage) -> None:
    page = open_page("small")
    page.evaluate("document.querySelector('#f-q').parentElement.replaceWith(document.querySelector('#f-q'))")
    assert any(line.startswith("label:") for line in complaints(page))


def test_dark_is_dark_and_light_is_light(open_page: OpenPage) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = open_page("small", color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        grounds[scheme] = sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    assert grounds["dark"] < 150
    assert grounds["light"] > 600


def test_who_wants_no_motion_gets_none(open_page: OpenPage) -> None:
    duration = "getComputedStyle(document.querySelector('.hosts a')).transitionDuration"
    assert open_page("small", reduced_motion="reduce").evaluate(duration) == "0s"
    assert open_page("small", reduced_motion="no-preference").evaluate(duration) != "0s"


def test_the_tables_have_heads_and_the_list_says_how_it_is_sorted(open_page: OpenPage) -> None:
    page = open_page("small")
    for table in page.locator("table").all():
        assert table.locator("thead th[scope=col]").count() >= 2
        assert table.locator("tbody th[scope=row]").count() == table.locator("tbody tr").count()
    expect(page.get_by_role("columnheader", name="outcome")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("status")).to_contain_text("hosts")


def test_what_has_the_focus_is_seen(open_page: OpenPage) -> None:
    page = open_page("small")
    seen = set()
    for _unused in range(90):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [e.tagName + e.className, s.outlineStyle, parseFloat(s.outlineWidth)]; })()"
        )
        seen.add(style[0])
        assert style[1] != "none", style
        assert style[2] >= 1, style
    assert len(seen) >= 5
