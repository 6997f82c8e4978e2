"""What people published of their hosts and wishes, one line each; `B..` is the number in the list of cases."""

from __future__ import annotations

import re

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.allow_rule import (
    RuleSpec,
    add_command,
    spec_as_dict,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import (
    ProxySettings,
    bypassed,
    change as proxy_change,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.stores import winhttp
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import curl_probe
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch, LineTooLong
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_rule import FirewallRule, RuleError
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_verdict import StoredRule, verdict
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import WinHttpSettings
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.snapshot import snapshot

LOCALHOST = "127.0.0.1:8080"
MAPS = "wdcp.microsoft.com"


@pytest.mark.parametrize(
    ("stored", "http", "https"),
    [
        # B18: a scheme before the host
        ("http://proxy.corp.example:3128", "proxy.corp.example:3128", "proxy.corp.example:3128"),
        # B19: for each protocol
        (
            "http=http://proxy.corp.example:3128;https=http://proxy.corp.example:3128",
            *("proxy.corp.example:3128",) * 2,
        ),
    ],
)
def test_a_scheme_is_no_part_of_a_stored_host(stored: str, http: str, https: str) -> None:
    """B18, B19."""
    found = winhttp(WinHttpSettings(flags=3, proxy=stored).encode())
    assert (found.http, found.https, found.problem) == (http, https, "")


def test_three_hundred_entries_are_read_in_order() -> None:
    """B22."""
    entries = tuple(f"*.site{number}.corp.example" for number in range(300))
    found = winhttp(WinHttpSettings(flags=3, proxy=LOCALHOST, bypass=";".join(entries)).encode())
    assert found.bypass_list == entries


def test_more_entries_than_a_line_holds_are_refused_before_anything_is_sent() -> None:
    """B22: cmd.exe takes 8,191 characters."""
    entries = tuple(f"*.site{number}.corp.example" for number in range(400))
    on = machine()
    before = snapshot(on)
    desired = ProxySettings(http=LOCALHOST, https=LOCALHOST, bypass_list=entries)
    with pytest.raises(LineTooLong, match=r"cmd\.exe"):
        run_operation(SimulatedHost(on), proxy_change.configure(desired, "winhttp", False))
    assert snapshot(on) == before


def test_an_empty_entry_is_none() -> None:
    """B23."""
    found = winhttp(WinHttpSettings(flags=3, proxy=LOCALHOST, bypass="*.corp.example;<local>;").encode())
    assert (found.https, found.bypass_list) == (LOCALHOST, ("*.corp.example", "<local>"))


def test_characters_of_patterns_match_nothing() -> None:
    """B24."""
    assert not bypassed(MAPS, ("[*", "[::1]"))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        # B25
        ("<-loopback>", "that WinHTTP knows it is not documented"),
        ("<-LOOPBACK>", "that WinHTTP knows it is not documented"),
        # B26
        ("10.0.0.0/8", r"write 10\.\*"),
        ("127.0.0.1/8", r"write 127\.\*"),
        ("172.16.0.0/16", r"write 172\.16\.\*"),
        ("192.168.7.0/255.255.255.0", r"write 192\.168\.7\.\*"),
        ("192.168.7.9/32", r"write 192\.168\.7\.9$"),
        ("172.16.0.0/12", r"patterns such as 172\.\*"),
        ("fe80::/10", "would never apply"),
        ("[fe80::]/10", "would never apply"),
        ("http://wsus.corp.example/selfupdate", "would never apply"),
        ("10.0.0.1-10.0.0.254", "range of addresses"),
        (".corp.example", r"write \*\.corp\.example"),
    ],
)
def test_what_winhttp_stores_and_never_obeys_is_refused(entry: str, reason: str) -> None:
    """B25, B26: `ways.bypassed` says the same of what is stored."""
    request = ProxySettings(LOCALHOST, LOCALHOST, ("*.corp.example", entry))
    for store in ("winhttp", "advanced"):
        with pytest.raises(Refused, match=reason):
            request.validated(store)
    there = SimulatedHost(machine())
    with pytest.raises(Refused, match=re.escape(entry)):
        run_operation(there, proxy_change.configure(request, "winhttp", False))
    assert there.lines == []


def test_entries_that_a_host_has_are_written_again() -> None:
    """B25, B26: an odd entry of a host's own list does not keep the proxy from being set."""
    held = ("10.0.0.0/8", "<-loopback>", ".corp.example")
    ProxySettings(LOCALHOST, LOCALHOST, (*held, "*.new.example"), kept=held).validated("winhttp")
    for unfit in ('a"b', "a%b", "a b", "a;b"):
        with pytest.raises(Refused):
            ProxySettings(LOCALHOST, LOCALHOST, (unfit,), kept=(unfit,)).validated("winhttp")


@pytest.mark.parametrize(
    "entry",
    ["<local>", "<LOCAL>", "*", "10.*", "*.corp.example", "http://*.corp.example", "wsus:8530", "[fe80::1]", "a-b"],
)
def test_what_winhttp_obeys_is_taken(entry: str) -> None:
    ProxySettings(LOCALHOST, LOCALHOST, (entry,)).validated("winhttp")


def made(**options: object) -> tuple[bool, bool, list[str]]:
    """Whether a rule was written at first, and again, and its addresses as shown."""
    there = machine()
    request = RuleSpec(**{"name": "A rule", **options})  # type: ignore[arg-type]
    first, again = (
        run_operation(SimulatedHost(there), allow_rule.configure(request, True, False)) for _unused in range(2)
    )
    return first["changed"], again["changed"], again["after"][0]["remote_addresses"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        # B27, and without protocol B28
        ("192.168.0.1", "192.168.0.1"),
        ("10.8.0.0/24", "10.8.0.0/24"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("fe80::/10", "fe80::/10"),
        # B30
        ("10.8.0.5/24", "10.8.0.0/24"),
        ("1.2.3.4/24", "1.2.3.0/24"),
        ("10.8.0.5/255.255.255.0", "10.8.0.0/24"),
        ("2001:db8::5/32", "2001:db8::/32"),
    ],
)
def test_a_subnet_is_written_once(address: str, shown: str) -> None:
    """B27, B28, B30: changed, then not."""
    assert made(remote_addresses=(address,)) == (True, False, [shown])
    stored = FirewallRule("2.10", (f"RA4={address}",))
    assert stored.remote_addresses == (shown,), "whichever spelling Windows stores"


def test_netsh_is_given_the_subnet() -> None:
    """B30."""
    text = add_command(RuleSpec("A rule", remote_addresses=("10.8.0.5/24", "10.9.0.0/255.255.0.0", "LocalSubnet"))).text
    assert 'remoteip="10.8.0.0/24,10.9.0.0/255.255.0.0,LocalSubnet"' in text


def test_a_name_with_a_blank_before_it_is_refused() -> None:
    """B29."""
    with pytest.raises(Refused, match="begin or end with spaces"):
        RuleSpec(" FWRule").validated()


def test_a_rule_that_could_not_be_found_again_is_refused() -> None:
    """A sibling of B03: what findstr does not carry would be written at every run."""
    addresses = tuple(f"10.{number // 256}.{number % 256}.0/24" for number in range(300))
    with pytest.raises(Refused, match="could not be found again"):
        RuleSpec("A rule", remote_addresses=addresses).validated()
    request = RuleSpec("A rule", remote_addresses=addresses[:200]).validated()
    assert made(remote_addresses=addresses[:200])[:2] == (True, False)
    assert len(spec_as_dict(request)["remote_addresses"]) == 200


def test_foreign_text_before_ours_is_ignored() -> None:
    """B36."""
    batch = Batch({"a": Command("ver")}, "ABCDEFGH")
    banner = b"Active code page: 65001\r\n# Clink #1 ####\r\n"
    outcome = batch.split(banner + b"#ABCDEFGH\r\nanswer\r\n#ABCDEFGH:0:0\r\n")["a"]
    assert (outcome.exit_code, outcome.output) == (0, b"answer\r\n")


def test_odd_rules_have_no_effect_outbound() -> None:
    """B42."""
    for text in (r"v2.10|Action=Allow|App=C:\Users\a\x.exe|", "v2.10|no equals sign|"):
        rule = StoredRule("local", "{1}", FirewallRule.parse(text))
        found = verdict([rule], {}, program=r"C:\Users\a\x.exe", port=443)
        assert {one.decided_by for one in found.values()} == {"default"}
    with pytest.raises(RuleError, match="does not start with a version 2"):
        FirewallRule.parse("v1.0|garbage")


def test_a_rule_for_a_service_without_a_program_is_for_that_service() -> None:
    """B43."""
    text = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|Svc=WinDefend|Name=Block 443 MsMpEng|"
    rule = StoredRule("local", "{1}", FirewallRule.parse(text))
    maps = verdict([rule], {}, program=r"C:\x\MsMpEng.exe", service="WinDefend", port=443)
    crl = verdict([rule], {}, program=r"C:\Windows\System32\svchost.exe", service="CryptSvc", port=80)
    assert ({one.allowed for one in maps.values()}, {one.allowed for one in crl.values()}) == ({False}, {True})


def test_names_that_are_not_ascii_are_kept() -> None:
    """B44."""
    rule = FirewallRule.parse(
        "v2.31|Action=Allow|Dir=Out|Svc=CryptSvc|Name=✔️ Allow CryptSvc (x)|RA4=203.0.113.7-203.0.113.7|"
    )
    assert (rule.name, rule.remote_addresses) == ("✔️ Allow CryptSvc (x)", ("203.0.113.7",))


def test_a_curl_with_openssl_checks_certificates_in_its_own_way() -> None:
    """B45: `(Schannel)` is then the other library that it could use."""
    found = curl_probe.parse_version(
        b"curl 7.86.0 (x86_64-w64-mingw32) libcurl/7.86.0 OpenSSL/3.0.5 (Schannel) zlib/1.2.13\r\n"
    )
    assert found is not None
    assert not found.schannel
