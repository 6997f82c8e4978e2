"""`remediate_cloud_protection`: MAPS that is switched off, as it is or as a fault; and healthy hosts with cautions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._report.numbers import numbers
from ansible_collections.windefend.maps.tests.support.remediation import NOW, PromptHost, changed, repair, state
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine.builder import filetime
from ansible_collections.windefend.maps.winsim.machine.defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

SPYNET, OWN = POLICY_KEY + r"\Spynet", STATE_KEY + r"\Spynet"
REQUIRED = {"probe": "never", "cloud_protection": "required"}
ROOTS = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"


def off_by(key: str, name: str, scenario: str = "healthy") -> Machine:
    on = machine(scenario)
    on.registry.set_dword(key, name, 0)
    return on


def fresh() -> Machine:
    """A healthy machine whose signatures are those of the day."""
    on = machine()
    now = dt.datetime.fromtimestamp(NOW, dt.UTC)
    on.registry.set(STATE_KEY + r"\Signature Updates", "SignaturesLastUpdated", ValueType.BINARY, filetime(now))
    return on


def test_as_it_is_such_a_host_is_not_applicable() -> None:
    on = off_by(OWN, "SpyNetReporting")
    before = state(on)
    assert repair(PromptHost(on), {"probe": "never"})["report"]["outcome"] == "not_applicable"
    assert changed(before, on) == []


def test_where_it_is_required_and_nobodys_policy_it_is_turned_on() -> None:
    """A6."""
    on = off_by(OWN, "SpyNetReporting")
    samples = on.registry.get(SPYNET, "SubmitSamplesConsent"), on.registry.get(OWN, "SubmitSamplesConsent")
    report = repair(PromptHost(on), REQUIRED)["report"]
    assert (report["outcome"], [one["id"] for one in report["steps"]]) == ("repaired", ["maps_on"])
    assert on.registry.number(SPYNET, "SpynetReporting") == 2
    assert (on.registry.get(SPYNET, "SubmitSamplesConsent"), on.registry.get(OWN, "SubmitSamplesConsent")) == samples


def test_what_else_is_wrong_is_repaired_after_it() -> None:
    on = off_by(OWN, "SpyNetReporting", "no_winhttp_proxy_72f8f")
    report = repair(PromptHost(on), REQUIRED)["report"]
    assert report["outcome"] == "repaired"
    assert [one["id"] for one in report["steps"]] == ["maps_on", "winhttp_proxy"]


def test_in_check_mode_it_is_planned() -> None:
    on = off_by(OWN, "SpyNetReporting")
    before = state(on)
    report = repair(PromptHost(on), REQUIRED, check_mode=True)["report"]
    assert (report["outcome"], report["steps"][0]["id"]) == ("planned", "maps_on")
    assert changed(before, on) == []


@pytest.mark.parametrize(
    ("key", "name", "owner"),
    [
        (SPYNET, "SpynetReporting", "the policy key"),
        (MANAGER_KEY, "AllowCloudProtection", "Policy Manager (Intune)"),
    ],
)
def test_what_a_policy_owner_turned_off_is_left_to_that_owner(key: str, name: str, owner: str) -> None:
    on = off_by(key, name)
    before = state(on)
    report = repair(PromptHost(on), REQUIRED)["report"]
    assert (report["outcome"], report["steps"]) == ("not_repairable", [])
    assert owner in report["reason"]
    assert [one["who"] for one in report["next"]] == ["the owner of Defender's settings"]
    assert changed(before, on) == []


def test_a_policy_that_lets_the_own_value_go_first_is_an_owner_too() -> None:
    on = off_by(OWN, "SpyNetReporting")
    on.registry.set_dword(SPYNET, "LocalSettingOverrideSpynetReporting", 1)
    assert repair(PromptHost(on), REQUIRED)["report"]["outcome"] == "not_repairable"


def test_tamper_protection_is_named_and_nothing_is_written() -> None:
    on = off_by(OWN, "SpyNetReporting")
    on.registry.set_dword(STATE_KEY + r"\Features", "TamperProtection", 5)
    report = repair(PromptHost(on), REQUIRED)["report"]
    assert (report["outcome"], report["steps"]) == ("not_repairable", [])
    assert "Tamper protection is on" in report["reason"]
    assert [one["module"] for one in report["next"]] == [""], "a module would be rejected"


def test_a_healthy_host_with_a_fault_to_come_is_healthy_with_cautions() -> None:
    """A9: DisableRootAutoUpdate 1 alone."""
    fine, frozen = fresh(), fresh()
    frozen.registry.set_dword(ROOTS, "DisableRootAutoUpdate", 1)
    reports: dict[str, Any] = {
        name: repair(PromptHost(on), {"probe": "never"})["report"] for name, on in (("fine", fine), ("frozen", frozen))
    }
    assert [one["outcome"] for one in reports.values()] == ["healthy", "healthy"]
    assert "Root certificates are frozen" in reports["frozen"]["reason"]
    counted = numbers(reports)
    assert (counted["healthy_with_cautions"], counted["latent"]) == (1, {"roots_frozen": 1})


def test_roots_from_a_server_of_the_company_are_not_frozen() -> None:
    on = fresh()
    on.registry.set_dword(ROOTS, "DisableRootAutoUpdate", 1)
    key = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
    on.registry.set_text(key, "RootDirUrl", "http://lists.corp.example/ctl")
    assert repair(PromptHost(on), {"probe": "never"})["report"]["before"]["latent"] == []


def test_loosening_is_not_tried_where_the_proxy_service_is_disabled() -> None:
    """Expert E3: loosening was offered there."""
    on = machine("proxy_service_disabled")
    before = state(on)
    report = repair(PromptHost(on), {"ssl_options_workaround": "no_revocation"})["report"]
    assert (report["outcome"], report["cause"], report["steps"]) == ("not_repairable", "proxy_service_off", [])
    assert changed(before, on) == []
