"""The catalogue against each page of Microsoft's, restated in tests/support/address_pages.py, and what changed since.

A1 and A2: hosts that are onboarded to Defender for Endpoint use other addresses than the article lists, and lists of
root certificates come over port 80.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue import rows as catalogue_rows
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.rows import (
    Endpoint,
    Wanted,
    changes,
    select,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.targets import targets
from ansible_collections.windefend.maps.tests.support import address_pages as pages, catalogue
from ansible_collections.windefend.maps.tests.support.address_pages import Listed

REGIONS = {"WW": "global", "AEC": "uae-central", "AEN": "uae-north", "USGov": "global", "GCC": "global"}
CLOUDS = {"GCC": ("gcc",), "GCCHigh": ("gcc-high",), "DoD": ("dod",), "USGov": ("gcc", "gcc-high", "dod")}
NOT_CONSOLIDATED = {"enterpriseregistration.windows.net", "*.dm.microsoft.com"}
"""Of the list of standard connectivity; that of streamlined connectivity does not say that its domain replaces them."""
OCSP = {"oneocsp.microsoft.com", "ocsp.msocsp.com", "ocsp.digicert.com"}
WILDCARD = "*.blob.core.windows.net"


@pytest.fixture(name="own", scope="module")
def fixture_own() -> catalogue_rows.Catalogue:
    return catalogue.own()


def pattern(listed: Listed) -> str:
    """An address of a page as the catalogue spells it."""
    address = listed.address.removesuffix("*").replace("*ecs.", "ecs.")
    if "/" in address and "://" not in address:
        return f"{'http' if listed.port == 80 else 'https'}://{address}"
    return address


def ids(listed: Listed) -> str:
    return f"{listed.geography}-{listed.address}"


def today(own: catalogue_rows.Catalogue, onboarding: str, cloud: str = "commercial") -> list[Endpoint]:
    return select(own, Wanted(editions=("today",), onboarding=(onboarding,), cloud=cloud))


def has(rows: Iterable[Endpoint], listed: Listed) -> None:
    (row,) = [row for row in rows if row.pattern == pattern(listed) and listed.port in [way.port for way in row.access]]
    assert row.regions == (REGIONS.get(listed.geography, listed.geography.lower()),) or listed.geography in CLOUDS
    assert {*listed.systems} <= {*row.systems}
    assert row.need == "required" or listed.need == "O"
    assert row.sources
    assert row.no_inspection is (".endpoint.security.microsoft." in row.pattern)


@pytest.mark.parametrize("listed", [*pages.STANDARD, *pages.CORE], ids=ids)
def test_a_row_of_standard_connectivity(own: catalogue_rows.Catalogue, listed: Listed) -> None:
    has(today(own, "standard"), listed)


@pytest.mark.parametrize("listed", pages.STREAMLINED, ids=ids)
def test_a_row_of_streamlined_connectivity(own: catalogue_rows.Catalogue, listed: Listed) -> None:
    has(today(own, "streamlined"), listed)


@pytest.mark.parametrize("listed", [*pages.STANDARD_GOV, *pages.CORE_GOV], ids=ids)
def test_a_row_of_standard_connectivity_in_a_cloud_of_the_government(
    own: catalogue_rows.Catalogue, listed: Listed
) -> None:
    for cloud in CLOUDS[listed.geography]:
        has(today(own, "standard", cloud), listed)


@pytest.mark.parametrize("listed", pages.STREAMLINED_GOV, ids=ids)
def test_a_row_of_streamlined_connectivity_in_a_cloud_of_the_government(
    own: catalogue_rows.Catalogue, listed: Listed
) -> None:
    for cloud in CLOUDS[listed.geography]:
        has(today(own, "streamlined", cloud), listed)


@pytest.mark.parametrize("cloud", ["commercial", "gcc", "gcc-high", "dod"])
@pytest.mark.parametrize("onboarding", ["standard", "streamlined"])
def test_today_has_nothing_that_no_page_has(own: catalogue_rows.Catalogue, onboarding: str, cloud: str) -> None:
    government = cloud != "commercial"
    listed = {
        ("standard", False): (*pages.STANDARD, *pages.CORE),
        ("streamlined", False): (*pages.STREAMLINED, *pages.STREAMLINED),
        ("standard", True): (*pages.STANDARD_GOV, *pages.CORE_GOV),
        ("streamlined", True): pages.STREAMLINED_GOV,
    }[onboarding, government]
    wanted = {pattern(one) for one in listed if not government or cloud in CLOUDS[one.geography]}
    article = {row.pattern for row in select(own, Wanted(editions=("2026-07",), onboarding=(onboarding,)))}
    more = {WILDCARD, *OCSP} | (NOT_CONSOLIDATED if onboarding == "streamlined" else set()) | article
    domain = {"*.endpoint.security.microsoft.us"}  # hosts on standard connectivity need it too: configure-environment
    assert {row.pattern for row in today(own, onboarding, cloud)} - wanted == (
        domain - wanted if government else more - wanted
    )


def test_the_strongest_need_and_all_systems_of_the_pages_stand_in_a_row(own: catalogue_rows.Catalogue) -> None:
    commercial = (*pages.STANDARD, *pages.STREAMLINED)
    for row in select(own, Wanted(editions=("today",))):
        found = [
            one for one in commercial if pattern(one) == row.pattern and one.port in [way.port for way in row.access]
        ]
        if found and row.id != "update-ctldl":
            assert (row.id, {*row.systems}) == (row.id, {name for one in found for name in one.systems})
            assert (row.id, row.need) == (row.id, "required" if "R" in [one.need for one in found] else "optional")


def test_a_host_that_is_not_onboarded_asks_for_the_article_the_core_service_and_newer_lists(
    own: catalogue_rows.Catalogue,
) -> None:
    article = {row.pattern for row in select(own, Wanted(editions=("2026-07",)))}
    assert {row.pattern for row in today(own, "none")} - article == {
        WILDCARD,
        *OCSP,
        *("*.events.data.microsoft.com", "https://ecs.office.com/config/v1/MicrosoftWindowsDefenderClient"),
        *("crl.microsoft.com", "http://www.microsoft.com/pkiops/", "http://www.microsoft.com/pki/"),
        "definitionupdates.microsoft.com",
    }


@pytest.mark.parametrize("regions", [(), ("eu",)])
def test_a_list_of_which_nothing_is_said_keeps_onboarded_hosts_connected(
    own: catalogue_rows.Catalogue, regions: tuple[str, ...]
) -> None:
    """A1 and A2, as they were found: format text or squid, regions eu."""
    names = {
        (target.host, target.wildcard, target.way.port) for target in targets(select(own, Wanted(regions=regions)))
    }
    assert ("endpoint.security.microsoft.com", True, 443) in names
    assert ("events.data.microsoft.com", True, 443) in names
    assert ("ecs.office.com", False, 443) in names
    assert ("ctldl.windowsupdate.com", False, 80) in names
    assert not [host for host, *_unused in names if host.endswith(".us")]


def test_a_host_on_streamlined_connectivity_needs_no_name_that_the_domain_replaces(
    own: catalogue_rows.Catalogue,
) -> None:
    hosts = {row.host for row in today(own, "streamlined") if row.allow}
    assert not [host for host in hosts if host.endswith(("wdcp.microsoft.com", "blob.core.windows.net"))]
    assert not [host for host in hosts if host.startswith("winatp-gw")]


def test_what_changed_between_editions(own: catalogue_rows.Catalogue) -> None:
    found = changes(own, Wanted(onboarding=("none",)), "2026-07")
    assert {one.kind for one in found} == {"added"}
    assert ("ctldl.windowsupdate.com", [80]) in [
        (one.row.pattern, [way.port for way in one.row.access]) for one in found
    ]
    assert not [one for one in found if one.row.pattern in ("*.wdcp.microsoft.com", "go.microsoft.com")]
    back = changes(own, Wanted(editions=("2026-07",), onboarding=("none",)), "today")
    assert [one.row for one in back] == [one.row for one in found]
    assert {one.kind for one in back} == {"removed"}


def test_the_wildcards_row_went_and_came_back(own: catalogue_rows.Catalogue) -> None:
    assert [(one.kind, one.row.pattern) for one in changes(own, Wanted(editions=("2024-10",)), "2023-06")] == [
        ("removed", WILDCARD)
    ]
    assert changes(own, Wanted(editions=("2026-07",)), "2025-10") == []
    assert WILDCARD in [one.row.pattern for one in changes(own, Wanted(), "2026-07") if one.kind == "added"]
