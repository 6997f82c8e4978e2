"""The cause of a repaired host is one that the steps which helped remove, whatever could not be read before them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import plan
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.outcome import MAY_FIX, cause_of
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.steps import KINDS
from ansible_collections.windefend.maps.tests.support.remediation import PromptHost, repair
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
DENIED = (
    r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend",
    r"HKLM\SOFTWARE\Microsoft\Windows Defender",
    POLICY,
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules",
    r"HKU\S-1-5-18",
)
REPAIRED = ("no_winhttp_proxy_72f8f", "no_winhttp_proxy_72efe", "proxy_dead", "outbound_block", "crl_blocked")


def reported(name: str, **overrides: Any) -> dict[str, Any]:
    report: dict[str, Any] = repair(PromptHost(machine(name, overrides=overrides)), SCENARIOS[name].variables)["report"]
    return report


@pytest.mark.parametrize("key", DENIED)
@pytest.mark.parametrize("name", REPAIRED)
def test_a_key_that_is_denied_makes_no_other_cause_of_a_repaired_host(name: str, key: str) -> None:
    """It was a stale trust list, or revocation lists that the proxy team must allow, where no proxy was set."""
    report = reported(name, key_denied=[key])
    right = SCENARIOS[name].expect.cause.value
    assert report["outcome"] != "repaired" or report["cause"] in (right, "unknown")
    asserted = {one["id"] for one in report["before"]["causes"] if one["confidence"] != "possible"}
    assert asserted <= {right}


def test_the_cause_that_could_not_be_looked_at_is_known_by_its_cure() -> None:
    for key in (POLICY, r"HKU\S-1-5-18"):
        report = reported("no_winhttp_proxy_72f8f", key_denied=[key])
        assert report["before"]["cause"] == "unknown"
        assert (report["outcome"], report["cause"]) == ("repaired", "winhttp_proxy_missing")


@pytest.mark.parametrize("name", ["proxy_dead", "no_winhttp_proxy_72f8f"])
def test_a_firewall_service_that_rests_is_not_what_a_proxy_removed(name: str) -> None:
    report = reported(name, firewall_service_stopped=True)
    assert (report["outcome"], report["cause"]) == ("repaired", SCENARIOS[name].expect.cause.value)


def test_a_firewall_service_that_rests_goes_before_what_only_failed_probes_say() -> None:
    """It was 'no proxy is set, likely', by probes: what stops curl may be the host."""
    report = reported("outbound_block", firewall_service_stopped=True)
    assert (report["outcome"], report["cause"]) == ("not_repairable", "firewall_service_stopped")
    assert all(one["confidence"] == "possible" for one in report["before"]["causes"])


def test_the_table_has_every_step() -> None:
    assert MAY_FIX.keys() == KINDS.keys()
    assert set(plan.PROXY_REMOVES) <= set(MAY_FIX["winhttp_proxy"])


def step(name: str, **winhttp: Any) -> dict[str, Any]:
    return {"id": name, "result": {"before": {"winhttp": winhttp}}}


@pytest.mark.parametrize(
    ("named", "confidence", "kept", "cause"),
    [
        ("name_resolution", "certain", step("winhttp_proxy", direct=True), "name_resolution"),
        ("perimeter", "possible", step("winhttp_proxy", direct=True), "winhttp_proxy_missing"),
        ("winhttp_proxy_dead", "possible", step("winhttp_proxy", direct=False), "winhttp_proxy_dead"),
        ("trust_list_stale", "likely", step("winhttp_proxy", direct=False), "unknown"),
        ("trust_list_stale", "possible", step("winhttp_proxy", direct=False, problem="cut off"), "unknown"),
        ("trust_list_stale", "possible", step("ssl_options"), "trust_list_stale"),
        ("unknown", "none", step("firewall"), "unknown"),
    ],
)
def test_what_helped_decides(named: str, confidence: str, kept: dict[str, Any], cause: str) -> None:
    assert cause_of(named, {"causes": [{"id": named, "confidence": confidence}]}, [kept]) == cause
