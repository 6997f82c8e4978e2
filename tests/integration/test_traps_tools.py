"""Traps of netsh, schtasks, Windows Firewall and Defender, by number; winsim sets each, and our code survives it."""

from __future__ import annotations

import dataclasses
import re
import struct
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import task as as_system_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import (
    allow_rule,
    verdict as firewall_verdict,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.verdict import firewall_info
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError, Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Allowed, Plan, plan
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import netsh, winhttp_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry, Command
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_rule import FirewallRule
from ansible_collections.windefend.maps.tests.support.fleet import ROOT
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine import firewall as store
from ansible_collections.windefend.maps.winsim.machine.defender import PLATFORM_DIRECTORY
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

RULES = rf"{store.LOCAL_KEY}\FirewallRules"
PROXY = proxy_change.ProxySettings("proxy.corp.example:3128", "proxy.corp.example:3128")
CRL_RULE = allow_rule.RuleSpec("CRL", service="CryptSvc", protocol="tcp", remote_ports=("80",))
MAPS_RULE = allow_rule.RuleSpec("MAPS", service="WinDefend", protocol="tcp", remote_ports=("443",))


def on(scenario: str = "healthy", **entry: Any) -> SimulatedHost:
    return SimulatedHost(machine(scenario, **entry))


def validate(at: SimulatedHost, run_as: str = "current") -> dict[str, Any]:
    return run_operation(at, validation(run_as=run_as, timeout=5, identity=RunIdentity("x", 0)))


def seen(at: SimulatedHost) -> Observation:
    result = validate(at)
    return observe(result["host"], result)


def planned(at: SimulatedHost, **requested: Any) -> Plan:
    return plan(seen(at), proxy_change.ProxySettings(), Allowed(**requested))


def add(at: SimulatedHost, request: allow_rule.RuleSpec) -> dict[str, Any]:
    return run_operation(at, allow_rule.configure(request, True, False))


def put_rule(at: SimulatedHost, name: str, text: str, key: str = RULES) -> None:
    at.machine.registry.set_text(key, name, text)


@pytest.mark.parametrize("matches", [True, False])
def test_trap_10_a_rule_for_a_service_in_svchost_may_not_match(matches: bool) -> None:
    """A rule stored is no path opened (wokhan/WFN#41, MicrosoftDocs/windows-itpro-docs#5580): we validate after it."""
    at = on("outbound_block", overrides={"network": {"svchost_service_rules_match": matches}})
    with_program = dataclasses.replace(CRL_RULE, program=r"C:\Windows\System32\svchost.exe")
    for request in (MAPS_RULE, with_program):
        add(at, request)
    result = validate(at)
    assert result["host"]["firewall"]["crl"]["verdict"] == "allowed", "what is stored says so either way"
    assert result["connected"] is matches, "set"
    if not matches:
        assert result["cause"] not in ("none", "firewall_default_block")


@pytest.mark.parametrize("ports", [("443",), ("any",)])
def test_trap_11_ports_need_tcp_or_udp(ports: tuple[str, ...]) -> None:
    """Else netsh refuses them (ansible-collections/community.windows#24, sous-chefs/firewall#156): we do so first."""
    at = on()
    line = "netsh advfirewall firewall add rule name=x dir=out action=allow remoteport=443"
    assert at.run(line).exit_code == 1, "set"
    sent = len(at.lines)
    with pytest.raises(Refused, match="remote_ports"):
        add(at, allow_rule.RuleSpec("x", remote_ports=ports, protocol="any" if ports == ("443",) else "tcp"))
    assert len(at.lines) == sent


def test_trap_12_inspecting_proxies_name_no_crl() -> None:
    """0x80092012 although all is reachable (curl/curl#3727, microsoft/vcpkg-tool#1939): loosening is no cure for it."""
    at = on("tls_inspection")
    assert validate(at)["cause"] == "tls_inspection"
    at.machine.registry.set_dword(spynet.POLICY, "SSLOptions", 1)
    assert not validate(at)["connected"], "set: without pinning the revocation check fails still"
    at.machine.registry.delete_value(spynet.POLICY, "SSLOptions")
    made = planned(at, ssl_workaround="no_revocation_no_pinning", proxy=PROXY)
    assert (made.outcome, made.steps) == ("not_repairable", ())


def test_trap_13_a_task_left_behind_stops_the_next_of_its_name() -> None:
    """WinRb/winrm-elevated#31: our names are unique, and old ones are swept."""
    at = on()
    old = temp_folder.unique_name(0, "aa")
    at.run(f"schtasks /create /tn {old} /tr x /sc onstart /ru SYSTEM")
    again = at.run(f"schtasks /create /tn {old} /tr x /sc onstart /ru SYSTEM")
    assert again.exit_code != 0 or b"already exists" in again.stdout + again.stderr, "set"
    now, warnings = 1_790_000_000.0, list[str]()
    for number in range(2):
        operation = as_system_task.run(
            Command.of("whoami"),
            system_root=r"C:\Windows",
            identity=RunIdentity(temp_folder.unique_name(now, f"{number:x}"), now),
            timeout=5,
        )
        assert run_operation(at, operation, warnings).ok
    assert (at.machine.tasks, warnings) == ({}, [])


def test_trap_24_schtasks_wants_the_regions_date_and_a_short_command() -> None:
    """`/sd` in the region's format, `/tr` of 261 characters (captures): our task is XML, and as long as need be."""
    at = on(locale="ja")
    american = at.run("schtasks /create /tn x /tr y /sc once /st 10:00 /sd 12/31/2030 /ru SYSTEM")
    assert american.exit_code != 0, "set"
    assert at.run(f"schtasks /create /tn x /tr {'y' * 300} /sc onstart /ru SYSTEM").exit_code != 0, "set"
    now = 1_790_000_000.0
    operation = as_system_task.run(
        Command.of("echo", "x" * 400),
        system_root=r"C:\Windows",
        identity=RunIdentity(temp_folder.unique_name(now, "aa"), now),
        timeout=5,
    )
    assert "x" * 400 in run_operation(at, operation).text
    assert not any(option in line for line in at.lines[2:] for option in ("/sd", "/tr"))


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_trap_25_netsh_asks_for_elevation_on_standard_output(locale: str) -> None:
    """With exit code 1, in the console's code page, its lines differing by language (captures): read back instead."""
    at = on("not_elevated", locale=locale)
    refused = at.run(netsh.add_rule(name="x", direction="out", action="allow").text)
    assert (refused.exit_code, bool(refused.stdout), refused.stderr) == (1, True, b""), "set"
    with pytest.raises(HostError, match="Check that the account is elevated"):
        add(at, MAPS_RULE)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"AutoConfigUrl":"http://p.example/x"}', netsh.AdvancedProxy(autoconfig_url="http://p.example/x")),
        ('{"AutoconfigUrl":" ","Proxy":"p.example:1"}', netsh.AdvancedProxy(proxy="p.example:1")),
        ("{}", netsh.AdvancedProxy()),
        ('{"PROXYBYPASS":"a;b"}', netsh.AdvancedProxy(bypass="a;b")),
    ],
)
def test_trap_26_advproxys_json_spells_and_leaves_out(text: str, wanted: netsh.AdvancedProxy) -> None:
    """Empty keys left out, `" "` for none, two spellings (captures): read without regard to case, absent is empty."""
    assert netsh.parse_advproxy(f"\r\n現在の設定:\r\n\r\n{text}\r\n\r\n".encode()) == wanted
    at = on(locale="ja")
    request = proxy_change.ProxySettings("p.example:1", "p.example:1")
    assert run_operation(at, proxy_change.configure(request, "advanced", False))["changed"]
    assert not run_operation(at, proxy_change.configure(request, "advanced", False))["changed"]


ODD = (
    "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=System|Name=@F.dll,-1|EmbedCtxt=@F.dll,-2|TTK2_27=UPnP|"
    "RA4=LocalSubnet|RA6=LocalSubnet|Profile=Private|Profile=Domain|",
    "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=IPTLSIn|LPort2_10=IPHTTPSIn|App=System|Name=x|",
    "v2.33|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|Name=y|Desc=|EmbedCtxt=||odd|",
)


def test_trap_27_rule_strings_have_no_fixed_shape() -> None:
    """No key order, tokens without `=`, keywords for ranges, several versions (captures): parsed without loss."""
    at = on()
    for number, text in enumerate(ODD):
        assert str(FirewallRule.parse(text)) == text
        put_rule(at, f"{{{number}}}", text)
    put_rule(at, "BlockCortana", "BlockCortana|Action=Block|Dir=Out|")
    before = snapshot(at.machine)
    assert run_operation(at, host.read())["firewall"]["maps"]["verdict"] == "allowed"
    assert difference(before, snapshot(at.machine)) == []


def test_trap_28_a_proxy_string_may_stand_while_its_flag_is_off() -> None:
    """Seen in DefaultConnectionSettings (captures): the bit decides."""
    at = on()
    text = b"p.example:3128"
    blob = struct.pack("<IIII", 0x28, 1, 1, len(text)) + text + struct.pack("<I", 0)
    at.machine.registry.set(winhttp_settings.KEY, winhttp_settings.NAME, ValueType.BINARY, blob)
    winhttp = run_operation(at, host.read())["proxy"]["winhttp"]
    assert (winhttp["direct"], winhttp["https"]) == (True, "")


@pytest.mark.parametrize("name", ["all", "ALL", "All"])
def test_trap_29_the_name_all_means_every_rule(name: str) -> None:
    """Names count without regard to case, and `name=all` deletes every rule (captures; netsh's help): refused."""
    at = on()
    assert len(list(store.rules(at.machine))) > 10
    with pytest.raises(Refused, match="rejected in every spelling"):
        run_operation(at, allow_rule.configure(allow_rule.RuleSpec(name), False, False))
    with pytest.raises(CannotCarry):
        netsh.delete_rule(name, "out")
    assert at.lines == []
    at.run(f"netsh advfirewall firewall delete rule name={name}")
    assert list(store.rules(at.machine)) == [], "set"


def test_trap_30_netsh_writes_a_rule_anew_under_another_guid() -> None:
    """And cannot say every field (recalled; Velocidex/velociraptor#2957): only ours change, compared without GUID."""
    at = on()
    others = [(value, rule.text) for value, rule in store.rules(at.machine)]
    add(at, MAPS_RULE)
    first = {value for value, rule in store.rules(at.machine) if rule.name == "MAPS"}
    add(at, allow_rule.RuleSpec("MAPS", service="WinDefend", protocol="tcp", remote_ports=("443", "3128")))
    second = {value for value, rule in store.rules(at.machine) if rule.name == "MAPS"}
    assert len(first) == len(second) == 1
    assert not first & second, "set"
    assert [one for one in others if one not in [(v, r.text) for v, r in store.rules(at.machine)]] == []


def test_trap_31_stores_of_very_many_rules() -> None:
    """261,024 entries on remote desktop servers (captures): filtered on the host, capped, and said."""
    at = on()
    for number in range(4000):
        put_rule(
            at, f"{{n{number}}}", f"v2.31|Action=Allow|Active=TRUE|Dir=Out|App=C:\\u{number}\\x.exe|Name=u{number}|"
        )
    subject = firewall_verdict.Subject(r"C:\MsMpEng.exe", "WinDefend", 443)
    filtered = run_operation(at, firewall_info(subject, 200_000))
    assert (filtered["verdict"], filtered["too_large"]) == ("allowed", False)
    assert filtered["rules_considered"] < 100
    for number in range(4000):
        put_rule(at, f"{{m{number}}}", f"v2.31|Action=Allow|Active=TRUE|Dir=Out|Svc=WinDefend|Name=m{number}|")
    capped = run_operation(at, firewall_info(subject, 200_000))
    assert (capped["verdict"], capped["too_large"]) == ("unknown", True)


def test_trap_32_a_rule_for_a_platform_folder_dies_with_the_next_update() -> None:
    """Folders carry their version (command-line-arguments page): our rules name the service and no program."""
    defaults = yaml.safe_load((ROOT / "roles" / "remediate" / "defaults" / "main.yml").read_text())
    assert all(rule.get("service") and not rule.get("program") for rule in defaults["remediate_firewall_rules"])
    at = on("outbound_block")
    for request in (MAPS_RULE, CRL_RULE):
        add(at, request)
    assert validate(at)["connected"]
    new = rf"{PLATFORM_DIRECTORY}\4.18.99999.1-0"
    old = re.sub(r"\\[^\\]+$", "", validate(at)["binary"])
    at.machine.files.make_directory(new)
    for name in ("MsMpEng.exe", "MpCmdRun.exe"):
        node = at.machine.files.find(rf"{old}\{name}")
        assert node is not None
        at.machine.files.write(rf"{new}\{name}", b"", node.program)
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
    at.machine.registry.set(key, "ImagePath", ValueType.EXPAND_SZ, rf'"{new}\MsMpEng.exe"')
    after = validate(at)
    assert after["binary"].startswith(new)
    assert after["connected"]


def test_trap_33_what_looks_like_malware_is_not_done_and_reported() -> None:
    """`certutil -urlcache` (Ceprolad.A) and block rules on Defender (WDBlockFirewallRule; Microsoft's threat pages)."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").lower()
    assert "urlcache" not in page, "a test compares that page with every command line that is built"
    at = on("local_block_rule")
    before = snapshot(at.machine)
    result = validate(at)
    assert result["cause"] == "firewall_block_rule"
    assert any(solution["who"] == "the security team" for solution in plain(result["solutions"]))
    assert planned(at, proxy=PROXY, ssl_workaround="no_revocation").outcome == "not_repairable"
    assert difference(before, snapshot(at.machine)) == []


def test_trap_34_nobody_may_enable_a_disabled_defender() -> None:
    """Its descriptor grants no change of configuration (rbmm/DisableSvc): said so; other products: not applicable."""
    at = on("service_disabled")
    assert at.run("sc config WinDefend start= auto").exit_code == 5, "set"
    result = validate(at)
    assert result["cause"] == "service_stopped"
    assert "cannot start it" in result["explanation"]
    assert planned(at).outcome == "not_repairable"
    assert planned(on("other_antivirus")).outcome == "not_applicable"


def test_trap_35_a_policy_value_has_an_author_that_we_cannot_know() -> None:
    """Defender's own management writes the same keys as GPO (Microsoft, 2025-11): 'as stored', and a warning."""
    at = on()
    at.machine.registry.set_dword(spynet.POLICY, "SSLOptions", 1)
    warnings: list[str] = []
    options: dict[str, Any] = dict.fromkeys(("certificate_pinning", "revocation_check", "reporting", "submit_samples"))
    result = run_operation(at, spynet.configure(ssl_options=3, absent=(), check_mode=False, **options), warnings)
    assert result["policy_value_present"]
    assert any("unknown who wrote it" in warning for warning in warnings)


def test_trap_37_a_proxy_that_asks_for_a_password() -> None:
    """407, which SYSTEM can seldom answer (curl captures; recalled): a cause of its own, and no repair of ours."""
    at = on("proxy_authentication")
    result = validate(at)
    assert not result["connected"], "set"
    assert "proxy_authentication" in (result["cause"], *result["alternatives"])
    made = planned(at)
    assert made.outcome == "not_repairable"
