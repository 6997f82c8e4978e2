"""How long Chromium takes to open a page, compared with an empty one in turns with it."""

from __future__ import annotations

import pathlib
import shutil
import time

from . import arithmetic

NAMES = ("chromium", "chromium-browser", "google-chrome")


def times_an_empty_page(page: pathlib.Path, rounds: int) -> dict[str, float] | None:
    """Opening a page until its list is there, in times of opening an empty page; None where Chromium is missing."""
    program = next((found for found in map(shutil.which, NAMES) if found), None)
    if program is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        seconds: dict[str, list[float]] = {page.as_uri(): [], "about:blank": []}
        for _unused in range(rounds + 1):  # the first round warms up and does not count
            for address, found in seconds.items():
                context = browser.new_context()
                tab = context.new_page()
                begun = time.perf_counter()
                tab.goto(address)
                tab.locator("body").wait_for(state="attached")
                found.append(time.perf_counter() - begun)
                context.close()
        browser.close()
    large, empty = (found[1:] for found in seconds.values())
    return arithmetic.ratios(large, empty).plain()
