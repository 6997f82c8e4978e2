"""The endpoint catalogue: every row of the article's table, the filters, and what a site's own file may say."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue import rows as catalogue_rows
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.document import parse
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.rows import Wanted, select
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Refused
from ansible_collections.windefend.maps.tests.support import catalogue

ARTICLE = [
    ("maps", "*.wdcp.microsoft.com", [443], "global"),
    ("maps", "*.wdcpalt.microsoft.com", [443], "global"),
    ("maps", "*.wd.microsoft.com", [443], "global"),
    ("update", "*.update.microsoft.com", [443], "global"),
    ("update", "*.delivery.mp.microsoft.com", [443], "global"),
    ("update", "*.windowsupdate.com", [443], "global"),
    ("update", "ctldl.windowsupdate.com", [443], "global"),
    ("adl", "*.download.microsoft.com", [443], "global"),
    ("adl", "*.download.windowsupdate.com", [443, 80], "global"),
    ("adl", "go.microsoft.com", [443, 80], "global"),
    ("adl", "https://www.microsoft.com/security/encyclopedia/adlpackages.aspx", [443], "global"),
    ("adl", "https://definitionupdates.microsoft.com/download/DefinitionUpdates/", [443], "global"),
    ("adl", "https://fe3cr.delivery.mp.microsoft.com/ClientWebService/client.asmx", [443], "global"),
    ("storage", "ussus1eastprod.blob.core.windows.net", [443], "us"),
    ("storage", "ussus2eastprod.blob.core.windows.net", [443], "us"),
    ("storage", "ussus3eastprod.blob.core.windows.net", [443], "us"),
    ("storage", "ussus4eastprod.blob.core.windows.net", [443], "us"),
    ("storage", "wsus1eastprod.blob.core.windows.net", [443], "us"),
    ("storage", "wsus2eastprod.blob.core.windows.net", [443], "us"),
    ("storage", "ussus1westprod.blob.core.windows.net", [443], "us"),
    ("storage", "ussus2westprod.blob.core.windows.net", [443], "us"),
    ("storage", "ussus3westprod.blob.core.windows.net", [443], "us"),
    ("storage", "ussus4westprod.blob.core.windows.net", [443], "us"),
    ("storage", "wsus1westprod.blob.core.windows.net", [443], "us"),
    ("storage", "wsus2westprod.blob.core.windows.net", [443], "us"),
    ("storage", "usseu1northprod.blob.core.windows.net", [443], "eu"),
    ("storage", "wseu1northprod.blob.core.windows.net", [443], "eu"),
    ("storage", "usseu1westprod.blob.core.windows.net", [443], "eu"),
    ("storage", "wseu1westprod.blob.core.windows.net", [443], "eu"),
    ("storage", "ussuk1southprod.blob.core.windows.net", [443], "uk"),
    ("storage", "wsuk1southprod.blob.core.windows.net", [443], "uk"),
    ("storage", "ussuk1westprod.blob.core.windows.net", [443], "uk"),
    ("storage", "wsuk1westprod.blob.core.windows.net", [443], "uk"),
    ("crl", "http://www.microsoft.com/pkiops/crl/", [80], "global"),
    ("crl", "http://www.microsoft.com/pkiops/certs", [80], "global"),
    ("crl", "http://crl.microsoft.com/pki/crl/products", [80], "global"),
    ("crl", "http://www.microsoft.com/pki/certs", [80], "global"),
    ("gdpr", "vortex-win.data.microsoft.com", [443], "global"),
    ("gdpr", "settings-win.data.microsoft.com", [443], "global"),
]
"""The article's table, in its order. A host name alone does not say its region; the names of the storage hosts do."""
WILDCARD = "*.blob.core.windows.net"
EDITIONS = ("2023-06", "2024-10", "2025-10", "2026-07", "2026-09")


@pytest.fixture(name="own", scope="module")
def fixture_own() -> catalogue_rows.Catalogue:
    return catalogue.own()


@pytest.mark.parametrize(("service", "pattern", "ports", "region"), ARTICLE, ids=[row[1] for row in ARTICLE])
def test_the_catalogue_has_the_articles_row(
    own: catalogue_rows.Catalogue, service: str, pattern: str, ports: list[int], region: str
) -> None:
    (row,) = [row for row in select(own, Wanted(editions=("2023-06",))) if row.pattern == pattern]
    assert (row.service, [way.port for way in row.access], row.regions) == (service, ports, (region,))
    assert row.allow
    assert row.purpose
    assert row.editions == EDITIONS


@pytest.mark.parametrize("edition", EDITIONS[:-1])
def test_an_edition_of_the_article_has_its_table_and_nothing_else_but_the_wildcard(
    own: catalogue_rows.Catalogue, edition: str
) -> None:
    found = [row.pattern for row in select(own, Wanted(editions=(edition,)))]
    assert [pattern for pattern in found if pattern != WILDCARD] == [row[1] for row in ARTICLE]
    assert (WILDCARD in found) is (edition == "2023-06")
    assert tuple(own.editions) == EDITIONS


def test_the_wildcard_is_the_opposite_of_the_other_rows(own: catalogue_rows.Catalogue) -> None:
    (row,) = [row for row in own.rows if row.pattern == WILDCARD]
    assert (row.allow, row.keep_inspection, row.probes()) == (False, True, [])
    assert row.editions == ("2023-06", "2026-09")
    inspected = {other.pattern for other in own.rows if other.keep_inspection}
    assert {pattern for service, pattern, *_unused in ARTICLE if service == "storage"} <= inspected
    assert all(pattern.endswith(".blob.core.windows.net") for pattern in inspected)


def test_every_other_row_of_the_article_has_a_probe_of_a_concrete_host(own: catalogue_rows.Catalogue) -> None:
    for row in own.rows:
        probes = row.probes()
        if "2023-06" in row.editions:
            assert bool(probes) is row.allow
        assert all("*" not in probe["url"] for probe in probes)
        assert {(probe["scheme"], probe["port"]) for probe in probes} <= {("https", 443), ("http", 80)}
        assert len(probes) == (len(row.probe_hosts) * len(row.access) if row.allow else 0)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(services=("gdpr",)), [(row[1], [443]) for row in ARTICLE if row[0] == "gdpr"]),
        (
            Wanted(services=("storage",), regions=("uk",)),
            [*((row[1], [443]) for row in ARTICLE if row[3] == "uk"), (WILDCARD, [443])],
        ),
        (Wanted(services=("adl",), ports=(80,)), [("*.download.windowsupdate.com", [80]), ("go.microsoft.com", [80])]),
        (Wanted(services=("maps", "crl"), schemes=("http",)), [(row[1], [80]) for row in ARTICLE if row[0] == "crl"]),
        (Wanted(regions=("us",), services=("maps",)), [(row[1], [443]) for row in ARTICLE[:3]]),
        (Wanted(services=("maps",), ports=(80,)), []),
    ],
)
def test_a_filter(own: catalogue_rows.Catalogue, wanted: Wanted, expected: list[tuple[str, list[int]]]) -> None:
    article = replace(wanted, editions=("2023-06",))
    assert [(row.pattern, [way.port for way in row.access]) for row in select(own, article)] == expected


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (Wanted(services=("map",)), "services: 'map' is unknown"),
        (Wanted(regions=("mars",)), "regions: 'mars'"),
        (Wanted(editions=("2024-01",)), "editions: '2024-01'"),
        (Wanted(schemes=("ftp",)), "schemes: 'ftp'"),
        (Wanted(onboarding=("Streamlined",)), "onboarding: 'Streamlined' is unknown"),
        (Wanted(cloud="gov"), "cloud: 'gov' is unknown"),
        (Wanted(cloud="gcc", onboarding=("none",)), "onboarding: none with cloud gcc: .* not published"),
        (Wanted(ports=(0,)), "ports: 0"),
        (Wanted(ports=(65536,)), "ports: 65536"),
    ],
)
def test_a_filter_that_cannot_find_anything_is_refused(
    own: catalogue_rows.Catalogue, wanted: Wanted, named: str
) -> None:
    with pytest.raises(Refused, match=named):
        select(own, wanted)


def test_a_sites_rows_come_after_the_catalogues(own: catalogue_rows.Catalogue) -> None:
    both = catalogue.with_site()
    assert both.rows[: len(own.rows)] == own.rows
    relay, everything, mirror = both.rows[len(own.rows) :]
    assert [(way.scheme, way.port) for way in relay.access] == [("https", 8443), ("http", 80)]
    assert [probe["url"] for probe in relay.probes()] == [
        "https://relay.corp.example:8443/",
        "http://relay.corp.example/",
    ]
    assert [probe["url"] for probe in everything.probes()] == ["https://a.relay.corp.example/"]
    assert [probe["url"] for probe in mirror.probes()] == ["http://mirror.corp.example/av.d/"]
    assert both.services["relay"] == "Our own relay"
    assert [row.id for row in select(both, Wanted(regions=("eu",), services=("relay",)))] == ["relay", "relay-all"]


def site(**changes: Any) -> dict[str, Any]:
    """A site's document whose first row is changed; None takes a key away."""
    document = copy.deepcopy(catalogue.SITE)
    for key, value in changes.items():
        if value is None:
            del document["rows"][0][key]
        else:
            document["rows"][0][key] = value
    return document


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "a mapping"),
        ({"schema": 2, "rows": [{}]}, "schema must be 1"),
        ({"schema": True, "rows": [{}]}, "schema must be 1"),
        ({"schema": 1}, "rows must be a list"),
        ({"schema": 1, "rows": []}, "at least one row"),
        ({"schema": 1, "rows": ["x"]}, "row 1 is not a mapping"),
        ({"schema": 1, "rows": [{}], "row": 1}, "row is not a key"),
        ({"schema": 1, "rows": [{}], "services": ["x"]}, "services must be a mapping"),
        ({"schema": 1, "rows": [{}], "services": {"A B": "x"}}, "services: 'A B'"),
        (site(colour="red"), r"row 1 \(relay\): colour is not a key"),
        (site(purpose=None), "purpose is missing"),
        (site(id="maps-wd"), "row 1: id 'maps-wd' is already used"),
        (site(id="Relay"), "id must consist of lowercase letters"),
        (site(service="rely"), "service: 'rely' is unknown"),
        (site(purpose="two\nlines"), "purpose must be a single line of text"),
        (site(note=""), "note must be a single line of text"),
        (site(ports=443), "ports must be a list"),
        (site(ports=[]), "ports is empty"),
        (site(ports=["443"]), "ports: '443' is not a port"),
        (site(ports=[True]), "ports: True is not a port"),
        (site(regions=["E U"]), "names in regions must consist"),
        (site(editions=["1999-01"]), "editions: '1999-01' is unknown"),
        (site(since="1999-01"), "since: '1999-01' is unknown"),
        (site(since="2023-06", editions=["2023-06"]), "since and editions exclude each other"),
        (site(onboarding=["yes"]), "onboarding: 'yes' is unknown"),
        (site(onboarding=[]), "onboarding is empty"),
        (site(clouds=["china"]), "clouds: 'china' is unknown"),
        (site(systems=["os2"]), "systems: 'os2' is unknown"),
        (site(need="perhaps"), "need: 'perhaps' is unknown"),
        (site(sources=["hearsay"]), "sources: 'hearsay' is unknown"),
        (site(no_inspection=1), "no_inspection must be true or false"),
        (site(pattern="mine.blob.core.windows.net", no_inspection=True), "must stay inspected"),
        (site(allow="no"), "allow must be true or false"),
        (site(probe_hosts=["other.example"]), "probe_hosts: 'other.example'"),
        (site(pattern="relay"), "pattern 'relay' is not a host name"),
        (site(pattern="*.*.example"), "pattern"),
        (site(pattern="relay.*.example"), "pattern"),
        (site(pattern="*.example"), "pattern"),
        (site(pattern="https://a.example:8443/"), "without a port; ports belong in ports"),
        (site(pattern="https://u@a.example/"), "pattern"),
        (site(pattern="https://a.example/x?y"), "pattern"),
        (site(pattern='a.example"; alert(1)'), "pattern"),
        (site(pattern="a.example\nhttp_access allow all"), "pattern"),
        (site(pattern="*.blob.core.windows.net"), "must not have an allow rule"),
        (site(pattern="*.core.windows.net"), "allow the hosts by name"),
        (site(pattern="*.windows.net"), "allow the hosts by name"),
    ],
)
def test_a_sites_document_with_a_mistake_is_refused(
    own: catalogue_rows.Catalogue, document: object, named: str
) -> None:
    with pytest.raises(Refused, match=named) as caught:
        parse(document, "site.yml", own)
    assert str(caught.value).startswith("site.yml: ")


def test_a_storage_host_of_the_site_is_allowed_by_name_and_stays_inspected(own: catalogue_rows.Catalogue) -> None:
    row = parse(site(pattern="mine.blob.core.windows.net"), "site.yml", own).rows[len(own.rows)]
    assert (row.allow, row.keep_inspection) == (True, True)
