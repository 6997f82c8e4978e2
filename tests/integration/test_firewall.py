"""windefend.maps.firewall_rule and firewall_info through real ansible-playbook runs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
RULE: dict[str, Any] = {
    "name": "windefend.maps MAPS",
    "service": "WinDefend",
    "protocol": "tcp",
    "remote_ports": ["443", "8000-8100"],
    "remote_addresses": ["10.0.0.5", "192.168.0.0/16"],
    "profiles": ["domain", "private"],
    "description": "to MAPS",
}
MSMPENG = r"C:\Program Files\Windows Defender\MsMpEng.exe"


def rules(fleet: SimulatedFleet, name: str) -> list[str]:
    values = fleet.machines["pc"].registry.key(LOCAL).values.values()
    return [str(value.data) for value in values if f"|Name={name}|" in str(value.data)]


def test_add_correct_and_delete(host: SimulatedFleet) -> None:
    original = host.state("pc")["registry"]
    added = host.module("firewall_rule", "--diff", **RULE).of("it")
    assert added["changed"]
    assert added["before"] == []
    assert len(rules(host, RULE["name"])) == 1
    assert not host.module("firewall_rule", **RULE).of("it")["changed"]

    corrected = host.module("firewall_rule", **{**RULE, "remote_ports": ["443"], "enabled": False}).of("it")
    assert corrected["changed"]
    assert corrected["before"][0]["remote_ports"] == ["443", "8000-8100"]
    (rule,) = rules(host, RULE["name"])
    assert "Active=FALSE" in rule
    assert "8000-8100" not in rule

    assert host.module("firewall_rule", name=RULE["name"], state="absent").of("it")["changed"]
    assert not host.module("firewall_rule", name=RULE["name"], state="absent").of("it")["changed"]
    assert host.state("pc")["registry"] == original


def test_duplicates_become_one(host: SimulatedFleet) -> None:
    host.module("firewall_rule", **RULE)
    registry = host.machines["pc"].registry
    (rule,) = rules(host, RULE["name"])
    registry.set_text(LOCAL, "{00000000-0000-0000-0000-00000000000A}", rule)
    registry.set_text(LOCAL, "{00000000-0000-0000-0000-00000000000B}", rule.replace("443", "80"))
    result = host.module("firewall_rule", **RULE).of("it")
    assert result["changed"]
    assert len(result["before"]) == 3
    assert len(rules(host, RULE["name"])) == 1


def test_names_count_without_regard_to_case(host: SimulatedFleet) -> None:
    host.module("firewall_rule", **RULE)
    host.module("firewall_rule", **{**RULE, "name": "WINDEFEND.maps maps"})
    assert len(rules(host, RULE["name"]) + rules(host, "WINDEFEND.maps maps")) == 1


def test_japanese_names(start_fleet: Any) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": "ja"}]})
    rule = {**RULE, "name": "防御 MAPS", "description": "クラウド保護"}
    assert fleet.module("firewall_rule", **rule).of("it")["changed"]
    assert not fleet.module("firewall_rule", **rule).of("it")["changed"]
    assert fleet.module("firewall_rule", name="防御 MAPS", state="absent").of("it")["changed"]


def test_rules_of_others_are_not_touched(host: SimulatedFleet) -> None:
    registry = host.machines["pc"].registry
    inbound = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|Name=windefend.maps MAPS|"
    registry.set_text(LOCAL, "{A}", inbound)
    host.module("firewall_rule", **RULE)
    host.module("firewall_rule", name=RULE["name"], state="absent")
    assert rules(host, RULE["name"]) == [inbound]

    block = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Name=windefend.maps MAPS|"
    registry.set_text(LOCAL, "{B}", block)
    assert host.module("firewall_rule", **RULE).of("it")["changed"]
    run = host.module("firewall_rule", **{**RULE, "remote_ports": ["80"]})
    assert run.kind("it") == "failed"
    assert "somebody else" in run.of("it")["msg"]
    assert block in rules(host, RULE["name"])


def test_check_mode_changes_no_byte(host: SimulatedFleet) -> None:
    before = host.state("pc")
    assert host.module("firewall_rule", "--check", **RULE).of("it")["changed"]
    assert host.state("pc") == before


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"name": "all"}, "'all' is rejected"),
        ({"name": "ALL", "state": "absent"}, "'all' is rejected"),
        ({"name": " All "}, "'all' is rejected"),
        ({"name": ""}, "name"),
        ({"name": "a|Action=Allow"}, "name"),
        ({"name": 'a"b'}, "name"),
        ({"name": "%PATH%"}, "name"),
        ({"name": "x", "remote_ports": ["443"]}, "remote_ports"),
        ({"name": "x", "remote_ports": ["443"], "protocol": "any"}, "remote_ports"),
        ({"name": "x", "remote_ports": ["0"], "protocol": "tcp"}, "remote_ports"),
        ({"name": "x", "remote_ports": ["90-80"], "protocol": "tcp"}, "remote_ports"),
        ({"name": "x", "remote_ports": ["https"], "protocol": "tcp"}, "remote_ports"),
        ({"name": "x", "protocol": "icmp"}, "protocol"),
        ({"name": "x", "profiles": ["work"]}, "profiles"),
        ({"name": "x", "program": "MsMpEng.exe"}, "program"),
    ],
)
def test_refused_before_anything_is_sent(host: SimulatedFleet, arguments: dict[str, Any], names: str) -> None:
    run = host.module("firewall_rule", **arguments)
    assert run.kind("it") == "failed"
    assert names in run.of("it")["msg"]
    assert host.machines["pc"].log == []


@pytest.mark.parametrize(
    ("scenario", "verdict", "decided_by", "store"),
    [
        ("healthy", "allowed", "default", "local"),
        ("outbound_block", "blocked", "default", "local"),
        ("local_block_rule", "blocked", "rule", "local"),
        ("gpo_block_rule", "blocked", "rule", "policy"),
    ],
)
def test_verdict(start_fleet: Any, scenario: str, verdict: str, decided_by: str, store: str) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": scenario}]})
    before = fleet.state("pc")
    image = fleet.machines["pc"].registry.text(r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend", "ImagePath")
    result = fleet.module("firewall_info", program=image.strip('"'), service="WinDefend").of("it")
    assert result["verdict"] == verdict, result
    profile = result["profiles"]["domain"]
    assert profile["decided_by"] == decided_by
    if decided_by == "rule":
        assert profile["store"] == store
        assert profile["rule_name"]
    assert fleet.state("pc") == before


def test_a_policy_blocks_private_networks_below_its_own_key(host: SimulatedFleet) -> None:
    """In a policy DefaultOutboundAction of private networks lies below PrivateProfile, not StandardProfile."""
    registry = host.machines["pc"].registry
    registry.set_dword(r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\PrivateProfile", "DefaultOutboundAction", 1)
    result = host.module("firewall_info", program=MSMPENG, service="WinDefend").of("it")
    assert result["verdict"] == "depends_on_profile"
    assert result["profiles"]["private"]["allowed"] is False


def test_ten_thousand_rules_are_filtered_on_the_host(host: SimulatedFleet) -> None:
    registry = host.machines["pc"].registry
    for number in range(10000):
        rule = f"v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|App=C:\\app{number}.exe|Name=rule {number}|"
        registry.set_text(LOCAL, f"{{{number:08X}}}", rule)
    result = host.module("firewall_info", program=MSMPENG, service="WinDefend").of("it")
    assert result["verdict"] == "allowed"
    assert result["rules_considered"] < 100


def test_too_large_is_said_and_not_guessed(host: SimulatedFleet) -> None:
    registry = host.machines["pc"].registry
    for number in range(3000):
        rule = f"v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|Svc=WinDefend|Name=rule {number}|"
        registry.set_text(LOCAL, f"{{{number:08X}}}", rule)
    result = host.module("firewall_info", program=MSMPENG, service="WinDefend", max_bytes=50000).of("it")
    assert result["too_large"]
    assert result["verdict"] == "unknown"
