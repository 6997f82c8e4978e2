"""The site that `make docs` built, as a reader meets it: links, search, phone, dark, and nothing from elsewhere."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from .conftest import DESKTOP, PATIENCE, PHONE

pytestmark = pytest.mark.browser
SITE = Path(__file__).resolve().parents[2] / "build" / "docs" / "site"
WRITTEN = ("index", "tutorial", "real-hosts", "article", "errors", "faq", "winsim", "evidence", "overview")
"""Pages that people wrote, and what is most read of them; axe looks at these and at one of each generated kind."""
GENERATED = ("reference/index", "reference/spynet_module", "reference/remediate_role", "reference/endpoints_lookup")


class Parts(HTMLParser):
    """What a page names and what can be named in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.names |= {found[name] for name in ("id", "name") if name in found}
        self.links += [found[name] for name in ("href", "src") if name in found]


@pytest.fixture(scope="module")
def pages() -> dict[str, Parts]:
    """Every page of the site by its path."""
    found = {path.relative_to(SITE).as_posix(): Parts(path) for path in sorted(SITE.rglob("*.html"))}
    assert len(found) > 60, "make docs builds the site"
    return found


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The site on a web server, as the search needs it."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextlib.contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page that must be silent, and ask for nothing that is not of the site."""
    options.setdefault("viewport", DESKTOP)
    trouble: list[str] = []
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    # The theme tells there which colours were chosen.
    page.on("console", lambda said: trouble.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("response", lambda answer: trouble.append(answer.url) if answer.status >= 400 else None)
    page.on(
        "request",
        lambda asked: trouble.append(asked.url) if not asked.url.startswith((address, "data:")) else None,
    )
    yield page
    context.close()
    assert trouble == []


def test_every_link_leads_somewhere(pages: dict[str, Parts]) -> None:
    broken = []
    for name, parts in pages.items():
        for link in parts.links:
            there = urlsplit(urljoin(f"site:///{name}", link))
            if there.scheme != "site":
                continue
            path = unquote(there.path).lstrip("/")
            if not (SITE / path).is_file() or (
                there.fragment and path in pages and unquote(there.fragment) not in pages[path].names
            ):
                broken.append((name, link))
    assert broken == []


def test_no_page_takes_anything_from_elsewhere(pages: dict[str, Parts], browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        for name in pages:
            page.goto(address + name)


def test_the_start_page_leads_to_both_beginnings(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.goto(address)
        page.locator("article").get_by_role("link", name="Repair a simulated host").click()
        expect(page.locator("article")).to_contain_text("$ make demo")
        page.goto(address)
        page.locator("article").get_by_role("link", name="use it on real hosts").click()
        expect(page.locator("article")).to_contain_text("ansible-playbook windefend.maps.assess")


@pytest.mark.parametrize(
    ("asked", "page_found"),
    [
        ("0x80072F8F", "Troubleshooting by error code > 0x80072F8F"),
        ("800106BA", "Troubleshooting by error code"),
        ("LocalAccountTokenFilterPolicy", "Use it on real hosts"),
        ("winhttp_proxy", "windefend.maps.winhttp_proxy module"),
    ],
)
def test_the_search_finds(browser: Browser, address: str, asked: str, page_found: str) -> None:
    with opened(browser, address) as page:
        page.goto(address)
        page.get_by_role("textbox", name="Search").fill(asked)
        page.keyboard.press("Enter")
        found = page.locator("ul.search li a").get_by_text(page_found)
        expect(found.first).to_be_visible()


def test_the_search_leads_to_the_code(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.goto(f"{address}search.html?q=0x80072F8F")
        page.get_by_role("link", name="Troubleshooting by error code > 0x80072F8F").click()
        expect(page.get_by_role("heading", name="0x80072F8F")).to_be_in_viewport()


def test_what_is_not_there_is_not_found(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.goto(f"{address}search.html?q=0xDEADBEEF")
        expect(page.locator("#search-results")).to_contain_text("did not match any documents")


def test_no_page_needs_sideways_scrolling_on_a_phone(pages: dict[str, Parts], browser: Browser, address: str) -> None:
    wide = {}
    with opened(browser, address, viewport=PHONE) as page:
        for name in pages:
            page.goto(address + name)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                wide[name] = width
    assert wide == {}


def test_the_menu_opens_on_a_phone(browser: Browser, address: str) -> None:
    with opened(browser, address, viewport=PHONE) as page:
        page.goto(address)
        entry = page.locator(".sidebar-tree").get_by_role("link", name="Use it on real hosts")
        expect(entry).not_to_be_in_viewport()
        page.locator("header .nav-overlay-icon").click()
        entry.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Use it on real hosts")


def ground(page: Page) -> int:
    """How light the page's ground is, 0 to 765."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def test_dark_is_dark_and_can_be_chosen(browser: Browser, address: str) -> None:
    with opened(browser, address, color_scheme="dark") as page:
        page.goto(address)
        assert ground(page) < 150
    with opened(browser, address, color_scheme="light") as page:
        page.goto(address)
        assert ground(page) > 600
        toggle = page.locator(".theme-toggle:visible")
        grounds = set()
        for _unused in range(3):
            toggle.click()
            grounds.add(ground(page) > 600)
        assert grounds == {True, False}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*WRITTEN, *GENERATED])
def test_axe_finds_nothing_in_the_text(browser: Browser, address: str, name: str, scheme: str) -> None:
    """The text of each page; the frame around it is the theme's."""
    with opened(browser, address, color_scheme=scheme) as page:
        page.goto(f"{address}{name}.html")
        rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
        found = Axe().run(page, context="article", options=rules).response["violations"]
        assert [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found] == []
