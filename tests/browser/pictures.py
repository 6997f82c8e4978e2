"""Takes pictures of reports for people to look at: on a desk, on a phone, in dark and on paper.

With no argument of the demo's report, if there is one, and of one with ten thousand made-up hosts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import fleet, merge, parse
from ansible_collections.windefend.maps.plugins.plugin_utils._report.formats import Presentation
from ansible_collections.windefend.maps.plugins.plugin_utils._report.page import page as render
from ansible_collections.windefend.maps.tests.support import report_fleet
from playwright.sync_api import Browser, sync_playwright

from .conftest import DESKTOP, PHONE, program

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "build" / "demo" / "report.html"


def take(browser: Browser, path: Path, folder: Path) -> None:
    """Four pictures and two of the first host's page, and the report on paper."""
    looks = {
        "desk": (DESKTOP, "light"),
        "dark": (DESKTOP, "dark"),
        "phone": (PHONE, "light"),
        "phone-dark": (PHONE, "dark"),
    }
    for look, (viewport, scheme) in looks.items():
        context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(path.as_uri())
        page.screenshot(path=folder / f"{path.stem}-{look}.png", full_page=True)
        if look == "desk":
            page.pdf(path=folder / f"{path.stem}.pdf", prefer_css_page_size=True)
        if page.locator(".hosts tbody a").count():
            page.locator(".hosts tbody a").first.click()
            page.screenshot(path=folder / f"{path.stem}-{look}-host.png", full_page=True)
        context.close()


def main() -> None:
    """Says where the pictures lie."""
    parser = argparse.ArgumentParser(description="Takes pictures of reports.")
    parser.add_argument("pages", nargs="*", type=Path, help="pages that the module report wrote")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "browser", help="where the pictures go")
    arguments = parser.parse_args()
    folder: Path = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    pages = [path.resolve() for path in arguments.pages]
    if not pages:
        made = folder / "ten-thousand.html"
        hosts = merge([parse(report_fleet.generated(10_000), "made up")])
        made.write_text(render(fleet(hosts), Presentation("MAPS connection report")), encoding="utf-8")
        pages = [made.resolve(), *([DEMO] if DEMO.exists() else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program())
        for path in pages:
            take(browser, path, folder)
        browser.close()
    print(f"The pictures lie in {folder}")


if __name__ == "__main__":
    main()
