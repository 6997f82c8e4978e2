"""Facts that a host shows only where it has such a setting or such an event: they hold, and do not where it differs."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import self_check
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.builder import filetime
from ansible_collections.windefend.maps.winsim.machine.defender import STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.proxy_stores import WINHTTP_KEY
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.tools import capi2

SPYNET = rf"{STATE_KEY}\Spynet"
POLICIES = r"HKLM\SOFTWARE\Policies\Microsoft\Windows"
SENSOR = r"HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection"
TCPIP = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
PACKAGE = json.dumps(
    {"body": json.dumps({"geoLocationUrl": "https://edr-eus.us.endpoint.security.microsoft.com/edr/"})}
)
TEXTS = {
    "last_failure_as_text": (SPYNET, "LastMAPSFailureTimeString", "2026-09-01T07:30:00Z", "yesterday"),
    "cached_proxy": (STATE_KEY, "CachedProxy", "p.example:8080", None),
    "own_proxy": (STATE_KEY, "ProxyServer", "http://p.example:8080", None),
    "onboarding_package": (SENSOR, "OnboardedInfo", PACKAGE, "AAAA"),
    "sensor_proxy": (rf"{POLICIES}\DataCollection", "TelemetryProxyServer", "p.example:8080", "no endpoint"),
    "update_server": (rf"{POLICIES}\WindowsUpdate", "WUServer", "http://wsus.example:8530", "wsus.example"),
    "dns_domain": (TCPIP, "Domain", "corp.example", None),
    "product_name": (VERSION, "ProductName", "Windows 10 Pro", "Windows 11 Pro"),
}
"""Check -> where a text stands that shows it, one as the ledger says, and one that is not; None: any text is."""
NUMBERS = {"discovery": (WINHTTP_KEY, "DisableWpad"), "onboarding_state": (rf"{SENSOR}\Status", "OnboardingState")}
TIMES = {"last_success": "LastMAPSSuccessTime", "last_failure": "LastMAPSFailureTime"}


def states(on: Machine) -> dict[str, str]:
    host = SimulatedHost(on)
    found = run_operation(host, self_check.check())
    assert host.unknown == []
    return {one["name"]: one["state"] for one in found["facts"]}


@pytest.fixture
def on() -> Machine:
    return machine(os="windows_11_23h2")


def test_what_a_host_that_has_everything_shows(on: Machine) -> None:
    for key, name, text, _wrong in TEXTS.values():
        on.registry.set_text(key, name, text)
    for key, name in NUMBERS.values():
        on.registry.set_dword(key, name, 1)
    for name in TIMES.values():
        on.registry.set(SPYNET, name, ValueType.BINARY, filetime(on.now() - dt.timedelta(hours=1)))
    capi2.switch(on, True)
    run_operation(SimulatedHost(on), validation(run_as="current", timeout=5, identity=RunIdentity("x", 0.0)))
    found = states(on)
    assert {name for name, one in found.items() if one != "held"} == {
        *("winhttp_blob", "winhttp_twin", "events", "maps_events", "capi2_events", "core_service", "hardening_rules")
    }
    assert "not_held" not in found.values(), "what this machine has neither values nor events of"


@pytest.mark.parametrize("name", [name for name, one in TEXTS.items() if one[3] is not None])
def test_a_text_that_is_something_else_does_not_hold(on: Machine, name: str) -> None:
    key, value, _text, wrong = TEXTS[name]
    on.registry.set_text(key, value, str(wrong))
    assert states(on)[name] == "not_held"


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_unknown_does_not_hold(on: Machine, name: str) -> None:
    on.registry.set_dword(*NUMBERS[name], 7)
    assert states(on)[name] == "not_held"


@pytest.mark.parametrize("name", TIMES)
def test_a_time_that_is_none_does_not_hold(on: Machine, name: str) -> None:
    on.registry.set(SPYNET, TIMES[name], ValueType.BINARY, b"\x00" * 3)
    assert states(on)[name] == "not_held"


def test_a_folder_that_is_no_version_does_not_hold(on: Machine) -> None:
    assert states(on)["platform_folders"] == "held"
    on.files.make_directory(r"C:\ProgramData\Microsoft\Windows Defender\Platform\newest")
    assert states(on)["platform_folders"] == "not_held"


def test_a_server_does_not_show_how_windows_11_calls_itself() -> None:
    assert states(machine(os="windows_server_2022"))["product_name"] == "not_asked"
