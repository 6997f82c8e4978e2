"""A real Chromium, without a window. Where it is missing the run fails: no test here is skipped in silence."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import fleet, merge, parse
from ansible_collections.windefend.maps.plugins.plugin_utils._report.formats import Presentation
from ansible_collections.windefend.maps.plugins.plugin_utils._report.page import page as render
from ansible_collections.windefend.maps.tests.support import report_fleet
from playwright.sync_api import Browser, Page, sync_playwright

OPTIONAL = "BROWSER_OPTIONAL"
"""Environment variable: when it is set, a run without Chromium is no failure."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PATIENCE = 10_000
"""Milliseconds until what should appear counts as missing."""

ROWS = ".hosts tbody tr"
"""The rows of the list."""

OpenPage = Callable[..., Page]
SMALL = fleet(merge([parse(report_fleet.generated(120), "small")]))
"""The fleet of the page `small`."""


def named(outcome: str) -> list[str]:
    """Its hosts that ended so."""
    return [name for name, host in SMALL["hosts"].items() if host["outcome"] == outcome]


def program() -> str | None:
    """Where Chromium is."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each page has a profile of its own."""
    path = program()
    absent = [name for name, found in (("chromium", path), ("pdftotext", shutil.which("pdftotext"))) if not found]
    if absent:
        reason = f"no page is opened, every test here is left out: {', '.join(absent)} is missing"
        if os.environ.get(OPTIONAL):
            pytest.exit(reason, returncode=0)
        pytest.exit(f"{reason}; tests/browser/install installs it, {OPTIONAL}=1 goes on without", returncode=1)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path)
        yield started
        started.close()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of made-up fleets by name."""
    folder = tmp_path_factory.mktemp("pages")
    documents = {
        "small": report_fleet.generated(120),
        "large": report_fleet.generated(10_000),
        "hostile": report_fleet.hostile(),
        "japanese": report_fleet.japanese(),
        "diagnosed": report_fleet.diagnosed(),
        "empty": {"schema": 1, "outcomes": {}, "causes": {}, "hosts": {}},
        "bare": {
            "schema": 1,
            "outcomes": {},
            "causes": {},
            "hosts": {"pc": {}, "nb": {"outcome": "later", "cause": "new"}},
        },
    }
    run = {
        "name": "monday", "kind": "remediate", "version": "1.0.0", "finished": "2026-10-05T09:59:00Z",
        "undo": "ansible-playbook windefend.maps.rollback -e rollback_run=monday",
        "stopped": "the first wave helped nobody",
    }  # fmt: skip
    entry = {
        "time": "2026-10-04T09:00:00Z",
        "numbers": {"connected": 1, "not_connected": 1},
        "broken": [],
        "reached": [],
    }
    documents["in_japanese"] = documents["small"]
    documents["grouped"] = {
        **documents["small"],
        "hosts": {name: {**one, "groups": {"release": "11"}} for name, one in documents["small"]["hosts"].items()},
        "schema": 2,
        "excluded": [f"nb-{number}" for number in range(20)],
    }
    documents["told"] = {**documents["small"], "schema": 2, "runs": [run], "excluded": ["nb-1", "nb-2"]}
    looks = {
        "in_japanese": Presentation("", "ja"),
        "told": Presentation(
            "", docs_url="https://docs.example/errors.html", history=[entry, {**entry, "time": "2026-10-05T09:00:00Z"}]
        ),
    }
    found = {}
    for name, document in documents.items():
        found[name] = folder / f"{name}.html"
        whole = fleet(merge([parse(document, name)]))
        found[name].write_text(render(whole, looks.get(name, Presentation(""))), encoding="utf-8")
    return found


@pytest.fixture
def open_page(browser: Browser, files: dict[str, Path]) -> Iterator[OpenPage]:
    """Opens pages; at the end of the test proves that none complained, asked for anything else, or opened a dialog."""
    opened: list[Page] = []
    trouble: list[str] = []

    def start(name: str, where: str = "", **options: Any) -> Page:
        options.setdefault("viewport", DESKTOP)
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        opened.append(page)
        url = files[name].as_uri()
        page.on("console", lambda message: trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda popup: trouble.append(f"window: {popup.url}"))
        page.on("request", lambda request: trouble.append(request.url) if request.url.split("#")[0] != url else None)
        page.goto(url + where)
        return page

    yield start
    for page in opened:
        page.context.close()
    assert trouble == []


def column(page: Page, number: int) -> list[str]:
    """The texts of a column of the list, the first is 1."""
    return page.locator(f"{ROWS} > :nth-child({number})").all_inner_texts()
