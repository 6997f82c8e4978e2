"""Which proxy a connection finds in each store."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.winsim.machine import internet_settings, proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import NETWORK_SERVICE_SID, SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.builder import build
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from hypothesis import given, strategies as st

HOST = "eu.example.net"
ACCOUNT = f"HKU\\{SYSTEM_SID}\\{internet_settings.ACCOUNT_KEY}"
TEXT = st.text(st.characters(max_codepoint=255), max_size=30)


@pytest.fixture
def machine() -> Machine:
    return build("PC1")


def test_a_fresh_machine_has_no_proxy_anywhere(machine: Machine) -> None:
    assert proxy_stores.winhttp_proxy(machine, HOST) is None
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) is None
    assert proxy_stores.read_advanced(machine).is_empty


def test_the_winhttp_proxy_is_written_to_both_views(machine: Machine) -> None:
    proxy_stores.write_winhttp(machine, "Proxy.corp:8080", "<local>;*.corp")
    twin = r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
    blob = bytes.fromhex("280000000000000003000000") + b"\x0f\0\0\0Proxy.corp:8080\x0e\0\0\0<local>;*.corp"
    assert machine.registry.data(proxy_stores.CONNECTIONS_KEY, "WinHttpSettings") == blob
    assert machine.registry.data(twin, "WinHttpSettings") == blob
    assert proxy_stores.winhttp_proxy(machine, HOST) == "proxy.corp:8080"
    assert proxy_stores.winhttp_proxy(machine, "wsus.corp") == ""
    assert proxy_stores.winhttp_proxy(machine, "wsus") == ""


def test_a_broken_blob_counts_as_direct(machine: Machine) -> None:
    machine.registry.set(proxy_stores.CONNECTIONS_KEY, "WinHttpSettings", ValueType.BINARY, b"\x28\0\0")
    assert proxy_stores.winhttp_proxy(machine, HOST) is None


@pytest.mark.parametrize(
    ("proxies", "scheme", "answer"),
    [
        ("a:80", "http", "a:80"),
        ("http=a:80;https=b:443", "https", "b:443"),
        ("http=a:80;https=b:443", "http", "a:80"),
        ("http=a:80", "https", ""),
        ("http=http://a:80/ other:81", "http", "a:80"),
        ("http=http://a:80/ other:81", "https", "other:81"),
        ("http://a:80", "https", "a:80"),
        ("socks=a:1080", "https", ""),
    ],
)
def test_a_list_names_a_proxy_for_each_scheme(proxies: str, scheme: str, answer: str) -> None:
    assert proxy_stores.chosen(proxies, "", HOST, scheme) == answer


@pytest.mark.parametrize(
    ("bypass", "host", "answer"),
    [
        ("", HOST, False),
        ("<local>", HOST, False),
        ("<local>", "intranet", True),
        ("*.EXAMPLE.net", HOST, True),
        ("example.net", HOST, False),
        ("a; eu.example.net:443 b", HOST, True),
        ("https://eu.example.net", HOST, True),
        ("10.*", "10.1.2.3", True),
        ("*", HOST, True),
        ("[fe80::1]", "f", False),
    ],
)
def test_a_bypass_list_exempts(bypass: str, host: str, answer: bool) -> None:
    assert proxy_stores.bypassed(bypass, host) is answer


def test_each_account_has_settings_of_its_own(machine: Machine) -> None:
    proxy_stores.write_account(machine, SYSTEM_SID, InternetSettings("p:1", "<local>", True))
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) == "p:1"
    assert proxy_stores.account_proxy(machine, NETWORK_SERVICE_SID, HOST) is None
    assert machine.registry.number(ACCOUNT, "ProxyEnable") == 1


def test_the_machines_settings_stand_for_all_accounts_when_policy_says_so(machine: Machine) -> None:
    proxy_stores.write_account(machine, SYSTEM_SID, InternetSettings("own:1", "", True))
    proxy_stores.write_advanced(machine, InternetSettings("all:1", "", True))
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) == "own:1"
    machine.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) == "all:1"
    assert proxy_stores.account_proxy(machine, NETWORK_SERVICE_SID, HOST) == "all:1"


def test_a_script_that_answers_goes_before_the_named_proxy(machine: Machine) -> None:
    settings = InternetSettings("p:1", "", True, "http://pac/x.pac")
    proxy_stores.write_account(machine, SYSTEM_SID, settings)
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) == "p:1"
    machine.network.pac_files["http://pac/x.pac"] = ""
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) == ""


def test_the_flag_decides_where_the_blob_still_names_a_proxy(machine: Machine) -> None:
    data = bytes.fromhex("46000000bb000000090000000e000000") + b"127.0.0.1:8888" + bytes(40)
    machine.registry.set(ACCOUNT + r"\Connections", internet_settings.BLOB, ValueType.BINARY, data)
    assert internet_settings.from_blob(data).proxy == "127.0.0.1:8888"
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) is None
    assert proxy_stores.read_account(machine, SYSTEM_SID).auto_detect


def test_plain_values_alone_are_obeyed(machine: Machine) -> None:
    machine.registry.set_dword(ACCOUNT, "ProxyEnable", 1)
    machine.registry.set_text(ACCOUNT, "ProxyServer", "plain:3128")
    assert proxy_stores.account_proxy(machine, SYSTEM_SID, HOST) == "plain:3128"


def test_every_write_counts_up_and_leaves_no_stale_value(machine: Machine) -> None:
    for settings in (InternetSettings("a:1", "b", True), InternetSettings()):
        proxy_stores.write_account(machine, SYSTEM_SID, settings)
    data = machine.registry.data(ACCOUNT + r"\Connections", internet_settings.BLOB)
    assert isinstance(data, bytes)
    assert data == bytes.fromhex("460000000400000001000000") + bytes(44)
    assert machine.registry.get(ACCOUNT, "ProxyServer") is None
    assert machine.registry.get(ACCOUNT, "ProxyOverride") is None


@given(TEXT, TEXT, st.booleans(), TEXT, st.booleans(), st.integers(0, 2**32 - 1))
def test_blob_round_trip(proxy: str, bypass: str, enabled: bool, url: str, detect: bool, counter: int) -> None:
    settings = InternetSettings(proxy, bypass, enabled, url, detect)
    assert internet_settings.from_blob(settings.to_blob(counter)) == settings
