"""Defender's settings with their three authors, its versions, and updating them, on simulated machines."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import (
    settings as defender_settings,
    signatures,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.operations import conclude, run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.defender import POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

MANAGER = POLICY_KEY + r"\Policy Manager"
UPDATES = STATE_KEY + r"\Signature Updates"
NEWER = "1.450.10.0"


def read(host: SimulatedHost) -> dict[str, Any]:
    result: dict[str, Any] = plain(run_operation(host, defender_settings.read(time.time())))
    return result


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost(machine())


def test_one_line_and_what_a_clean_machine_says(host: SimulatedHost) -> None:
    result = read(host)
    assert len(host.lines) == 1
    assert host.unknown == []
    assert result["signatures"]["antivirus"] == "1.443.173.0"
    assert 7 <= result["signatures"]["age_hours"] <= 32
    assert result["real_time_protection"] is True
    membership = result["settings"]["maps_membership"]
    assert (membership["value"], membership["meaning"], membership["source"]) == (2, "advanced", "own")
    assert (membership["policy"], membership["policy_manager"], membership["conflict"]) == (None, None, False)
    assert result["settings"]["cloud_block_level"]["source"] == "none"
    assert result["settings"]["cloud_block_level"]["value"] is None


@pytest.mark.parametrize("value", [None, 0, 1])
def test_passive_mode_may_be_forced_by_a_policy(host: SimulatedHost, value: int | None) -> None:
    key = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection"
    if value is not None:
        host.machine.registry.set_dword(key, "ForceDefenderPassiveMode", value)
    assert read(host)["product"]["forced_passive_mode"] == value


@pytest.mark.parametrize(("override", "value", "source"), [(1, 2, "own"), (0, 0, "policy"), (None, 0, "policy")])
def test_a_policy_may_let_the_products_own_membership_go_first(
    host: SimulatedHost, override: int | None, value: int, source: str
) -> None:
    """Expert E11: LocalSettingOverrideSpynetReporting."""
    registry = host.machine.registry
    registry.set_dword(POLICY_KEY + r"\Spynet", "SpynetReporting", 0)
    if override is not None:
        registry.set_dword(POLICY_KEY + r"\Spynet", "LocalSettingOverrideSpynetReporting", override)
    result = read(host)["settings"]["maps_membership"]
    assert (result["value"], result["source"]) == (value, source)


@pytest.mark.parametrize(
    ("stored", "enabled"), [(5, True), (4, False), (1, False), (0, False), (2, None), (None, None)]
)
def test_tamper_protection_by_number(host: SimulatedHost, stored: int | None, enabled: bool | None) -> None:
    """Fidelity A7: 1 is off too."""
    features = STATE_KEY + r"\Features"
    host.machine.registry.delete_value(features, "TamperProtection")
    if stored is not None:
        host.machine.registry.set_dword(features, "TamperProtection", stored)
    assert read(host)["tamper_protection"]["enabled"] is enabled


@pytest.mark.parametrize(
    ("level", "timeout"), [("MpCloudBlockLevel", "MpBafsExtendedTimeout"), ("CloudBlockLevel", "CloudExtendedTimeout")]
)
def test_intunes_names_of_the_cloud_block_level(host: SimulatedHost, level: str, timeout: str) -> None:
    """Expert M1: traced on Windows 11; the names of the CSP are read too."""
    host.machine.registry.set_dword(MANAGER, level, 4)
    host.machine.registry.set_dword(MANAGER, timeout, 50)
    result = read(host)["settings"]
    assert (result["cloud_block_level"]["policy_manager"], result["cloud_block_level"]["meaning"]) == (4, "high_plus")
    assert (result["cloud_extended_timeout"]["value"], result["cloud_extended_timeout"]["source"]) == (
        50,
        "policy_manager",
    )


def test_policy_goes_before_policy_manager_and_that_before_the_products_own(host: SimulatedHost) -> None:
    """Defender for Endpoint writes the keys of group policy, Intune has its own (Microsoft, 2025-11)."""
    registry = host.machine.registry
    registry.set_dword(MANAGER, "AllowCloudProtection", 1)
    result = read(host)["settings"]["maps_membership"]
    assert (result["value"], result["source"], result["conflict"]) == (1, "policy_manager", False)
    registry.set_dword(POLICY_KEY + r"\Spynet", "SpynetReporting", 0)
    result = read(host)["settings"]["maps_membership"]
    assert (result["value"], result["meaning"], result["source"], result["conflict"]) == (0, "off", "policy", True)
    registry.set_dword(POLICY_KEY + r"\MpEngine", "MpCloudBlockLevel", 3)
    assert read(host)["settings"]["cloud_block_level"]["meaning"] == "unknown"


@pytest.mark.parametrize(("allow", "protects"), [(0, False), (1, True)])
def test_allow_of_policy_manager_is_the_opposite_of_disable(host: SimulatedHost, allow: int, protects: bool) -> None:
    host.machine.registry.set_dword(MANAGER, "AllowRealtimeMonitoring", allow)
    result = read(host)
    assert result["settings"]["real_time_monitoring_disabled"]["policy_manager"] == 1 - allow
    assert result["real_time_protection"] is protects


def test_what_is_not_stored_is_not_known(host: SimulatedHost) -> None:
    for name in ("AVSignatureVersion", "SignaturesLastUpdated"):
        host.machine.registry.delete_value(UPDATES, name)
    host.machine.registry.set_dword(STATE_KEY + r"\Features", "TamperProtection", 77)
    result = read(host)
    assert result["signatures"]["antivirus"] is None
    assert (result["signatures"]["updated"], result["signatures"]["age_hours"]) == (None, None)
    assert (result["tamper_protection"]["enabled"], result["tamper_protection"]["stored"]) == (None, 77)


def test_who_may_not_ask_the_service_does_not_know_of_protection() -> None:
    assert read(SimulatedHost(machine("not_elevated")))["real_time_protection"] is None


def test_values_of_another_type_are_not_taken(host: SimulatedHost) -> None:
    host.machine.registry.set(UPDATES, "EngineVersion", ValueType.DWORD, 7)
    host.machine.registry.set(UPDATES, "SignaturesLastUpdated", ValueType.BINARY, b"\x01")
    result = read(host)["signatures"]
    assert (result["engine"], result["updated"]) == (None, None)


def update(host: SimulatedHost, **options: Any) -> tuple[dict[str, Any], list[str]]:
    warnings: list[str] = []
    requested = {"source": "configured", "check_mode": False, "timeout": 60, "now": time.time(), **options}
    return run_operation(host, signatures.update(**requested), warnings), warnings


@pytest.mark.parametrize("source", ["configured", "microsoft"])
def test_changed_only_when_a_version_moved(host: SimulatedHost, source: str) -> None:
    host.machine.defender.offered_signatures = NEWER
    result, warnings = update(host, source=source)
    assert (result["changed"], result["message"], warnings) == (True, "updated", [])
    assert (result["before"]["antivirus"], result["after"]["antivirus"]) == ("1.443.173.0", NEWER)
    again, _unused = update(host, source=source)
    assert (again["changed"], again["message"]) == (False, "no newer signatures at the source")
    assert host.unknown == []


def test_check_mode_asks_no_source(host: SimulatedHost) -> None:
    host.machine.defender.offered_signatures = NEWER
    result, _unused = update(host, check_mode=True)
    assert not result["changed"]
    assert "check mode" in result["message"]
    assert not any("SignatureUpdate" in line for line in host.lines)


@pytest.mark.parametrize(("barrier", "code"), [(Barrier.REFUSE, "0x80070006"), (Barrier.CUT, "0x80072EFE")])
def test_a_failure_is_explained(host: SimulatedHost, barrier: Barrier, code: str) -> None:
    host.machine.network.direct.blocked["*:*"] = barrier
    host.machine.defender.choice = 0
    with pytest.raises(HostError, match=code) as caught:
        update(host)
    assert "proxy" in str(caught.value)
    assert caught.value.details["hresult"] == code
    assert caught.value.details["before"] == caught.value.details["after"]


def test_defenders_own_proxy_serves_microsoft_but_not_windows_update() -> None:
    """Windows Update uses the machine's WinHTTP proxy and not Defender's (Microsoft, configure proxy)."""
    host = SimulatedHost(machine("defender_proxy_only"))
    host.machine.network.direct.blocked["*:*"] = Barrier.DROP
    host.machine.defender.offered_signatures = NEWER
    with pytest.raises(HostError):
        update(host)
    assert update(host, source="microsoft")[0]["changed"]


REQUEST = signatures._Request("configured", "", {"would_use": "MMPC"}, 0.0)


def test_a_failed_source_is_no_failed_update() -> None:
    """The versions moved although the tool told a failure: a warning."""
    before = defender_settings.Signatures("1", "1", "1", "1", None)
    after = defender_settings.Signatures("1", "2", "2", "1", None)
    outcome = Outcome(2, b"ERROR: Signature Update failed with hr=80072ee7\r\n")
    warnings: list[str] = []
    result = conclude(signatures._judged(before, after, REQUEST, "x", outcome), warnings)
    assert result["changed"]
    assert "one source failed" in warnings[0]
    with pytest.raises(HostError, match="0x80072EE7"):
        conclude(signatures._judged(before, before, REQUEST, "x", outcome))


def test_the_newest_platform_is_found_where_the_services_path_leads_nowhere(host: SimulatedHost) -> None:
    host.machine.registry.set_text(r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend", "ImagePath", r"C:\gone\a.exe")
    assert "\\Platform\\" in update(host)[0]["binary"]
    for path in [path for path in host.machine.files.nodes if path.endswith("mpcmdrun.exe")]:
        host.machine.files.remove(path)
    with pytest.raises(HostError, match="not in the folder of the service"):
        update(host)
