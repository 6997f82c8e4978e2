"""windefend.maps.winhttp_proxy through real ansible-playbook runs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.snapshot import difference

PROXY = "proxy.corp.example:3128"
BYPASS = ["<local>", "*.corp.example"]


def test_set_again_and_reset(host: SimulatedFleet) -> None:
    original = host.state("pc")
    first = host.module("winhttp_proxy", "--diff", proxy=PROXY, bypass_list=BYPASS).of("it")
    assert first["changed"]
    assert first["before"]["winhttp"]["direct"]
    assert (first["after"]["winhttp"]["http"], first["after"]["winhttp"]["https"]) == (PROXY, PROXY)
    assert first["after"]["winhttp"]["bypass_list"] == BYPASS
    assert first["diff"]["before"] == first["before"]
    assert proxy_stores.winhttp_proxy(host.machines["pc"], "www.example.org", "https") == PROXY

    again = host.module("winhttp_proxy", proxy=PROXY, bypass_list=list(reversed(BYPASS))).of("it")
    assert not again["changed"]
    assert again["before"] == again["after"]

    reset = host.module("winhttp_proxy", state="absent").of("it")
    assert reset["changed"]
    assert reset["after"]["winhttp"]["direct"]
    assert not host.module("winhttp_proxy", state="absent").of("it")["changed"]
    # What is left is the blob that Windows itself writes for direct access.
    left = difference(original, host.state("pc"))
    assert all("WinHttpSettings" in line or line.startswith("registry") for line in left), left


def test_proxies_of_their_own_for_http_and_https(host: SimulatedFleet) -> None:
    result = host.module("winhttp_proxy", proxy={"http": "a.example:80", "https": "b.example:8443"}).of("it")
    assert (result["after"]["winhttp"]["http"], result["after"]["winhttp"]["https"]) == (
        "a.example:80",
        "b.example:8443",
    )
    only_one = host.module("winhttp_proxy", proxy={"https": "b.example:8443"}).of("it")
    assert (only_one["after"]["winhttp"]["http"], only_one["after"]["winhttp"]["https"]) == ("", "b.example:8443")


def test_check_mode_changes_no_byte_and_foretells(host: SimulatedFleet) -> None:
    before = host.state("pc")
    run = host.module("winhttp_proxy", "--check", "--diff", proxy=PROXY, bypass_list=BYPASS)
    assert host.state("pc") == before
    foretold = run.of("it")
    assert foretold["changed"]
    real = host.module("winhttp_proxy", proxy=PROXY, bypass_list=BYPASS).of("it")
    told = {k: v for k, v in foretold["after"]["winhttp"].items() if not k.startswith("raw")}
    assert told == {k: v for k, v in real["after"]["winhttp"].items() if not k.startswith("raw")}


def test_advanced_store_beside_the_other(host: SimulatedFleet) -> None:
    host.module("winhttp_proxy", proxy=PROXY)
    settings = {"store": "advanced", "proxy": "adv.example:8080", "bypass_list": ["<local>"], "auto_detect": True}
    result = host.module("winhttp_proxy", **settings, autoconfig_url="http://wpad.example/proxy.pac").of("it")
    assert result["changed"]
    assert result["after"]["advanced"]["https"] == "adv.example:8080"
    assert result["after"]["advanced"]["autoconfig_url"] == "http://wpad.example/proxy.pac"
    assert result["after"]["advanced"]["auto_detect"]
    assert result["after"]["winhttp"]["https"] == PROXY
    again = host.module("winhttp_proxy", **settings, autoconfig_url="http://wpad.example/proxy.pac").of("it")
    assert not again["changed"]
    assert host.module("winhttp_proxy", store="advanced", state="absent").of("it")["changed"]
    assert not host.module("winhttp_proxy", store="advanced", state="absent").of("it")["changed"]


def test_a_build_without_the_advanced_store_refuses_it(start_fleet: Any) -> None:
    fleet = start_fleet({"hosts": [{"name": "old", "scenario": "old_build"}]})
    run = fleet.module("winhttp_proxy", store="advanced", proxy=PROXY)
    assert run.kind("it") == "failed"
    assert "advproxy" in run.of("it")["msg"]
    assert fleet.module("winhttp_proxy", proxy=PROXY).of("it")["after"]["advanced"] is None


def test_import_of_the_callers_settings(start_fleet: Any) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "admin_own_proxy"}]})
    before = fleet.state("pc")
    assert fleet.module("winhttp_proxy", "--check", source="ie").of("it")["changed"]
    assert fleet.state("pc") == before
    result = fleet.module("winhttp_proxy", source="ie").of("it")
    assert result["changed"]
    assert result["after"]["winhttp"]["https"] == PROXY
    assert not fleet.module("winhttp_proxy", source="ie").of("it")["changed"]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"proxy": "http://proxy:3128"}, "scheme"),
        ({"proxy": "user:secret@proxy:3128"}, "credentials"),
        ({"proxy": "proxy"}, "host:port"),
        ({"proxy": "proxy:0"}, "65535"),
        ({"proxy": "proxy:65536"}, "65535"),
        ({"proxy": "pro xy:80"}, "host:port"),
        ({"proxy": "proxy:80&calc"}, "host:port"),
        ({"proxy": "%COMSPEC%:80"}, "host:port"),
        ({"proxy": "プロキシ:80"}, "host:port"),
        ({"proxy": 'a"b:80'}, "host:port"),
        ({"proxy": {"ftp": "a:1"}}, "http and https"),
        ({"proxy": ["a:1"]}, "http and https"),
        ({"proxy": "a:1", "bypass_list": ["a;b"]}, "bypass_list"),
        ({"proxy": "a:1", "bypass_list": ["a b"]}, "bypass_list"),
        ({"proxy": "a:1", "bypass_list": ["x\n"]}, "bypass_list"),
        ({"proxy": "a:1", "autoconfig_url": "http://x/y.pac"}, "store=advanced"),
        ({"store": "advanced", "autoconfig_url": "ftp://x/y.pac"}, "autoconfig_url"),
        ({}, "state=present requires"),
        ({"state": "absent", "proxy": "a:1"}, "state=absent"),
        ({"source": "ie", "store": "advanced"}, "source=ie"),
        ({"source": "ie", "proxy": "a:1"}, "mutually exclusive"),
        ({"store": "registry", "proxy": "a:1"}, "store"),
    ],
)
def test_refused_before_anything_is_sent(host: SimulatedFleet, arguments: dict[str, Any], names: str) -> None:
    run = host.module("winhttp_proxy", **arguments)
    assert run.kind("it") == "failed"
    assert names in run.of("it")["msg"]
    assert host.machines["pc"].log == []


def test_not_elevated_is_told(start_fleet: Any) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "remote_user_with_shell"}]})
    run = fleet.module("winhttp_proxy", proxy=PROXY)
    assert run.kind("it") == "failed"
    assert "elevated" in run.of("it")["msg"]


@pytest.mark.parametrize("locale", ["ja", "ja_english_under_utf8"])
def test_japanese_hosts(start_fleet: Any, locale: str) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": locale}]})
    assert fleet.module("winhttp_proxy", proxy=PROXY).of("it")["changed"]
    assert not fleet.module("winhttp_proxy", proxy=PROXY).of("it")["changed"]
    assert fleet.module("winhttp_proxy", state="absent").of("it")["changed"]


def test_a_blob_that_cannot_be_read_is_told_and_written_anew(host: SimulatedFleet) -> None:
    key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
    registry = host.machines["pc"].registry
    registry.set(key, "WinHttpSettings", ValueType.BINARY, b"\x28\0\0\0\x03\0")
    assert host.module("host_info").of("it")["proxy"]["winhttp"]["problem"]
    for request in ({"state": "absent"}, {"proxy": PROXY}):
        registry.set(key, "WinHttpSettings", ValueType.BINARY, b"\x28\0\0\0\x03\0")
        result = host.module("winhttp_proxy", **request).of("it")
        assert result["changed"]
        assert result["before"]["winhttp"]["problem"]
        assert result["after"]["winhttp"]["problem"] == ""
        assert not host.module("winhttp_proxy", **request).of("it")["changed"]
