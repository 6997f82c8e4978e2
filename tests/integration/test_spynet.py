"""windefend.maps.spynet through real ansible-playbook runs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.snapshot import difference

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def stored(fleet: SimulatedFleet, name: str = "SSLOptions") -> Any:
    return fleet.machines["pc"].registry.data(POLICY, name)


def test_switches_keep_the_other_bit(host: SimulatedFleet) -> None:
    loosened = host.module("spynet", "--diff", revocation_check=False).of("it")
    assert loosened["changed"]
    assert (loosened["before"]["ssl_options"], loosened["after"]["ssl_options"]) == (None, 2)
    assert loosened["changed_values"] == ["SSLOptions"]
    assert any("revocation check" in warning for warning in loosened["warnings"])
    assert stored(host) == 2

    assert not host.module("spynet", revocation_check=False).of("it")["changed"]
    assert host.module("spynet", certificate_pinning=False).of("it")["after"]["ssl_options"] == 0
    back = host.module("spynet", revocation_check=True).of("it")
    assert back["after"]["ssl_options"] == 1
    assert not any("turns off" in warning for warning in back.get("warnings", []))
    assert host.module("spynet", ssl_options=3).of("it")["after"]["ssl_options"] == 3
    assert stored(host) == 3


def test_the_default_is_not_written_where_nothing_is(host: SimulatedFleet) -> None:
    before = host.state("pc")
    result = host.module("spynet", ssl_options=3).of("it")
    assert not result["changed"]
    assert host.state("pc") == before


def test_absent_gives_the_named_values_back(host: SimulatedFleet) -> None:
    original = host.state("pc")
    host.module("spynet", ssl_options=2, reporting="basic", submit_samples="never")
    assert (stored(host, "SpynetReporting"), stored(host, "SubmitSamplesConsent")) == (1, 2)
    result = host.module("spynet", state="absent", names=["ssl_options"]).of("it")
    assert result["restored_to_default"] == ["SSLOptions"]
    assert stored(host) is None
    assert stored(host, "SpynetReporting") == 1
    host.module("spynet", state="absent", names=["reporting", "submit_samples"])
    assert not host.module("spynet", state="absent", names=["reporting", "submit_samples"]).of("it")["changed"]
    values = [line for line in difference(original, host.state("pc")) if ": added {}" not in line]
    assert values == [], "only the empty policy key may be left"


def test_check_mode_changes_no_byte(host: SimulatedFleet) -> None:
    before = host.state("pc")
    result = host.module("spynet", "--check", "--diff", ssl_options=0, reporting="off").of("it")
    assert result["changed"]
    assert result["diff"]["after"]["ssl_options"] == 0
    assert host.state("pc") == before


def test_a_policy_value_of_unknown_author_is_told(host: SimulatedFleet) -> None:
    host.machines["pc"].registry.set_dword(POLICY, "SSLOptions", 1)
    result = host.module("spynet", ssl_options=2).of("it")
    assert any("unknown who wrote it" in warning for warning in result["warnings"])


def test_tamper_protection_is_named(host: SimulatedFleet) -> None:
    machine = host.machines["pc"]
    machine.defender.tamper_protection = True
    machine.registry.set_dword(r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features", "TamperProtection", 5)
    before = host.state("pc")
    refused = host.module("spynet", reporting="off")
    assert refused.kind("it") == "failed"
    assert "tamper protection is on" in refused.of("it")["msg"]
    assert host.state("pc")["registry"] == before["registry"]
    written = host.module("spynet", ssl_options=2).of("it")
    assert any("tamper protection is on" in warning for warning in written["warnings"])


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"ssl_options": 4}, "ssl_options"),
        ({"ssl_options": -1}, "ssl_options"),
        ({"ssl_options": 2, "revocation_check": True}, "mutually exclusive"),
        ({}, "state=present requires"),
        ({"state": "absent"}, "names"),
        ({"state": "absent", "names": ["SSLOptions"]}, "names"),
        ({"state": "absent", "names": ["ssl_options"], "reporting": "off"}, "state=absent"),
        ({"names": ["ssl_options"], "ssl_options": 2}, "names requires state=absent"),
        ({"reporting": "loud"}, "reporting"),
    ],
)
def test_refused_before_anything_is_sent(host: SimulatedFleet, arguments: dict[str, Any], names: str) -> None:
    run = host.module("spynet", **arguments)
    assert run.kind("it") == "failed"
    assert names in run.of("it")["msg"]
    assert host.machines["pc"].log == []
