"""Inputs of the same kinds as the published cases that were found by looking for more of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import State, bypassed
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Client, in_force
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.stores import Stores, winhttp
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import mpcmdrun, netsh, services
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import WinHttpSettings
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.tests.unit.plugin_utils.domain.test_output_limits import READING

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
PRODUCT = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
FIREWALL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
INTERNET = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
CONNECTIONS = rf"HKLM\{INTERNET}\Connections"
FRENCH = "ValidateMapsConnection a échoué (hr\u00a0=\u00a00x80072F8F httpcode\u202f= 451)"
FULL_WIDTH = "ValidateMapsConnection\u3000は MAPS への接続に失敗しました\uff08hr=0x80072F8F\u3000httpcore=451\uff09"


@pytest.mark.parametrize(
    ("output", "exit_code", "connected", "hresult", "http_code"),
    [
        ("ValidateMapsConnection failed (hr=-2147024890 httpcore=451)", 1, False, 0x80070006, 451),
        ("ValidateMapsConnection failed (hr = 2147942406 httpcore=451)", 1, False, 0x80070006, 451),
        ("ValidateMapsConnection failed (hr=1234567890 httpcore=451)", 1, False, None, 451),
        (FRENCH, 1, False, 0x80072F8F, 451),
        (FULL_WIDTH, 1, False, 0x80072F8F, 451),
        ("ValidateMapsConnection hat erfolgreich eine Verbindung zu MAPS hergestellt", 0, True, None, None),
        ("ValidateMapsConnection hat erfolgreich eine Verbindung zu MAPS hergestellt", None, None, None, None),
    ],
)
def test_answers_in_other_languages_and_digits(
    output: str, exit_code: int | None, connected: bool | None, hresult: int | None, http_code: int | None
) -> None:
    found = mpcmdrun.parse_validation(output, exit_code)
    assert (found.connected, found.hresult, found.http_code) == (connected, hresult, http_code)


def stored(proxy: str, bypass: str = "") -> Stores:
    blob = WinHttpSettings(flags=3, proxy=proxy, bypass=bypass).encode()
    return Stores(winhttp(blob), None, {}, settings_per_machine=False)


@pytest.mark.parametrize(
    ("proxy", "state", "port"),
    [
        ("\u00a0proxy.corp.example:3128", State.UNUSABLE, 443),
        ("proxy.corp.example:3128\u200b", State.UNUSABLE, 443),
        ("proxy.corp.example\u202f", State.UNUSABLE, 443),
        ("fe80::1:3128", State.UNCLEAR, 0),
        ("[fe80::1]:3128", State.IN_FORCE, 3128),
        ("http://[2001:db8::1]:3128/", State.IN_FORCE, 3128),
        ("https=a:8443 http=b:8080", State.IN_FORCE, 8443),
        ("HTTPS=Proxy.corp.example:8443", State.IN_FORCE, 8443),
        ("a.example:8080;b.example:8080", State.UNCLEAR, 8080),
        ("a.example:8080;b.example:3128", State.UNCLEAR, 0),
        ("a.example:8080,b.example:8080", State.UNUSABLE, 443),
        ("PROXY a.example:8080", State.UNCLEAR, 8080),
    ],
)
def test_what_a_stored_proxy_comes_to(proxy: str, state: State, port: int) -> None:
    found = in_force(stored(proxy), "https://wdcp.microsoft.com/", Client.WINHTTP)
    assert (found.state, found.first_hop(443)) == (state, port)
    assert found.certain is (state is State.IN_FORCE)


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        ("*.microsoft.com", State.BYPASSED),
        ("https://*.microsoft.com", State.BYPASSED),
        ("*.microsoft.com:443", State.BYPASSED),
        ("http://*.microsoft.com", State.UNCLEAR),
        ("*.microsoft.com:8080", State.UNCLEAR),
        ("wdcp.microsoft.com:80", State.UNCLEAR),
        ("<local>,*.microsoft.com", State.IN_FORCE),
        ("[2001:db8::1];[::1]", State.IN_FORCE),
        ("\u201c*.microsoft.com\u201d", State.IN_FORCE),
        ("microsoft.com", State.IN_FORCE),
    ],
)
def test_what_an_entry_of_a_bypass_list_exempts(entry: str, state: State) -> None:
    """One for another protocol or port was taken for certain to exempt MAPS."""
    found = in_force(stored("p.example:3128", entry), "https://wdcp.microsoft.com/", Client.WINHTTP)
    assert found.state is state
    assert found.certain is (state is not State.UNCLEAR)


def test_a_blob_that_ends_in_a_length_is_not_direct_access() -> None:
    cut = winhttp(bytes.fromhex("28000000 00000000 03000000 17"))
    assert (cut.direct, cut.problem != "") == (False, True)
    assert winhttp(bytes.fromhex("28000000 00000000 01000000")).direct


@pytest.mark.parametrize(
    ("key", "values", "unknown", "kept"),
    [
        (rf"{POLICY}\Spynet", {"SSLOptions": "2"}, {"spynet.ssl_options"}, {}),
        (rf"{POLICY}\Spynet", {"SSLOptions": {"type": "qword", "data": 2}}, {"spynet.ssl_options"}, {}),
        (rf"{POLICY}\Spynet", {"SpynetReporting": "0"}, {"spynet.reporting"}, {"spynet.effective_reporting": 2}),
        (POLICY, {"DisableAntiSpyware": {"type": "qword", "data": 1}}, {"defender.disabled"}, {}),
        (POLICY, {"ProxyServer": ["http://a:1", "http://b:2"]}, {"defender.proxy_server"}, {"defender.running": True}),
        (PRODUCT, {"PassiveMode": {"type": "expand_sz", "data": "1"}}, {"defender.passive_mode"}, {}),
        (rf"{PRODUCT}\Features", {"TamperProtection": "5"}, {"spynet.tamper_protection"}, {}),
        (
            rf"HKU\S-1-5-18\{INTERNET}",
            {"ProxyEnable": {"type": "binary", "data": "01000000"}, "ProxyServer": "p:1"},
            {"proxy.accounts.system"}, {},
        ),
        (
            rf"HKLM\SOFTWARE\Policies\{INTERNET.partition(chr(92))[2]}",
            {"ProxySettingsPerUser": "0"}, {"proxy.settings_per_machine"}, {"defender.running": True},
        ),
        (rf"{FIREWALL}\DomainProfile", {"EnableFirewall": "0"}, {"firewall.maps.verdict"}, {}),
        (
            r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\DomainProfile",
            {"DefaultOutboundAction": 2}, {"firewall.maps.verdict", "firewall.blocks_by_default"}, {},
        ),
        (
            rf"{FIREWALL}\FirewallRules",
            {"{a}": ["v2.31|Action=Block|Active=TRUE|Dir=Out|Svc=CryptSvc|Name=x|"]},
            {"firewall.crl.verdict"}, {"firewall.blocks_by_default": False},
        ),
        (SERVICE, {"ImagePath": "C:/Windows Defender/MsMpEng.exe"}, {"defender.mpcmdrun", "firewall.maps.verdict"}, {}),
        (VERSION, {"CurrentBuildNumber": "20348 "}, {"system.build"}, {"system.system_root": r"C:\Windows"}),
        (VERSION, {"UBR": "2700"}, {"system.revision"}, {"system.build": 20348}),
        (CONNECTIONS, {"WinHttpSettings": "p:1"}, {"proxy.winhttp.direct"}, {"proxy.settings_per_machine": False}),
    ],
)  # fmt: skip
def test_a_value_of_another_type_costs_what_it_decides(
    key: str, values: dict[str, Any], unknown: set[str], kept: dict[str, Any]
) -> None:
    on = SimulatedHost(machine(overrides={"registry": {key: values}}))
    found = plain(run_operation(on, READING["host_info"]()))
    reasons = {one["fact"]: one["reason"] for one in found["unknown"]}
    assert unknown <= reasons.keys()
    assert found["system"]["elevated"] is True
    for path, value in kept.items():
        part: Any = found
        for name in path.split("."):
            part = part[name]
        assert part == value, path


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (r"v2.31|Action=Block|Active=TRUE|Dir=Out|App=%systemroot%\system32\svchost.exe|Svc=cryptsvc|", "blocked"),
        ("v2.31|Action=Block|Active=True|Dir=Out|Svc=CryptSvc|Name=x|", "blocked"),
        ("v2.31|action=block|active=true|dir=out|svc=cryptsvc|name=x|", "unknown"),
        ("v2.31|Action=BLOCK|Active=TRUE|Dir=OUT|Svc=CryptSvc|Name=x|", "unknown"),
        (
            "v2.31|Action=Block|Active=TRUE|Dir=Out|App=C:/Windows/System32/svchost.exe|Svc=CryptSvc|Name=x|",
            "unknown",
        ),
        ("v2.0|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=80,443|Svc=CryptSvc|Name=x|", "unknown"),
        ("v2.31|action=block|active=true|dir=in|svc=cryptsvc|name=x|", "allowed"),
    ],
)  # fmt: skip
def test_rules_in_another_spelling(rule: str, verdict: str) -> None:
    """A rule in small letters was passed over: what it blocks was told as allowed."""
    on = SimulatedHost(machine(overrides={"registry": {rf"{FIREWALL}\FirewallRules": {"{a}": rule}}}))
    found = plain(run_operation(on, READING["host_info"]()))
    assert found["firewall"]["crl"]["verdict"] == verdict


@pytest.mark.parametrize(
    "text",
    [
        '{"Proxy":"p:1","ProxyIsEnabled":"false"}',
        '{"Proxy":["p:1"]}',
        '{"Proxy":5}',
        '{"Proxy":"p:1"',
        '{"Proxy":"p:1",}',
    ],
)
def test_a_store_in_another_form_is_not_understood(text: str) -> None:
    with pytest.raises(netsh.AdvproxyError):
        netsh.parse_advproxy(text.encode())


ROW = "        {:<18} : {}\r\n"


@pytest.mark.parametrize(
    ("labels", "state"),
    [
        (("NOM_SERVICE: WinDefend", "TYPE", "ÉTAT"), 4),
        (("DIENSTNAME: WinDefend", "TYP", "STATUS"), 1),
        (("サービス名: WinDefend", "種類", "状態"), 4),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "cp932"])
def test_the_state_of_a_service_in_any_language(labels: tuple[str, str, str], state: int, encoding: str) -> None:
    head, type_, said = labels
    text = f"{head}\r\n{ROW.format(type_, '10  WIN32')}{ROW.format(said, f'{state}  RUNNING')}"
    found = services.parse_state(text.encode(encoding, "replace"))
    assert found is not None
    assert found.state == state


def test_a_pattern_is_compared_with_the_whole_name() -> None:
    assert not bypassed("wdcp.microsoft.com", ("*.microsoft.com.", "?", "*.microsoft.com/*"))
