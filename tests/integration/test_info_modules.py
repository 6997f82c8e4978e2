"""windefend.maps.host_info and maps_connection_info through real ansible-playbook runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]


@pytest.mark.parametrize("locale", ["en", "ja", "ja_english_under_utf8"])
def test_host_info_is_the_same_in_every_language(start_fleet: StartFleet, locale: str) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": locale, "scenario": "healthy_behind_proxy"}]})
    before = fleet.state("pc")
    result = fleet.module("host_info").of("it")
    assert not result["changed"]
    assert result["system"]["build"] == 20348
    assert result["system"]["elevated"]
    assert result["system"]["system_root"].lower() == r"c:\windows"
    assert result["defender"]["running"]
    assert result["defender"]["applicable"]
    assert result["defender"]["mpcmdrun"].endswith(r"\MpCmdRun.exe")
    assert result["proxy"]["winhttp"]["https"] == "proxy.corp.example:3128"
    assert result["proxy"]["winhttp"]["bypass_list"] == ["<local>", "*.corp.example"]
    assert result["proxy"]["advanced"] is not None
    assert result["firewall"]["maps"]["verdict"] == "allowed"
    assert result["firewall"]["maps"]["port"] == 3128
    assert abs(result["clock_skew"]) <= 2
    assert fleet.state("pc") == before


def test_host_info_shows_ignored_rules_and_the_cached_proxy(start_fleet: StartFleet) -> None:
    policy, defender = (
        r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall",
        r"HKLM\SOFTWARE\Microsoft\Windows Defender",
    )
    registry: dict[str, dict[str, int | str]] = {
        f"{policy}\\{name}Profile": {"DefaultOutboundAction": 1, "AllowLocalPolicyMerge": 0}
        for name in ("Domain", "Private", "Public")
    }
    registry[defender] = {"CachedProxy": "old.corp.example:8080", "CachedProxyAccessType ": 3}
    fleet = start_fleet({"hosts": [{"name": "pc", "overrides": {"registry": registry}}]})
    result = fleet.module("host_info").of("it")
    assert result["firewall"]["rules_ignored"] is True
    assert result["firewall"]["maps"]["verdict"] == "blocked"
    assert result["defender"]["cached_proxy"] == "old.corp.example:8080"
    assert result["defender"]["cached_proxy_access_type"] == 3
    assert result["defender"]["last_known_good_proxy"] == ""
    assert result["unknown"] == []


def test_host_info_is_one_round_trip(host: SimulatedFleet) -> None:
    host.module("host_info")
    assert len(host.machines["pc"].log) == 1
    traffic = host.module("host_info").of("it")["traffic"]
    assert traffic["requests"] == 5, "two of NTLM, Create, Command, Receive; Delete follows when the task has ended"


def test_healthy_host(host: SimulatedFleet) -> None:
    result = host.module("maps_connection_info").of("it")
    assert result["connected"] is True
    assert result["cause"] == "none"
    assert result["hresult"] == ""
    assert result["platform_version"]
    assert "ValidateMapsConnection" in result["output"]


def test_given_host_info_is_not_read_again(host: SimulatedFleet) -> None:
    run = host.play(
        [
            {"name": "read", "windefend.maps.host_info": {}, "register": "seen"},
            {"name": "it", "windefend.maps.maps_connection_info": {"host": "{{ seen }}"}},
        ]
    )
    assert run.of("it")["connected"]
    assert len(host.machines["pc"].log) == 2


@pytest.mark.parametrize(
    ("scenario", "hresult", "httpcore", "cause"),
    [
        ("no_winhttp_proxy_72f8f", "0x80072F8F", 451, "winhttp_proxy_missing"),
        ("no_winhttp_proxy_70006", "0x80070006", 451, "winhttp_proxy_missing"),
        ("no_winhttp_proxy_72efe", "0x80072EFE", 451, "winhttp_proxy_missing"),
        ("remote_user_with_shell", "0x80070005", 450, "not_elevated"),
        ("old_build", "0x80070667", None, "windows_too_old"),
        ("service_disabled", "0x800106BA", None, "service_stopped"),
        ("tls_inspection", "0x80072F0D", 451, "tls_inspection"),
    ],
)
def test_not_connected_is_a_result(
    start_fleet: StartFleet, scenario: str, hresult: str, httpcore: int | None, cause: str
) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": scenario}]})
    run = fleet.module("maps_connection_info")
    assert run.status == 0
    result = run.of("it")
    assert (result["connected"], result["hresult"], result["httpcore"]) == (False, hresult, httpcore)
    assert result["cause"] == cause
    assert result["evidence"]
    assert result["solutions"]
    assert result["diagnosis"]
    assert result["hresult_meaning"]


def test_as_system_leaves_nothing_behind(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "no_winhttp_proxy_72f8f", "locale": "ja"}]})
    before = fleet.state("pc")
    result = fleet.module("maps_connection_info", run_as="system").of("it")
    assert (result["run_as"], result["hresult"]) == ("system", "0x80072F8F")
    assert result["exit_code"] is not None
    assert fleet.state("pc") == before


def test_clock_of_the_host_is_seen(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "clock_off"}]})
    result = fleet.module("maps_connection_info").of("it")
    assert result["cause"] == "clock_skew"
    assert abs(result["host"]["clock_skew"]) > 86400


@pytest.mark.parametrize("broken", ["image_path", "service"])
def test_the_binary_is_found_without_the_service_path(host: SimulatedFleet, broken: str) -> None:
    """The platform in use, else the newest platform folder, its parts compared as numbers, else Program Files."""
    machine = host.machines["pc"]
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
    newest = r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.30000.1-0\MpCmdRun.exe"
    machine.files.install(newest, "mpcmdrun")
    if broken == "service":
        machine.registry.delete_value(key, "ImagePath")
    else:
        machine.registry.set_text(key, "ImagePath", r'"C:\gone\MsMpEng.exe"')
    result = host.module("maps_connection_info").of("it")
    assert result["binary"] == newest
    assert result["platform_version"] == "4.18.30000.1-0"
    machine.files.remove_tree(r"C:\ProgramData\Microsoft\Windows Defender\Platform")
    assert host.module("maps_connection_info").of("it")["binary"] == r"C:\Program Files\Windows Defender\MpCmdRun.exe"
    machine.log.clear()  # the lines that looked in vain are noted as unknown programs
