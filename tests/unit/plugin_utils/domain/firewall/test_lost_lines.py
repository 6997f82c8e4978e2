"""The filter on the host loses no rule silently: what it may have lost is not known, and is no proof of anything."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.verdict import (
    Subject,
    firewall_info,
    lines_lost,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import HostError, RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.firewall import LOCAL_KEY, LONG_RULE, rules
from ansible_collections.windefend.maps.winsim.machine.model import Machine

RULES = f"{LOCAL_KEY}\\FirewallRules"
PLATFORM = r"C:\ProgramData\Microsoft\Windows Defender\Platform"
IDENTITY = RunIdentity("windefend-maps-1-ab", 0.0)
SHORT = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|Svc=WinDefend|Name=Short|"


def with_rule(text: str, scenario: str = "healthy") -> Machine:
    there = machine(scenario)
    there.registry.set_text(RULES, "{odd}", text)
    return there


def verdicts(there: Machine) -> dict[str, str]:
    found = run_operation(SimulatedHost(there), host.read())
    return {name: found["firewall"][name]["verdict"] for name in ("maps", "crl", "probe")}


def long(rule: str, length: int = LONG_RULE) -> str:
    """The rule with so many remote ports that it has about this length."""
    return rule.replace("Protocol=6|", "Protocol=6|" + "RPort2_10=2-2|" * ((length - len(rule)) // 14), 1)


def test_a_long_rule_that_blocks_is_seen() -> None:
    """B03: 11,054 characters, of which findstr carries none on a pipe."""
    there = machine("long_rules")
    assert LONG_RULE in [len(rule.text) for _name, rule in rules(there)]
    found = run_operation(SimulatedHost(there), validation(run_as="current", timeout=60.0, identity=IDENTITY))
    assert (found["cause"], found["confidence"]) == ("firewall_block_rule", "certain")
    assert found["host"]["firewall"]["maps"]["verdict"] == "blocked"
    assert found["host"]["firewall"]["crl"]["verdict"] == "unknown"
    assert "firewall_default_block" not in [one["id"] for one in found["excluded"]]


@pytest.mark.parametrize("name", ["Svc=WinDefend", "Svc=CryptSvc", rf"App={PLATFORM}\4.18.1\MsMpEng.exe", "Edge=FALSE"])
@pytest.mark.parametrize("length", [8080, 8191, 28627])
def test_no_long_rule_is_taken_for_absent(name: str, length: int) -> None:
    """B03, with other inputs: at the limit, far above it, and for others; also one that allows, or goes in."""
    rule = f"v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|{name}|Name=Long|"
    for one in (rule, rule.replace("Block", "Allow"), rule.replace("Dir=Out", "Dir=In")):
        assert set(verdicts(with_rule(long(one, length))).values()) <= {"blocked", "unknown"} or length < 8191, one


def test_a_thousand_addresses_are_a_condition() -> None:
    """B03: whether the address is one of them is not known."""
    addresses = "".join(f"RA4=203.0.113.{number % 256}/255.255.255.255|" for number in range(1000))
    rule = SHORT.replace("RPort=443|", f"RPort=443|{addresses}")
    assert len(rule) > 28_000
    assert verdicts(with_rule(rule))["maps"] == "unknown"


def test_what_a_filter_may_have_cut_is_no_proof() -> None:
    """Where findstr carries part of a long line, the counts are equal; its length tells."""
    there = machine("healthy", overrides={"long_rules": True, "findstr_limit": False})
    assert there.findstr_limit is False
    assert verdicts(there) == {"maps": "blocked", "crl": "unknown", "probe": "unknown"}


@pytest.mark.parametrize(
    "text",
    [
        "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Name=Two\r\nlines|RPort=443|Svc=WinDefend|",
        "v2.31|Action=Block|Active=TRUE|Name=Two\r\nlines|Dir=Out|Protocol=6|RPort=443|Svc=WinDefend|",
        "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|Svc=WinDefend|Name=Two\r\nlines|",
        "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=tcp|RPort=443|Svc=WinDefend|Name=No number|",
    ],
)
def test_a_rule_that_is_not_understood_is_no_proof(text: str) -> None:
    """A sibling of B03 and B05: a filter keeps one line of a rule of several, and Windows may obey it."""
    assert verdicts(with_rule(text))["maps"] == "unknown"


def test_an_explicit_block_stands_whatever_the_others_say() -> None:
    there = with_rule(long(SHORT.replace("Svc=WinDefend", "Svc=Other").replace("Block", "Allow")))
    there.registry.set_text(RULES, "{short}", SHORT)
    assert verdicts(there) == {"maps": "blocked", "crl": "unknown", "probe": "unknown"}


def test_what_windows_ignores_is_no_doubt() -> None:
    """B42: values that are no rules of version 2."""
    for text in ("v1.0|garbage", "garbage", ""):
        assert set(verdicts(with_rule(text)).values()) == {"allowed"}
    for text in (r"v2.10|Action=Allow|App=C:\Users\a\x.exe|", "v2.10|no equals sign|"):
        assert set(verdicts(with_rule(text)).values()) == {"allowed"}


@pytest.mark.parametrize(
    ("printed", "lost"),
    [
        (b"12\r\n12\r\n", ""),
        (b"0\r\n0\r\n", ""),
        (b"12\r\n11\r\n", "(1)"),
        (b"11\r\n12\r\n", "(1)"),
        (b"", "could not be counted"),
        (b"12\r\n", "could not be counted"),
        (b"12\r\n11\r\n|Name=x|\r\n", "could not be counted"),
        (b"FIND: Parameter format not correct\r\n12\r\n", "could not be counted"),
    ],
)
def test_only_equal_counts_prove_that_nothing_was_lost(printed: bytes, lost: str) -> None:
    found = lines_lost(Outcome(0, printed))
    assert lost in found
    assert bool(found) is bool(lost)


def test_firewall_info_says_why() -> None:
    there = with_rule(long(SHORT.replace("Svc=WinDefend", "Svc=Other")))
    found = run_operation(SimulatedHost(there), firewall_info(Subject(r"C:\a.exe", "", 443), 1 << 22))
    assert found["verdict"] == "unknown"
    (one,) = found["unknown"]
    assert one["fact"] == "verdict"
    assert "findstr lost lines of the firewall's rules (1)" in one["reason"]


def run(there: Machine, present: bool, **options: Any) -> Any:
    request = allow_rule.RuleSpec(**{"name": "A rule", **options})
    return run_operation(SimulatedHost(there), allow_rule.configure(request, present, False))


def test_a_rule_is_not_deleted_by_its_name_where_another_may_have_it() -> None:
    there = with_rule(long(SHORT))
    assert run(there, True)["changed"], "adding deletes nothing"
    assert not run(there, True)["changed"]
    before = dict(there.registry.key(RULES).values)
    for present, options in ((False, {}), (True, {"description": "other"})):
        with pytest.raises(HostError, match="nothing was changed"):
            run(there, present, **options)
    assert dict(there.registry.key(RULES).values) == before


def test_variables_stand_for_the_folders_of_the_host() -> None:
    """B47: Windows on another drive."""
    crl = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=80|App={app}|Svc=CryptSvc|Name=x|"
    probe = "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|App={app}|Name=x|"
    for rule, name, file in ((crl, "crl", "svchost.exe"), (probe, "probe", "curl.exe")):
        for app, blocked in ((r"D:\Windows", True), ("%SystemRoot%", True), ("%windir%", True), (r"C:\Windows", False)):
            there = with_rule(rule.format(app=f"{app}\\System32\\{file}"))
            there.registry.set_text(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "SystemRoot", r"D:\Windows")
            assert verdicts(there)[name] == ("blocked" if blocked else "allowed"), (app, file)
    there = with_rule(probe.format(app=r"D:\Windows\System32\curl.exe"))
    there.registry.set_text(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "SystemRoot", r"D:\Windows")
    subject = Subject(r"%SystemRoot%\System32\curl.exe", "", 443)
    assert run_operation(SimulatedHost(there), firewall_info(subject, 1 << 22))["verdict"] == "blocked"
