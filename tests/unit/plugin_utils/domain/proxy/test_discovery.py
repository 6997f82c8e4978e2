"""DisableWpad: named where a proxy was to be discovered, and warned of before discovery is asked for."""

from __future__ import annotations

import time

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import Validation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import ProxySettings, change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import AssessmentRequest, assess
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine import proxy_stores


def test_the_diagnosis_says_why_nothing_is_discovered() -> None:
    request = AssessmentRequest(Validation("auto", 60.0, RunIdentity("run", time.time())))
    found = run_operation(SimulatedHost(machine("wpad_disabled")), assess(request))
    assert found["cause"] == "winhttp_proxy_missing"
    said = "the machine's Internet settings only ask for discovery on the network (WPAD), which DisableWpad turns off"
    assert any(said in one for one in found["evidence"]), found["evidence"]


@pytest.mark.parametrize(
    ("disabled", "wanted", "warned"),
    [
        (1, ProxySettings(auto_detect=True), True),
        (0, ProxySettings(auto_detect=True), False),
        (1, ProxySettings("p.example:8080", "p.example:8080"), False),
    ],
)
def test_discovery_that_has_no_effect_is_warned_of(disabled: int, wanted: ProxySettings, warned: bool) -> None:
    on = machine(os="windows_11_23h2")
    on.registry.set_dword(proxy_stores.WINHTTP_KEY, "DisableWpad", disabled)
    warnings: list[str] = []
    result = run_operation(SimulatedHost(on), change.configure(wanted, "advanced", check_mode=False), warnings)
    assert result["changed"]
    assert proxy_stores.read_advanced(on).auto_detect is wanted.auto_detect
    assert [("DisableWpad is 1" in one, "auto_detect has no effect" in one) for one in warnings] == [
        (True, True)
    ] * warned
