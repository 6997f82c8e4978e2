"""What the exports hold, and what they say they do not hold. Other programs read them in tests/perimeter."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue import (
    firewall_formats,
    proxy_formats,
    rows as catalogue_rows,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.rows import Wanted, select
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.targets import Export
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Refused
from ansible_collections.windefend.maps.tests.support import catalogue

OWN = catalogue.own()
ROWS = catalogue.with_site().rows
FORMATS = ("pac", *firewall_formats.FORMATS)
LISTS = [name for name in FORMATS if name not in firewall_formats.TABLES]


def export(form: str, rows: object = ROWS) -> Export:
    proxy = "PROXY p.example:3128" if form == "pac" else None
    return firewall_formats.export(rows, form, Wanted(), proxy, None)  # type: ignore[arg-type]


def lines(form: str, rows: object = ROWS) -> list[str]:
    """The lines of an export without comments."""
    return [line for line in export(form, rows).content.splitlines() if line and not line.startswith(("#", "//"))]


@pytest.mark.parametrize("form", LISTS)
def test_no_list_allows_the_wildcard_and_each_allows_the_storage_hosts(form: str) -> None:
    body = "\n".join(line for line in lines(form) if "keep_inspection" not in line)
    if form != "nftables":
        assert body.count("prod.blob.core.windows.net") == 22
    assert "*.blob" not in body
    assert '".blob' not in body
    assert " .blob" not in body
    assert "/blob" not in body


@pytest.mark.parametrize("form", [form for form in LISTS if form != "palo_alto"])
def test_a_list_with_comments_says_what_must_not_be_done(form: str) -> None:
    text = export(form).content
    assert "No allow rule for *.blob.core.windows.net" in text
    assert "Do not exempt *.blob.core.windows.net from network inspection." in text


@pytest.mark.parametrize("form", LISTS)
def test_a_list_says_what_it_cannot_express(form: str) -> None:
    rendered = export(form)
    assert rendered.not_expressed
    if form != "palo_alto":
        assert all(f"Not expressed: {text}" in rendered.content for text in rendered.not_expressed)


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_is_the_same_again_and_ends_with_a_line(form: str) -> None:
    assert export(form) == export(form)
    assert export(form).content.endswith("\n")
    assert export(form).content.isascii()


@pytest.mark.parametrize("form", ["text", "palo_alto", "host_list", "dnsmasq"])
def test_entries_are_counted_and_each_stands_once(form: str) -> None:
    found = lines(form)
    assert len(found) == len(set(found)) == export(form).entries


def test_the_palo_alto_list_holds_entries_only() -> None:
    found = export("palo_alto").content.splitlines()
    assert all(line.endswith("/") and "://" not in line and " " not in line and "#" not in line for line in found)
    assert {"*.wdcp.microsoft.com/", "wdcp.microsoft.com/", "www.microsoft.com/pkiops/crl/"} <= set(found)
    assert "www.microsoft.com/pkiops/certs/" in found
    assert "definitionupdates.microsoft.com/" in found


def test_the_text_list_holds_names_and_wildcards() -> None:
    found = lines("text")
    assert {"*.wd.microsoft.com", "crl.microsoft.com", "relay.corp.example", "*.relay.corp.example"} <= set(found)
    assert all("/" not in line and ":" not in line for line in found)


def test_the_host_list_holds_concrete_names_with_ports() -> None:
    found = lines("host_list")
    assert {"wdcp.microsoft.com 443", "go.microsoft.com 80", "relay.corp.example 8443"} <= set(found)
    assert not any("*" in line for line in found)
    assert any("*.wd.microsoft.com" in text for text in export("host_list").not_expressed)


def test_squid_gets_the_widest_name_of_a_family() -> None:
    found = lines("squid")
    assert "acl windefend_maps_443 dstdomain .windowsupdate.com" in found
    assert not any(line.endswith(("_443 dstdomain ctldl.windowsupdate.com", " wdcp.microsoft.com")) for line in found)
    assert "acl windefend_maps_80 dstdomain ctldl.windowsupdate.com" in found
    assert "acl windefend_maps_80 dstdomain .download.windowsupdate.com" in found
    assert r"acl windefend_maps_url_80 url_regex -i ^http://mirror\.corp\.example(:80)?/av\.d/" in found
    assert "acl windefend_maps_8443 dstdomain relay.corp.example" in found
    assert [line for line in found if "keep_inspection" in line] == [
        "acl windefend_maps_keep_inspection dstdomain .blob.core.windows.net"
    ]


def test_squid_can_leave_alone_what_must_not_be_inspected() -> None:
    """A1: the configure-environment page, 2026-09-21: no TLS inspection for the domain of streamlined connectivity."""
    text = export("squid", select(OWN, Wanted(onboarding=("streamlined",)))).content
    assert "acl windefend_maps_no_inspection dstdomain .endpoint.security.microsoft.com\n" in text
    assert "#   ssl_bump splice windefend_maps_no_inspection\n" in text
    assert "# Exempt *.endpoint.security.microsoft.com from TLS inspection" in text
    assert "no_inspection" not in export("squid", select(OWN, Wanted(services=("adl",)))).content


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_a_change_request_has_what_changed_only(form: str) -> None:
    changes = catalogue_rows.changes(OWN, Wanted(onboarding=("none",), services=("crl",)), "2023-06")
    rendered = firewall_formats.changed(changes, form)
    lines = rendered.content.splitlines()
    assert rendered.entries == 4
    assert lines[0].replace('"', "").startswith("change,id" if form == "csv" else "| change | service")
    assert sum("added" in line for line in lines) == 4
    assert any("ctldl.windowsupdate.com" in line and "80" in line for line in lines)
    assert firewall_formats.changed([], form).entries == 0


def test_a_change_request_is_a_table() -> None:
    with pytest.raises(Refused, match="changed_since requires format=csv or markdown"):
        firewall_formats.changed([], "squid")


def test_squid_says_which_bare_names_its_dot_adds() -> None:
    (said,) = [text for text in export("squid", OWN.rows).not_expressed if "bare domain" in text]
    assert "wd.microsoft.com" in said
    assert "wdcp.microsoft.com" not in said


def test_a_domain_of_dnsmasq_carries_the_sets_of_those_above_it() -> None:
    (line,) = [line for line in lines("dnsmasq") if line.startswith("nftset=/download.windowsupdate.com/")]
    assert line.count("tcp_80_v") == line.count("tcp_443_v") == 2
    only = select(OWN, Wanted(services=("adl",), ports=(80,)))
    assert all("443" not in line for line in lines("dnsmasq", only))
    above = [row for row in OWN.rows if row.id in ("update-windowsupdate", "adl-download-windowsupdate")]
    narrowed = [select(OWN, Wanted(services=("adl",), ports=(80,)))[0], above[0]]
    (line,) = [line for line in lines("dnsmasq", narrowed) if "/download.windowsupdate" in line]
    assert "tcp_443_v4" in line


def test_csv_reads_back_and_holds_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(export("csv").content)))
    assert len(rows) == len(ROWS) == export("csv").entries
    by_id = {row["id"]: row for row in rows}
    assert by_id["storage-wildcard"]["allow rule"] == "none"
    assert by_id["storage-wildcard"]["inspection"] == "never exempt"
    assert by_id["adl-go"]["ports"] == "443, 80"
    assert by_id["relay-all"]["purpose"].startswith("'=1+1")


def test_markdown_keeps_its_columns_whatever_a_text_holds() -> None:
    found = export("markdown").content.splitlines()
    bars = {line.replace("\\|", "").count("|") for line in found}
    assert bars == {len(firewall_formats.COLUMNS) + 1}
    assert any("\\`x\\` \\<b>" in line for line in found)
    assert sum("| none | never exempt |" in line for line in found) == 1


@pytest.mark.parametrize(
    "route",
    [
        "p.example:3128",
        "PROXY p.example",
        'PROXY p.example:1"; alert(1); "',
        "PROXY p:1\nx",
        "DIRECT;",
        "direct",
        "PROXY p:1;",
    ],
)
def test_a_route_that_pac_does_not_know_is_refused(route: str) -> None:
    with pytest.raises(Refused, match=r"proxy: .* is not a route"):
        proxy_formats.pac(ROWS, route, "DIRECT")
    with pytest.raises(Refused, match=r"otherwise: .* is not a route"):
        proxy_formats.pac(ROWS, "PROXY p:1; DIRECT", route)


def test_routes_belong_to_pac_files() -> None:
    with pytest.raises(Refused, match="format=pac requires proxy"):
        firewall_formats.export(ROWS, "pac", Wanted(), None, None)
    for routes in (("PROXY p:1", None), (None, "DIRECT")):
        with pytest.raises(Refused, match="require format=pac"):
            firewall_formats.export(ROWS, "squid", Wanted(), *routes)


@pytest.mark.parametrize("form", LISTS)
def test_an_empty_list_is_refused(form: str) -> None:
    with pytest.raises(Refused, match="no row of the catalog matches"):
        export(form, [])
    with pytest.raises(Refused, match="no row of the catalog matches"):
        export(form, [row for row in ROWS if not row.allow])


def test_a_table_may_hold_nothing_but_what_is_not_allowed() -> None:
    assert export("csv", [row for row in ROWS if not row.allow]).entries == 1
    with pytest.raises(Refused, match="services: maps; ports: 80"):
        firewall_formats.export((), "csv", Wanted(services=("maps",), ports=(80,)), None, None)
