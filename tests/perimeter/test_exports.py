"""Each export, read by a program that others wrote for its format."""

from __future__ import annotations

import pathlib
import re

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue import firewall_formats, proxy_formats
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.rows import Endpoint
from ansible_collections.windefend.maps.tests.perimeter import judges
from ansible_collections.windefend.maps.tests.support import catalogue

PROXY = "PROXY proxy.corp.example:3128"
CATALOGUES = {"own": catalogue.own().rows, "with a site's rows": catalogue.with_site().rows}

pytestmark = pytest.mark.perimeter
both = pytest.mark.parametrize("rows", CATALOGUES.values(), ids=CATALOGUES)


def commented(text: str, word: str) -> str:
    """The lines that an export only shows, as somebody would copy them."""
    return "\n".join(re.findall(rf"^# +({word} .*)$", text, re.MULTILINE))


@both
def test_squid_takes_the_acls_and_the_rules_shown(rows: tuple[Endpoint, ...], tmp_path: pathlib.Path) -> None:
    acls = proxy_formats.squid(rows).content
    rules = commented(acls, "http_access")
    assert "windefend_maps_443" in rules
    assert judges.squid(tmp_path, acls, rules) == []


def test_squid_would_complain_about_a_name_below_another(tmp_path: pathlib.Path) -> None:
    acls = proxy_formats.squid(CATALOGUES["own"]).content
    wrong = acls + "acl windefend_maps_443 dstdomain ctldl.windowsupdate.com\n"
    assert any("subdomain" in line for line in judges.squid(tmp_path, wrong, ""))


def test_squid_would_complain_about_an_acl_that_is_not_there(tmp_path: pathlib.Path) -> None:
    assert judges.squid(tmp_path, "", "http_access allow windefend_maps_443") != []


@both
def test_nft_takes_the_sets_and_the_rules_shown(rows: tuple[Endpoint, ...], tmp_path: pathlib.Path) -> None:
    sets = firewall_formats.nftables(rows).content
    rules = commented(sets, "tcp")
    assert "@tcp_443_v6" in rules
    chain = f"table inet windefend_maps {{\nchain out {{\ntype filter hook output priority 0;\n{rules}\n}}\n}}\n"
    checked = judges.nft(tmp_path, sets + chain)
    assert checked.returncode == 0, checked.stderr
    assert judges.nft(tmp_path, sets + chain.replace("@tcp_443_v6", "@tcp_444_v6")).returncode != 0


@both
def test_dnsmasq_takes_its_configuration(rows: tuple[Endpoint, ...], tmp_path: pathlib.Path) -> None:
    configuration = firewall_formats.dnsmasq(rows).content
    checked = judges.dnsmasq(tmp_path, configuration)
    assert checked.returncode == 0, checked.stderr
    assert judges.dnsmasq(tmp_path, configuration.replace("nftset=/", "nftsets=/")).returncode != 0


@both
def test_dnsmasq_fills_only_sets_that_the_nftables_export_has(rows: tuple[Endpoint, ...]) -> None:
    filled = set(re.findall(r"#(tcp_\d+_v[46])", firewall_formats.dnsmasq(rows).content))
    assert filled == set(re.findall(r"set (tcp_\d+_v[46])", firewall_formats.nftables(rows).content))


@pytest.mark.parametrize("row", catalogue.with_site().rows, ids=lambda row: row.id)
def test_a_pac_file_sends_a_row_to_the_proxy_and_its_neighbours_elsewhere(row: Endpoint) -> None:
    urls = [probe["url"] for probe in row.probes()] or [f"https://anybody.{row.host}/"]
    odd = [f"{url.split('/')[0]}//{url.split('/')[2].split(':')[0]}:9/" for url in urls]
    others = [f"https://{row.host}.evil.example/", f"https://evil{row.host}/", "https://constructor/", "ftp://go/"]
    answers = judges.pac(proxy_formats.pac((row,), PROXY, "DIRECT").content, urls + odd + others) if row.allow else {}
    whole = judges.pac(proxy_formats.pac(catalogue.with_site().rows, PROXY, "DIRECT").content, urls + odd)
    wanted = PROXY if row.allow else "DIRECT"
    assert {url: whole[url] for url in urls} == dict.fromkeys(urls, wanted)
    assert {url: whole[url] for url in odd} == dict.fromkeys(odd, "DIRECT")
    assert answers == ({**dict.fromkeys(urls, PROXY), **dict.fromkeys(odd + others, "DIRECT")} if row.allow else {})


def test_a_pac_file_minds_path_port_case_and_the_last_dot() -> None:
    expected = {
        "http://www.microsoft.com/pkiops/crl/MicSecSerCA2011.crl": PROXY,
        "http://WWW.Microsoft.com:80/PKIOPS/certs/x.crt": PROXY,
        "http://www.microsoft.com/en-us/": "DIRECT",
        "https://www.microsoft.com/": PROXY,
        "http://go.microsoft.com/fwlink": PROXY,
        "http://europe.cp.wd.microsoft.com/": "DIRECT",
        "https://Europe.cp.wd.microsoft.com.": PROXY,
        "https://wd.microsoft.com/": "DIRECT",
        "https://wdcp.microsoft.com/": PROXY,
        "https://any.blob.core.windows.net/": "DIRECT",
        "https://wsuk1westprod.blob.core.windows.net/": PROXY,
        "https://go.microsoft.com:444/": "DIRECT",
    }
    text = proxy_formats.pac(CATALOGUES["own"], PROXY, "DIRECT").content
    assert judges.pac(text, list(expected)) == expected
