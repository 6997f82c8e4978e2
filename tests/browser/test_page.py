"""What a person does with the page: look, click, sort, search, filter, go back, use keys only, print."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import PHONE, ROWS, SMALL, OpenPage, column, named

pytestmark = pytest.mark.browser


def unfold(page: Page) -> None:
    """Opens the details of a host's page."""
    page.locator(".folded > summary").click()


def test_the_numbers_are_those_of_the_data(open_page: OpenPage) -> None:
    page = open_page("small")
    after, before = SMALL["numbers"]["after"], SMALL["numbers"]["before"]
    expect(page.locator("h1")).to_have_text("MAPS connection report")
    goal = SMALL["numbers"]["goal"]
    expect(page.locator(".sentence")).to_have_text(
        f"MAPS is reachable from {after['connected']} of {goal['in_scope']} hosts in scope "
        f"({goal['reached_percent']:g}%). Before the run: {before['connected']}."
    )
    expect(page.locator(".goal")).to_contain_text("Goal not met: 100% of the hosts in scope")
    figures = [int(text.replace(",", "")) for text in page.locator(".figures dd a").all_inner_texts()]
    assert figures == [after[state] for state in ("connected", "not_connected", "not_known", "not_applicable")]
    rows = page.locator(".numbers tbody tr").all()
    states = ("connected", "not_connected", "not_applicable", "not_known")
    assert [row.locator("td").all_inner_texts() for row in rows] == [[str(before[s]), str(after[s])] for s in states]
    expect(page.locator("#count")).to_have_text("120 hosts; showing 1 to 50")


def test_the_bars_are_as_long_as_their_numbers(open_page: OpenPage) -> None:
    page = open_page("small")
    for one, when in zip(page.locator(".bar svg").all(), ("before", "after"), strict=True):
        whole = one.bounding_box()
        assert whole
        for part in one.locator("rect").all():
            state = (part.get_attribute("class") or "").removeprefix("s-")
            box = part.bounding_box()
            assert box
            assert box["width"] / whole["width"] == pytest.approx(SMALL["numbers"][when][state] / 120, abs=0.01)


def test_a_click_on_a_host_and_back(open_page: OpenPage) -> None:
    page = open_page("small")
    name = named("repaired")[0]
    page.locator("#f-q").fill(name)
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_role("link", name=name).click()
    expect(page.locator("#host h2")).to_have_text(name)
    expect(page.locator("#host h2")).to_be_focused()
    expect(page.locator("#overview")).to_be_hidden()
    assert page.title().startswith(name)
    story = page.locator(".story dt").all_inner_texts()
    assert story == ["What was wrong", "The proof", "What was done", "What is true now"]
    expect(page.locator(".story .now")).to_contain_text("MAPS is reachable")
    expect(page.locator(".timeline")).to_be_hidden()
    unfold(page)
    steps = page.locator(".timeline > li h4").all_inner_texts()
    assert steps[0].startswith("Checked")
    assert steps[-1] == "Outcome: repaired"
    assert len(steps) == 3
    page.go_back()
    expect(page.locator("#overview")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_be_focused()
    expect(page.locator("#f-q")).to_have_value(name)
    assert page.title() == "MAPS connection report"


def test_two_times_of_one_day_have_the_day_once(open_page: OpenPage) -> None:
    name = named("repaired")[0]
    clocks = [SMALL["hosts"][name][when].split("T")[1].removesuffix("Z") for when in ("started", "finished")]
    page = open_page("small", f"#/host/{name}")
    expect(page.locator("#host > .facts")).to_contain_text(f"2026-10-05 {clocks[0]} to {clocks[1]} UTC")
    page = open_page("in_japanese", f"#/host/{name}")
    expect(page.locator("#host > .facts")).to_contain_text(
        f"2026年10月5日 {clocks[0]}\N{FULLWIDTH TILDE}{clocks[1]} (UTC)"
    )


def test_the_proxies_of_each_route_are_one_table(open_page: OpenPage) -> None:
    name = named("repaired")[0]
    page = open_page("small", f"#/host/{name}")
    unfold(page)
    rows = page.locator("#host .ways tbody tr")
    assert rows.locator("th").all_inner_texts() == [
        "MAPS (Defender)", "Revocation lists", "Windows Update", "Sensor of Defender for Endpoint",
    ]  # fmt: skip
    expect(rows.nth(0).locator("li").first).to_have_text("Defender's own (policy): http://proxy.corp.example:3128")
    expect(rows.nth(0).locator("td").nth(1)).to_have_text("proxy.corp.example:3128")
    expect(rows.nth(3).locator("td").nth(1)).to_have_text("Not certain: 10.0.0.6:8080")
    expect(rows.nth(3).locator("td").nth(2)).to_contain_text("no source says")


def test_neighbours_are_those_of_the_filtered_list(open_page: OpenPage) -> None:
    page = open_page("small", "#/?outcome=unreachable&sort=host")
    names = sorted(named("unreachable"))
    assert column(page, 1) == names
    page.get_by_role("link", name=names[0]).click()
    page.get_by_role("link", name=f"Next: {names[1]}").click()
    expect(page.locator("#host h2")).to_have_text(names[1])
    page.get_by_role("link", name="Back to all hosts").click()
    assert column(page, 1) == names


@pytest.mark.parametrize(("name", "number"), [("host", 1), ("site", 2), ("cause", 4), ("steps", 7)])
def test_sorting_by_a_column(open_page: OpenPage, name: str, number: int) -> None:
    page = open_page("small", "#/?size=250")
    page.get_by_role("button", name=name, exact=True).click()
    head = page.locator(f".hosts thead th:nth-child({number})")
    expect(head).to_have_attribute("aria-sort", "ascending")
    filled = [text.lower() for text in column(page, number) if text]
    assert filled == sorted(filled)
    assert column(page, number)[: len(filled)] == [text for text in column(page, number) if text], "empty ones go last"
    page.get_by_role("button", name=name, exact=True).click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert [text.lower() for text in column(page, number) if text] == sorted(filled, reverse=True)
    expect(page.locator(".hosts thead [aria-sort]")).to_have_count(1)


def test_the_most_urgent_come_first(open_page: OpenPage) -> None:
    page = open_page("small", "#/?size=250")
    order = ["failed", "manual action required", "not reached", "repaired", "healthy", "not applicable"]
    places = [order.index(text.strip()) for text in column(page, 3)]
    assert places == sorted(places)
    assert len(set(places)) >= 4


def test_filters_and_search_together(open_page: OpenPage) -> None:
    page = open_page("small")
    page.locator("#f-outcome").select_option("repaired")
    page.locator('[id="f-g.site"]').select_option("Kyoto")
    wanted = [name for name in named("repaired") if SMALL["hosts"][name]["site"] == "Kyoto"]
    assert sorted(column(page, 1)) == sorted(wanted)
    expect(page.locator("#count")).to_have_text(f"{len(wanted)} of 120 hosts")
    page.get_by_label("Search").fill(f"  {wanted[0][:6].upper()} proxy ")
    expect(page.locator(ROWS).first).to_contain_text(wanted[0][:6])
    page.get_by_label("Search").fill("nothing has this")
    expect(page.locator("#list")).to_have_text("No host matches. Clear the filters to see all of them.")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#count")).to_have_text("120 hosts; showing 1 to 50")
    expect(page.get_by_label("Search")).to_be_focused()
    expect(page.locator("#f-outcome")).to_have_value("")


def test_every_number_leads_to_its_hosts(open_page: OpenPage) -> None:
    page = open_page("small")
    links = page.locator(".figures a, .details a, .causes th a:not(.doc), .left td:last-child a, .sites th a").all()
    assert len(links) > 15
    for link in links:
        shown = link.inner_text()
        link.click()
        expect(page.locator("#hosts")).to_be_focused()
        said = page.locator("#count").inner_text()
        count = int(re.match(r"[\d,]+", said)[0].replace(",", ""))  # type: ignore[index]
        assert count > 0 or shown == "0", shown
        if shown.isdigit():
            assert count == int(shown), said


def test_an_address_brings_the_view_back(open_page: OpenPage) -> None:
    page = open_page("small", "#/?q=corp&outcome=open_hosts&sort=host&dir=desc&size=25")
    expect(page.locator("#f-outcome")).to_have_value("open_hosts")
    expect(page.get_by_label("Search")).to_have_value("corp")
    names = column(page, 1)
    assert names == sorted(names, reverse=True)
    assert len(names) == min(25, SMALL["numbers"]["open"])
    # A changed view is a changed address.
    page.get_by_role("button", name="outcome", exact=True).click()
    assert "sort" not in page.url
    assert "outcome=open_hosts" in page.url


@pytest.mark.parametrize(
    "where", ["#/?sort=x&size=7&page=-3&left=99&cause=", "#/host/nobody", "#/host/%E0%A4%A", "#nothing", "#/?page=1e9"]
)
def test_a_wrong_address_shows_the_list(open_page: OpenPage, where: str) -> None:
    page = open_page("small", where)
    expect(page.locator("#overview")).to_be_visible()
    expect(page.locator("#count")).to_contain_text("hosts")


def test_keys_alone_are_enough(open_page: OpenPage) -> None:
    page = open_page("small")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the hosts")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    search = page.get_by_label("Search")
    expect(search).to_be_focused()
    name = named("unreachable")[0]
    page.keyboard.type(name)
    expect(page.locator(ROWS)).to_have_count(1)
    page.keyboard.press("/")
    expect(search).to_have_value(f"{name}/")
    page.keyboard.press("Backspace")
    expect(page.locator(ROWS)).to_have_count(1)
    for _unused in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "host":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".hosts thead th:first-child")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("button", name="host", exact=True)).to_be_focused()
    for _unused in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == name:
            break
    page.keyboard.press("Enter")
    expect(page.locator("#host h2")).to_have_text(name)


def test_skipping_to_the_hosts_keeps_the_view(open_page: OpenPage) -> None:
    page = open_page("small", "#/?outcome=open_hosts")
    expect(page.locator("#hosts")).to_be_focused()
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hosts")).to_be_focused()
    assert page.url.endswith("#/?outcome=open_hosts")
    expect(page.locator("#f-outcome")).to_have_value("open_hosts")


def test_news_of_an_address_that_come_late_do_not_take_the_focus(open_page: OpenPage) -> None:
    page = open_page("small")
    search = page.get_by_label("Search")
    page.keyboard.press("/")
    page.keyboard.type("h")
    page.evaluate("window.dispatchEvent(new HashChangeEvent('hashchange'))")
    page.keyboard.type("o")
    expect(search).to_be_focused()
    expect(search).to_have_value("ho")


def test_ten_thousand_hosts_stay_light(open_page: OpenPage) -> None:
    page = open_page("large")
    expect(page.locator("#count")).to_have_text("10,000 hosts; showing 1 to 50")
    assert page.evaluate("document.querySelectorAll('*').length") < 2500
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#pages")).to_contain_text("Page 2 of 200")
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    page.get_by_label("Hosts a page").select_option("250")
    expect(page.locator(ROWS)).to_have_count(250)
    page.get_by_role("button", name="host", exact=True).click()
    page.get_by_label("Search").fill("kyo-099")
    expect(page.locator("#count")).to_contain_text("of 10,000 hosts")
    names = column(page, 1)
    assert names == sorted(names)
    assert all("KYO-099" in name for name in names)
    page.locator(f"{ROWS} a").first.click()
    expect(page.locator("#host h2")).to_have_text(names[0])


@pytest.mark.parametrize("where", ["", "host"])
@pytest.mark.parametrize("name", ["small", "large", "hostile", "japanese", "bare", "empty"])
def test_a_phone_needs_no_sideways_scrolling(open_page: OpenPage, name: str, where: str) -> None:
    page = open_page(name, viewport=PHONE)
    if where and page.locator(f"{ROWS} a").count():
        page.locator(f"{ROWS} a").first.click()
        expect(page.locator("#host")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_a_program_the_numbers_are_there(open_page: OpenPage) -> None:
    page = open_page("small", java_script_enabled=False)
    expect(page.locator(".sentence")).to_contain_text("MAPS is reachable from")
    expect(page.locator("noscript p")).to_contain_text("need JavaScript")
    expect(page.locator("#filters")).to_be_hidden()


def test_what_is_missing_or_new_is_shown_as_that(open_page: OpenPage) -> None:
    page = open_page("bare")
    expect(page.locator(".sentence")).to_have_text(
        "MAPS is reachable from 0 of 2 hosts in scope (0%). Before the run: 0."
    )
    assert sorted(text.strip() for text in column(page, 2)) == ["later", "unknown"]
    page.get_by_role("link", name="nb").click()
    unfold(page)
    expect(page.locator(".timeline")).to_contain_text("Outcome: later")


def test_a_diagnosis_is_told_with_what_speaks_against_it_and_what_is_not_known(open_page: OpenPage) -> None:
    page = open_page("diagnosed")
    assert column(page, 3) == ["blocked on the network"], (
        "the cause that was acted on, not the first one of the diagnosis"
    )
    page.get_by_role("link", name="pc").click()
    unfold(page)
    told = page.locator(".timeline > li").first
    expect(told.locator(".cause")).to_have_text(
        "blocked on the networklikelyit times outEvidence against itone name answersSources: the article"
    )
    expect(told).to_contain_text("The summary.")
    expect(told).to_contain_text("blocked on its way, or a new one. To find out: another probe")
    expect(told).to_contain_text("Tamper protection is on.")
    hidden = told.get_by_text("the root certificate is missing: root_update")
    expect(hidden).to_be_hidden()
    told.get_by_text("Unknown: 1 other cause").click()
    expect(hidden).to_be_visible()


def test_a_loosened_check_says_what_is_off_and_since_when(open_page: OpenPage) -> None:
    page = open_page("small", "#/?debt=1&sort=host")
    owing = sorted(name for name, host in SMALL["hosts"].items() if host.get("debt"))
    assert column(page, 1) == owing
    days = int(SMALL["hosts"][owing[0]]["debt"][0]["age_days"])
    assert column(page, 9)[0] == f"{days} day{'s' if days > 1 else ''}"
    page.locator(f"{ROWS} a").first.click()
    expect(page.locator("#host")).to_contain_text(
        "SSLOptions is 2 and was not set; turned off: revocation check. Since 2026-08-21"
    )


def test_no_host_at_all(open_page: OpenPage) -> None:
    page = open_page("empty")
    expect(page.locator(".sentence")).to_have_text("No host is in scope.")
    expect(page.locator("#count")).to_have_text("0 hosts")


def test_japanese_is_marked_as_such_and_stands_apart_in_an_english_page(open_page: OpenPage) -> None:
    page = open_page("japanese")
    expect(page.get_by_role("link", name="no system-wide WinHTTP proxy", exact=True)).to_have_count(1)
    row = page.locator(".left tbody tr")
    expect(row.locator("th")).to_have_text("the proxy team")
    assert row.locator("td").first.get_attribute("lang") == "ja"
    page.get_by_role("link", name="端末-01").click()
    expect(page.locator("#host h2")).to_have_attribute("lang", "ja")
    expect(page.locator(".story dd").first).to_contain_text("No system-wide WinHTTP proxy is set")
    unfold(page)
    expect(page.locator(".timeline [lang=ja]").first).to_be_visible()
