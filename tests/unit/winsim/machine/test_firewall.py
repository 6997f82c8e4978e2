"""Rule strings without loss, and the firewall's verdict on an outgoing connection."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.winsim.machine import firewall
from ansible_collections.windefend.maps.winsim.machine.builder import build
from ansible_collections.windefend.maps.winsim.machine.firewall_rule import Rule
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from hypothesis import given, strategies as st

ENGINE = r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.1-0\MsMpEng.exe"
SVCHOST = r"C:\Windows\System32\svchost.exe"
PART = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), max_size=20)


@pytest.fixture
def machine() -> Machine:
    return build("PC1")


def put(machine: Machine, text: str, store: str = "local") -> None:
    key = f"{firewall.STORES[store]}\\FirewallRules"
    machine.registry.set_text(key, f"r{len(machine.registry.create(key).values)}", text)


def ask(machine: Machine, port: int = 443, address: str | None = None) -> firewall.Verdict:
    return firewall.verdict(machine, ENGINE, "WinDefend", 6, port, address)


@pytest.mark.parametrize(
    "text",
    [
        "v2.30|Action=Block|Active=TRUE|Dir=In|App=System|Name=@a.dll,-1|TTK2_27=UPnP|RA4=LocalSubnet|Profile=Domain|",
        "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Name=left|Desc=left|Defer=User|0",
        "v2.33|Action=Allow|Active=TRUE|Dir=In|LPort2_10=IPTLSIn|LPort2_10=IPHTTPSIn|Name=x|Desc=|EmbedCtxt=|",
        "v2.33|Name=a=b|",
        "v2.0|",
    ],
)
def test_rules_are_printed_back_byte_for_byte(text: str) -> None:
    rule = Rule.parse(text)
    assert rule is not None
    assert rule.text == text


@pytest.mark.parametrize("text", ["BlockCortana|Action=Block|Active=TRUE|Dir=Out|", "", "v2.31", "v1.0|Action=Block|"])
def test_values_that_are_no_rules_are_ignored(text: str) -> None:
    assert Rule.parse(text) is None


@given(st.integers(0, 99), st.lists(PART, min_size=1, max_size=12))
def test_round_trip(minor: int, parts: list[str]) -> None:
    text = "|".join((f"v2.{minor}", *parts))
    rule = Rule.parse(text)
    assert rule is not None
    assert rule.text == text


def test_outbound_is_allowed_by_default(machine: Machine) -> None:
    assert ask(machine) == firewall.Verdict(True, "default")


def test_blocked_default_of_the_active_profile_only(machine: Machine) -> None:
    machine.registry.set_dword(firewall.LOCAL_KEY + r"\StandardProfile", "DefaultOutboundAction", 1)
    assert ask(machine).allowed
    machine.network.profile = "private"
    assert ask(machine) == firewall.Verdict(False, "default", "local")
    machine.registry.set_dword(firewall.LOCAL_KEY + r"\StandardProfile", "EnableFirewall", 0)
    assert ask(machine) == firewall.Verdict(True, "off", "local")


def test_policy_decides_over_the_machines_own_setting(machine: Machine) -> None:
    machine.registry.set_dword(firewall.LOCAL_KEY + r"\DomainProfile", "DefaultOutboundAction", 0)
    machine.registry.set_dword(firewall.POLICY_KEY + r"\DomainProfile", "DefaultOutboundAction", 1)
    assert ask(machine) == firewall.Verdict(False, "default", "policy")


def test_block_beats_allow_whatever_the_store(machine: Machine) -> None:
    put(machine, "v2.31|Action=Allow|Active=TRUE|Dir=Out|Name=a|", "policy")
    assert ask(machine).store == "policy"
    put(machine, "v2.31|Action=Block|Active=TRUE|Dir=Out|Svc=windefend|Name=b|")
    answer = ask(machine)
    assert (answer.allowed, answer.reason, answer.store) == (False, "rule", "local")
    assert answer.rule is not None
    assert answer.rule.name == "b"


@pytest.mark.parametrize("store", ["policy", "mdm"])
def test_policy_may_switch_local_rules_off(machine: Machine, store: str) -> None:
    put(machine, "v2.31|Action=Block|Active=TRUE|Dir=Out|Name=b|")
    assert not ask(machine).allowed
    machine.registry.set_dword(firewall.STORES[store] + r"\DomainProfile", "AllowLocalPolicyMerge", 0)
    assert ask(machine).allowed


def test_a_management_services_rule_counts(machine: Machine) -> None:
    put(machine, "v2.31|Action=Block|Active=TRUE|Dir=Out|Name=b|", "mdm")
    assert ask(machine).store == "mdm"


@pytest.mark.parametrize(
    ("fields", "blocks"),
    [
        ("", True),
        ("Protocol=6|RPort=443|", True),
        ("Protocol=17|RPort=443|", False),
        ("Protocol=256|", True),
        ("Protocol=6|RPort=80|RPort=443|", True),
        ("Protocol=6|RPort=80|RPort2_10=400-500|", True),
        ("Protocol=6|RPort2_10=444-500|", False),
        ("Protocol=6|RPort2_10=IPHTTPSOut|", False),
        ("Protocol=6|LPort2_10=49152-65535|", True),
        ("Protocol=6|LPort=50000|", False),
        ("Profile=Domain|Profile=Public|", True),
        ("Profile=Private|", False),
        (r"App=%ProgramData%\Microsoft\Windows Defender\Platform\4.18.1-0\msmpeng.EXE|", True),
        (r"App=%ProgramData%\Microsoft\Windows Defender\Platform\4.18.2-0\MsMpEng.exe|", False),
        ("App=System|", False),
        ("Svc=WINDEFEND|", True),
        ("Svc=*|", True),
        ("Svc=CryptSvc|", False),
        ("RA4=10.0.0.0/255.0.0.0|", False),
        ("RA42=IntErnet|", False),
        ("RA4=0.0.0.0-255.255.255.255|", True),
        ("RA4=LocalSubnet|RA4=0.0.0.0/0|", True),
        ("RA6=::/0|", False),
        ("LA4=10.1.1.1|", False),
        ("IFType=Wireless|", False),
        ("IFType=Wireless|IFType=Lan|", True),
        ("LUOwn=S-1-5-21-1-2-3-1000|", False),
        ("AppPkgId=S-1-15-2-1|", False),
        ("Platform=2:6:2|Platform2=GTEQ|", True),
    ],
)
def test_what_a_rule_speaks_of(machine: Machine, fields: str, blocks: bool) -> None:
    put(machine, f"v2.31|Action=Block|Active=TRUE|Dir=Out|{fields}Name=x|")
    assert ask(machine).allowed is not blocks


@pytest.mark.parametrize("head", ["Active=FALSE|Dir=Out", "Active=TRUE|Dir=In", "Dir=Out"])
def test_rules_that_are_off_or_inbound_do_nothing(machine: Machine, head: str) -> None:
    put(machine, f"v2.31|Action=Block|{head}|Name=x|")
    put(machine, "Mine|Action=Block|Active=TRUE|Dir=Out|Name=x|")
    assert ask(machine).allowed


@pytest.mark.parametrize(
    ("fields", "address", "blocks"),
    [
        ("RA4=203.0.113.7", "203.0.113.7", True),
        ("RA4=203.0.113.0/255.255.255.0", "203.0.113.7", True),
        ("RA4=203.0.113.1-203.0.113.6", "203.0.113.7", False),
        ("RA42=IntErnet", "8.8.8.8", True),
        ("RA42=IntErnet", "10.0.0.1", False),
        ("RA4=LocalSubnet", "10.0.0.1", False),
        ("RA6=2001:db8::/32", "2001:db8::1", True),
        ("RA4=0.0.0.0/0", "2001:db8::1", False),
    ],
)
def test_addresses_where_one_is_known(machine: Machine, fields: str, address: str, blocks: bool) -> None:
    put(machine, f"v2.31|Action=Block|Active=TRUE|Dir=Out|{fields}|Name=x|")
    assert ask(machine, address=address).allowed is not blocks


def test_a_service_rule_for_svchost_may_miss_its_service(machine: Machine) -> None:
    put(machine, r"v2.31|Action=Block|Active=TRUE|Dir=Out|App=%SystemRoot%\system32\svchost.exe|Svc=CryptSvc|Name=x|")
    assert not firewall.verdict(machine, SVCHOST, "CryptSvc", 6, 80).allowed
    assert firewall.verdict(machine, SVCHOST, "wuauserv", 6, 80).allowed
    assert firewall.verdict(machine, SVCHOST, "", 6, 80).allowed
    machine.network.svchost_service_rules_match = False
    assert firewall.verdict(machine, SVCHOST, "CryptSvc", 6, 80).allowed


def test_new_rules_get_guids_that_follow_from_the_machine() -> None:
    rule = Rule.build("v2.31", [("Name", "x")])
    first, twin, other = build("PC1"), build("PC1"), build("PC2")
    names = [firewall.add_rule(first, rule), firewall.add_rule(first, rule)]
    assert names == [firewall.add_rule(twin, rule), firewall.add_rule(twin, rule)]
    assert len({*names, firewall.add_rule(other, rule)}) == 3
    assert firewall.rule_version(20348) == "v2.31"
