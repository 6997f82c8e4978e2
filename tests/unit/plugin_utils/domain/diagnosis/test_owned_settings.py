"""Settings that others own: baselines, Intune and controlled configuration in the diagnosis, and latent faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import Standing
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import from_results
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import appraise
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ownership import Management
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Route
from ansible_collections.windefend.maps.tests.support import operations
from ansible_collections.windefend.maps.tests.support.observations import BROKEN, PROXY, routed
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.builder import CONTROLLED_PLATFORM
from ansible_collections.windefend.maps.winsim.machine.defender import POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.services import SERVICES_KEY

MANAGER = POLICY_KEY + r"\Policy Manager"
SPYNET = POLICY_KEY + r"\Spynet"
SERVICE = f"{SERVICES_KEY}\\WinHttpAutoProxySvc"
FAILED = {"connected": False, "hresult": "0x80072F8F", "httpcore": 451}


def read(on: Machine) -> dict[str, Any]:
    host = SimulatedHost(on)
    found: dict[str, Any] = plain(run_operation(host, host_reading.read()))
    assert len(host.lines) == 1
    assert host.unknown == []
    return found


def observed(on: Machine, validation: dict[str, Any] | None = None) -> Observation:
    return observe(read(on), validation)


# --- The auto-proxy service -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("hresult", [0x80072F8F, 0x80070006, 0x80072EE2])
def test_a_disabled_proxy_service_is_a_cause_of_its_own(hresult: int) -> None:
    """Expert E3: such a host was told to ask the proxy team for its revocation lists."""
    found = diagnose(replace(BROKEN, hresult=hresult, auto_proxy_off=True, server=False, build=26100, **PROXY))
    assert (found.cause, found.confidence) == ("proxy_service_off", "likely")
    assert "the owner of the hardening baseline" in found.summary
    hardening = found.causes[0].hardening
    assert hardening is not None
    assert [one["name"] for one in hardening.controls if one["demands"]] == ["CIS 5.37 (L2)"]
    assert "DisableWpad 1" in hardening.exception_request
    assert not any(one.id == "crl_unreachable" and one.confidence == "likely" for one in found.causes)


def test_without_a_proxy_the_service_is_no_cause() -> None:
    found = appraise(replace(BROKEN, auto_proxy_off=True))
    assert found["proxy_service_off"].verdict == "excluded"
    own = replace(BROKEN, auto_proxy_off=True, **routed(Route("p:8080", "defender"), Route("", "none")))
    assert appraise(own)["proxy_service_off"].verdict == "excluded"


def test_what_is_not_known_of_the_service_names_no_cause() -> None:
    assert appraise(replace(BROKEN, auto_proxy_off=None, **PROXY))["proxy_service_off"].verdict == "unknown"


@pytest.mark.parametrize(
    ("start", "state", "off"), [(3, "STOPPED", False), (4, "STOPPED", True), (4, "RUNNING", False)]
)
def test_a_service_that_only_rests_is_not_off(start: int, state: str, off: bool) -> None:
    on = machine()
    service = on.services.running["winhttpautoproxysvc"]
    service.state = type(service.state)[state]
    on.registry.set_dword(SERVICE, "Start", start)
    assert read(on)["proxy"]["auto_proxy_service"]["off"] is off


def test_an_odd_start_type_costs_that_value_only() -> None:
    on = machine()
    on.registry.set_text(SERVICE, "Start", "often")
    found = read(on)
    assert found["proxy"]["auto_proxy_service"]["off"] is None
    assert found["proxy"]["winhttp"]["direct"] is True
    assert observe(found).auto_proxy_off is None


# --- Who owns a setting ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manager", "policy", "own", "off"),
    [(0, None, 2, True), (1, None, 0, False), (0, 2, 2, False), (1, 0, 2, True), (None, None, 0, True)],
)
def test_intunes_value_counts_where_the_policy_key_has_none(
    manager: int | None, policy: int | None, own: int, off: bool
) -> None:
    on = machine()
    on.registry.set_dword(STATE_KEY + r"\Spynet", "SpyNetReporting", own)
    for key, name, value in ((MANAGER, "AllowCloudProtection", manager), (SPYNET, "SpynetReporting", policy)):
        if value is not None:
            on.registry.set_dword(key, name, value)
    assert observed(on).reporting_off is off


@pytest.mark.parametrize(("manager", "policy", "off"), [(1, 0, None), (0, 0, True), (1, 2, None)])
def test_stores_that_differ_leave_it_open_where_the_policy_may_be_ignored(
    manager: int, policy: int, off: bool | None
) -> None:
    on = machine(platforms=[CONTROLLED_PLATFORM])
    on.registry.set_dword(MANAGER, "AllowCloudProtection", manager)
    on.registry.set_dword(SPYNET, "SpynetReporting", policy)
    assert observed(on).reporting_off is off


@pytest.mark.parametrize(("platforms", "ignored"), [([CONTROLLED_PLATFORM], True), (["4.18.25050.5-0"], False)])
def test_a_stored_value_that_did_not_take_effect_is_named(platforms: list[str], ignored: bool) -> None:
    """A5: SSLOptions 2 is stored, and MAPS fails as with the checks on."""
    on = machine(platforms=platforms)
    on.registry.set_dword(MANAGER, "AllowCloudProtection", 1)
    on.registry.set_dword(SPYNET, "SSLOptions", 2)
    seen = observed(on, FAILED)
    found = diagnose(seen)
    assert any("controlled configuration" in one for one in found.cautions) is ignored
    assert (appraise(seen)["crl_unreachable"].verdict == "excluded") is not ignored


def test_a_baseline_that_turned_maps_off_is_named_with_an_exception_request() -> None:
    """A6: CIS 18.10.43.5.2."""
    on = machine("maps_off", os="windows_server_2022")
    found = diagnose(observed(on, FAILED))
    assert found.cause == "maps_off"
    hardening = found.causes[0].hardening
    assert hardening is not None
    assert hardening.controls[0]["name"] == "CIS 18.10.43.5.2 (L2)"
    assert any("CIS 18.10.43.5.2 (L2)" in one for one in found.cautions)
    japanese = diagnose(observed(on, FAILED), "ja").causes[0].hardening
    assert japanese is not None
    assert "例外を申請する項目" in japanese.exception_request
    owner = next(one for one in found.owners if one.setting == "SpynetReporting")
    assert (owner.in_force, owner.writers[0], owner.undone_by) == ("policy", "group_policy", ("group_policy",))


def test_maps_that_is_off_in_the_products_own_key_is_no_baselines_work() -> None:
    on = machine()
    on.registry.set_dword(STATE_KEY + r"\Spynet", "SpyNetReporting", 0)
    found = diagnose(observed(on, FAILED))
    assert found.cause == "maps_off"
    assert found.causes[0].hardening is None


def test_owners_of_windows_settings_are_shown_with_the_others() -> None:
    on = machine("healthy_behind_proxy")
    on.registry.set_dword(r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot", "DisableRootAutoUpdate", 1)
    validation = operations.validation(run_as="current", timeout=5, identity=RunIdentity("x", 0.0))
    seen: dict[str, Any] = plain(run_operation(SimulatedHost(on), validation))
    owners = {one["setting"]: one for one in seen["owners"]}
    assert owners["DisableRootAutoUpdate"]["stores"] == {"policy": 1, "policy_manager": None, "own": None}
    assert owners["DisableRootAutoUpdate"]["undone_by"] == ["group_policy"]
    assert owners["WinHttpSettings"]["stores"]["own"] == "proxy.corp.example:3128"
    again = {one.setting: one for one in observe(read(on), seen).all_owners}
    assert (again["DisableRootAutoUpdate"].in_force, again["WinHttpSettings"].in_force) == ("policy", "own")


# --- Latent faults --------------------------------------------------------------------------------------------------

HEALTHY = replace(BROKEN, connected=True, hresult=None, http_code=None)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, []),
        ({"standing": Standing(True, 1.0)}, ["roots_frozen"]),
        ({"standing": Standing(None, None)}, []),
        ({"standing": Standing(False, 168.0)}, []),
        ({"standing": Standing(False, 169.0)}, ["signatures_old"]),
        ({"ssl_options": 2}, ["checks_loosened"]),
        ({"clock_skew": -301.0}, ["clock_drifting"]),
        ({"clock_skew": 300.0}, []),
        ({"clock_skew": None}, []),
        ({"auto_proxy_off": True}, ["proxy_service_off"]),
        ({"auto_proxy_off": None}, []),
    ],
)
def test_a_healthy_host_with_a_latent_fault(changes: dict[str, Any], names: list[str]) -> None:
    """A9: with DisableRootAutoUpdate 1 such a host was told that there is nothing to do."""
    found = diagnose(replace(HEALTHY, **changes))
    assert (found.cause, found.confidence) == ("none", "certain")
    assert [one.id for one in found.latent] == names
    assert [one.text for one in found.latent] == list(found.cautions)
    assert ("No action is needed" in found.message) is not names


def endpoint_info(delivered: bool, *dates: str, tls: bool = True) -> dict[str, Any]:
    """A result in which TLS stands, and a list comes or not."""
    crl = "http://crl.microsoft.com/pki/crl/products/MicRooCerAut2011_2011_03_22.crl"
    maps = {"url": "https://wdcp.microsoft.com/", "way_certain": True, "reachable": True, "tls": tls, "status": 404}
    came = {"reachable": True, "status": 200} if delivered else {"reachable": False, "failure": "timeout"}
    return {
        "curl": {"present": True, "schannel": True},
        "run_as": "system",
        "endpoints": [maps],
        "revocation": {
            "lists": [{"url": crl, "way_certain": True, **came}],
            "certutil": {"next_updates": list(dates)},
        },
    }


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (endpoint_info(False, "12/8/2026 8:56 AM"), "until they expire (12/8/2026 8:56 AM)"),
        (endpoint_info(False), "on a date that was not shown"),
        (endpoint_info(True, "12/8/2026 8:56 AM"), ""),
        (endpoint_info(False, "12/8/2026 8:56 AM", tls=False), ""),
    ],
)
def test_a_host_that_passes_from_its_cache(result: dict[str, Any], said: str) -> None:
    """Expert M10: a host whose lists are blocked passes for days, and then fails; the date is in what was read."""
    found = diagnose(replace(HEALTHY, probed=from_results.probed(result)))
    assert found.cause == "none"
    assert [one.id for one in found.latent] == (["lists_from_cache"] if said else [])
    assert said in found.message
    japanese = diagnose(replace(HEALTHY, probed=from_results.probed(result)), "ja")
    assert ("CRL をダウンロードできません" in japanese.message) is bool(said)


def test_a_host_that_fails_has_causes_and_no_latent_faults() -> None:
    assert diagnose(replace(BROKEN, ssl_options=2, management=Management())).latent == ()
