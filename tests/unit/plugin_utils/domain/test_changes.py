"""Changes on a simulated machine, without wire and Ansible: what is written, proven, and refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.filter.parse_winhttp_settings import parse_winhttp_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import appraise, ranked
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Answer,
    Ask,
    HostError,
    Operation,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.stores import INTERNET_SETTINGS
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Completed
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import winhttp_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import DIRECT, WinHttpSettings
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine import firewall as store, proxy_stores
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

REG = r"C:\Windows\System32\reg.exe"
FINDSTR = r"C:\Windows\System32\findstr.exe"
RULES = rf"{store.LOCAL_KEY}\FirewallRules"
REQUEST = allow_rule.RuleSpec("ours", service="WinDefend", protocol="tcp", remote_ports=("443",))
PROXY = proxy_change.ProxySettings("p.example:3128", "p.example:3128")


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost(machine())


def set_spynet(**requested: Any) -> Operation[dict[str, Any]]:
    options: dict[str, Any] = dict.fromkeys(
        ("ssl_options", "certificate_pinning", "revocation_check", "reporting", "submit_samples")
    )
    return spynet.configure(**{**options, "absent": (), "check_mode": False, **requested})


OPERATIONS = {
    "spynet": lambda: set_spynet(ssl_options=2),
    "proxy": lambda: proxy_change.configure(PROXY, "winhttp", False),
    "rule": lambda: allow_rule.configure(REQUEST, True, False),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_takes_two_lines_and_an_unchanged_host_one(host: SimulatedHost, name: str) -> None:
    assert run_operation(host, OPERATIONS[name]())["changed"]
    assert len(host.lines) == 2
    assert not run_operation(host, OPERATIONS[name]())["changed"]
    assert len(host.lines) == 3
    assert host.unknown == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_host_that_cannot_be_read_is_not_taken_for_one_with_nothing_set(host: SimulatedHost, name: str) -> None:
    """reg.exe or findstr.exe refused by application control: the request may be fulfilled already, nobody knows."""
    host.machine.files.remove(REG if name != "rule" else FINDSTR)
    before = snapshot(host.machine)
    with pytest.raises(HostError, match=r"could not be read.*9009"):
        run_operation(host, OPERATIONS[name]())
    assert difference(before, snapshot(host.machine)) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_account_without_rights_is_told_and_nothing_is_claimed(name: str) -> None:
    host = SimulatedHost(machine("not_elevated"))
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="elevated") as failed:
        run_operation(host, OPERATIONS[name]())
    assert failed.value.details["before"] == failed.value.details["after"]
    assert difference(before, snapshot(host.machine)) == []


def test_a_value_of_a_wrong_type_is_neither_absent_nor_right(host: SimulatedHost) -> None:
    host.machine.registry.set(spynet.POLICY, "SSLOptions", ValueType.SZ, "0")
    warnings: list[str] = []
    result = run_operation(host, set_spynet(ssl_options=3), warnings)
    assert result["changed"]
    assert host.machine.registry.data(spynet.POLICY, "SSLOptions") == 3
    assert "not a REG_DWORD" in warnings[0]

    host.machine.registry.set(spynet.POLICY, "SSLOptions", ValueType.SZ, "0")
    result = run_operation(host, set_spynet(absent=("ssl_options",)))
    assert result["changed"]
    assert result["restored_to_default"] == ["SSLOptions"]
    assert host.machine.registry.get(spynet.POLICY, "SSLOptions") is None


def test_only_what_was_named_is_touched(host: SimulatedHost) -> None:
    host.machine.registry.set_dword(spynet.POLICY, "DisableBlockAtFirstSeen", 1)
    host.machine.registry.set_dword(spynet.POLICY, "SpynetReporting", 2)
    before = snapshot(host.machine)
    run_operation(host, set_spynet(revocation_check=False))
    (line,) = difference(before, snapshot(host.machine))
    assert "SSLOptions" in line


def test_pinning_is_not_dropped_with_revocation(host: SimulatedHost) -> None:
    assert run_operation(host, set_spynet(revocation_check=False))["after"]["ssl_options"] == 2
    assert (
        run_operation(host, set_spynet(revocation_check=False, certificate_pinning=True))["after"]["ssl_options"] == 2
    )


def test_absent_takes_away_a_proxy_for_other_schemes_too(host: SimulatedHost) -> None:
    """`socks=...` alone leaves http and https direct, but the store is not empty."""
    proxy_stores.write_winhttp(host.machine, "socks=s.example:1080", "")
    assert run_operation(host, proxy_change.configure(proxy_change.ProxySettings(), "winhttp", False))["changed"]
    assert proxy_stores.read_winhttp(host.machine).proxy == ""
    assert not run_operation(host, proxy_change.configure(proxy_change.ProxySettings(), "winhttp", False))["changed"]


def test_a_proxy_by_scheme_is_compared_by_scheme(host: SimulatedHost) -> None:
    proxy_stores.write_winhttp(host.machine, "https=b.example:2;http=a.example:1", "")
    same = proxy_change.ProxySettings("a.example:1", "B.EXAMPLE:2")
    assert not run_operation(host, proxy_change.configure(same, "winhttp", False))["changed"]
    assert run_operation(host, proxy_change.configure(proxy_change.ProxySettings("a.example:1"), "winhttp", False))[
        "changed"
    ]


@pytest.mark.parametrize("stored", ["http://p.example:3128", "http=http://p.example:3128/ P.example:3128"])
def test_a_scheme_before_a_proxy_changes_nothing(host: SimulatedHost, stored: str) -> None:
    proxy_stores.write_winhttp(host.machine, stored)
    result = run_operation(host, proxy_change.configure(PROXY, "winhttp", False))
    assert not result["changed"]
    assert result["before"]["winhttp"].http.lower() == PROXY.http


def test_of_several_proxies_for_one_scheme_all_are_shown_and_none_is_the_requested_one(host: SimulatedHost) -> None:
    """The modules and the filter once chose one each: the last, and the first."""
    proxy_stores.write_winhttp(host.machine, "http=a.example:1;http=b.example:2")
    seen = run_operation(host, host_reading.read())
    assert seen["proxy"]["winhttp"]["http"] == "a.example:1;b.example:2"
    assert parse_winhttp_settings(seen["proxy"]["winhttp"]["raw"])["proxies"] == {"http": "a.example:1;b.example:2"}
    for one in ("a.example:1", "b.example:2"):
        assert run_operation(host, proxy_change.configure(proxy_change.ProxySettings(one), "winhttp", True))["changed"]


def test_the_firewalls_verdict_is_unknown_where_proxies_on_several_ports_are_named(host: SimulatedHost) -> None:
    verdicts = {}
    for ports in ("80", "8080", "80 8080"):
        proxies = " ".join(f"p{port}.example:{port} q.example:{port}" for port in ports.split())
        proxy_stores.write_winhttp(host.machine, proxies)
        firewall = run_operation(host, host_reading.read())["firewall"]
        verdicts[ports] = {
            name: (firewall[name]["port"], firewall[name]["verdict"]) for name in ("maps", "crl", "probe")
        }
    assert verdicts["80"] == dict.fromkeys(("maps", "crl", "probe"), (80, "allowed"))
    assert verdicts["8080"] == dict.fromkeys(("maps", "crl", "probe"), (8080, "allowed"))
    assert verdicts["80 8080"] == dict.fromkeys(("maps", "crl", "probe"), (0, "unknown"))


def test_a_text_that_stayed_behind_is_no_proxy_and_no_bypass_list(host: SimulatedHost) -> None:
    left = WinHttpSettings(DIRECT, "p.example:3128", "*.corp.example").encode()
    host.machine.registry.set(winhttp_settings.KEY, winhttp_settings.NAME, ValueType.BINARY, left)
    result = run_operation(host, proxy_change.configure(proxy_change.ProxySettings(), "winhttp", False))
    assert not result["changed"]
    assert result["before"]["winhttp"].bypass_list == ()
    assert run_operation(host, proxy_change.configure(PROXY, "winhttp", True))["changed"]


def test_an_import_foretells_what_it_takes_over(host: SimulatedHost) -> None:
    key = "HKU\\" + host.machine.accounts[0].sid + "\\" + INTERNET_SETTINGS
    host.machine.registry.set_dword(key, "ProxyEnable", 1)
    host.machine.registry.set_text(key, "ProxyServer", "p.example:3128")
    host.machine.registry.set_text(key, "ProxyOverride", "*.corp.example;<local>")
    foretold = run_operation(host, proxy_change.configure(None, "winhttp", True))
    done = run_operation(host, proxy_change.configure(None, "winhttp", False))
    for key in ("http", "https", "bypass_list"):
        assert getattr(foretold["after"]["winhttp"], key) == getattr(done["after"]["winhttp"], key)
    assert not run_operation(host, proxy_change.configure(None, "winhttp", False))["changed"]


def rule_names(host: SimulatedHost) -> list[str]:
    return [rule.name for _value, rule in store.rules(host.machine)]


def test_duplicates_become_one_rule_and_others_stay(host: SimulatedHost) -> None:
    count = len(rule_names(host))
    for number, port in enumerate(("80", "81")):
        rule = f"v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort={port}|Svc=WinDefend|Name=OURS|"
        host.machine.registry.set_text(RULES, f"{{{number}}}", rule)
    inbound = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5000|Name=ours|"
    host.machine.registry.set_text(RULES, "{in}", inbound)
    result = run_operation(host, allow_rule.configure(REQUEST, True, False))
    assert result["changed"]
    assert len(result["before"]) == 2
    assert all(rule.startswith("v2.31|Action=Allow") for rule in result["raw_before"])
    assert len(rule_names(host)) == count + 2, "the inbound rule of the same name, and ours"
    assert host.machine.registry.text(RULES, "{in}") == inbound


def test_a_rule_with_conditions_of_its_own_is_another_rule(host: SimulatedHost) -> None:
    rule = "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=443|IFType=Wireless|Svc=WinDefend|Name=ours|"
    host.machine.registry.set_text(RULES, "{x}", rule)
    result = run_operation(host, allow_rule.configure(REQUEST, True, False))
    assert result["changed"]
    assert result["before"][0]["other_conditions"] == ["IFType"]
    assert not run_operation(host, allow_rule.configure(REQUEST, True, False))["changed"]


@pytest.mark.parametrize("present", [True, False])
def test_a_block_rule_of_others_is_not_taken_along(host: SimulatedHost, present: bool) -> None:
    for number, action in enumerate(("Allow", "Block")):
        rule = f"v2.31|Action={action}|Active=TRUE|Dir=Out|Protocol=6|RPort=1|Name=ours|"
        host.machine.registry.set_text(RULES, f"{{{number}}}", rule)
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="somebody else"):
        run_operation(host, allow_rule.configure(REQUEST, present, False))
    assert difference(before, snapshot(host.machine)) == []


def test_a_rule_that_could_not_be_added_again_is_in_the_error(
    host: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """netsh deletes, then fails to add: what was there must not be lost with it."""
    old = "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=1|Name=ours|"
    host.machine.registry.set_text(RULES, "{x}", old)
    monkeypatch.setattr(store, "add_rule", lambda *_unused: None)
    with pytest.raises(HostError, match="the store does not show it") as failed:
        run_operation(host, allow_rule.configure(REQUEST, True, False))
    assert failed.value.details["raw_before"] == [old]
    assert failed.value.details["after"] == []


def test_too_many_rules_are_no_absence(host: SimulatedHost) -> None:
    """A name that findstr cannot search for makes all outbound rules come over; a capped answer is no answer."""

    class Capped(SimulatedHost):
        def run(self, line: str, **options: Any) -> Completed:
            return super().run(line, **{**options, "max_bytes": 2000})

    capped = Capped(host.machine)
    request = allow_rule.RuleSpec("ルール", protocol="tcp", remote_ports=("443",))
    with pytest.raises(HostError, match="too many rules"):
        run_operation(capped, allow_rule.configure(request, True, False))
    assert run_operation(host, allow_rule.configure(request, True, False))["changed"]
    assert not run_operation(host, allow_rule.configure(request, True, False))["changed"]


def validate(run_as: str = "current", **options: Any) -> Operation[dict[str, Any]]:
    return validation(run_as=run_as, timeout=5, identity=RunIdentity("x", 0), **options)


def test_an_answer_that_is_not_defenders_is_marked() -> None:
    host = SimulatedHost(machine("admin_own_proxy"))
    warnings: list[str] = []
    assert run_operation(host, validate("current"), warnings)["connected"]
    assert any("use run_as: system" in warning for warning in warnings)


def test_system_needs_an_elevated_account() -> None:
    host = SimulatedHost(machine("not_elevated"))
    before = snapshot(host.machine)
    with pytest.raises(HostError, match="elevated account"):
        run_operation(host, validate("system"))
    assert difference(before, snapshot(host.machine)) == []


def test_the_platform_folder_may_be_gone(host: SimulatedHost) -> None:
    """ImagePath still names a platform that an update removed: the newest platform that is there answers."""
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
    host.machine.registry.set(
        key, "ImagePath", ValueType.EXPAND_SZ, r'"C:\ProgramData\Microsoft\Windows Defender\Platform\4.0-0\MsMpEng.exe"'
    )
    result = run_operation(host, validate())
    assert host.machine.files.is_file(result["binary"])
    assert "\\Platform\\" in result["binary"]
    assert result["connected"]


def test_a_tool_that_is_missing_is_no_answer(host: SimulatedHost) -> None:
    """B34: without netsh the build would seem to have no advproxy, without sc Defender would seem stopped."""
    for program in ("netsh", "sc"):
        host.machine.files.remove(rf"C:\Windows\System32\{program}.exe")
    with pytest.raises(HostError, match=r"could not be read.*9009"):
        run_operation(host, proxy_change.configure(PROXY, "winhttp", True))
    found = run_operation(host, host_reading.read())
    reasons = {one["fact"]: one["reason"] for one in found["unknown"]}
    for fact in ("proxy.advanced", "defender.service_state", "defender.running"):
        assert "9009, so the program does not exist or is not in PATH" in reasons[fact]
    assert (found["defender"]["running"], found["defender"]["installed"]) == (None, True)


def test_a_service_that_may_not_be_asked_is_not_called_stopped(host: SimulatedHost) -> None:
    """Access denied by the service manager, as a network logon without rights gets it."""
    answer = run_operation(host, _capturing(host_reading.READING))
    denied = {
        **answer.outcomes,
        "defender.state": Outcome(5, b"[SC] OpenSCManager FAILED 5:\r\n\r\nAccess is denied.\r\n"),
    }
    facts = host_reading.interpret(Answer(denied, False, 0.0)).shown
    assert facts["defender"]["service_state"] is None
    seen = observe(facts, {"connected": False, "hresult": "0x80072EFE"})
    assert "service_stopped" not in [one.cause.id for one in ranked(appraise(seen))]


def _capturing(ask: Ask) -> Operation[Answer]:
    return (yield ask)
