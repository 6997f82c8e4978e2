"""What is stored on a host and not in force there: it is never called the proxy, the reason, or another antivirus.

Each case was reported for real hosts (B06, B07, B09, B10, B11, B21, B37) or by an expert (E2, M2), and is told here as
the host shows it: by a simulated machine, through host_info's own result, to the diagnosis and the plan.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import settings as defender_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import (
    CERTAIN,
    EXCLUDED,
    LIKELY,
    POSSIBLE,
    appraise,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.probe_evidence import (
    ProbeEvidence,
    Reachability,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.change import ProxySettings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Considered, Route, State
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Allowed, plan
from ansible_collections.windefend.maps.tests.support.observations import (
    ALLOWED,
    BLOCKED_BY_DEFAULT,
    BLOCKED_BY_RULE,
    BROKEN,
    PROXY,
    routed,
)
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim import physics, routing
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM, SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.defender import POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Proxy

NAMED = "proxy.corp.example:3128"
TLS_FAILURE = "0x80072F8F"
CLIENT = "windows_11_23h2"


def facts(on: Machine) -> dict[str, Any]:
    shown: dict[str, Any] = plain(run_operation(SimulatedHost(on), host_reading.read()))
    return shown


def seen(on: Machine, code: str = TLS_FAILURE) -> Observation:
    return observe(facts(on), {"connected": False, "hresult": code, "httpcore": 451, "run_as": "system"})


def verdicts(o: Observation) -> dict[str, str]:
    return {name: one.verdict for name, one in appraise(o).items()}


def per_machine(settings: InternetSettings, os: str = CLIENT) -> Machine:
    on = machine(os=os)
    on.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    proxy_stores.write_advanced(on, settings)
    return on


def test_b06_a_proxy_whose_switch_is_off_is_no_proxy() -> None:
    on = per_machine(InternetSettings(NAMED, "<local>"))
    o = seen(on)
    found = diagnose(o)
    assert (found.cause, found.confidence) == ("winhttp_proxy_missing", LIKELY)
    assert f"the proxy {NAMED} is stored in the machine's Internet settings but switched off" in found.message
    assert verdicts(o)["winhttp_proxy_missing"] != EXCLUDED
    assert facts(on)["proxy"]["advanced"]["switched_off"] == NAMED
    assert facts(on)["proxy"]["in_force"]["lists"]["source"] == "none"


def test_b06_a_script_whose_switch_is_off_is_no_proxy() -> None:
    url = "http://wpad.corp.example/proxy.pac"
    on = per_machine(InternetSettings(autoconfig_url=url, script_is_off=True))
    assert physics.validate(on, SYSTEM).connected, "it is not asked, so the host goes directly"
    o = seen(on)
    assert diagnose(o).cause == "winhttp_proxy_missing"
    assert verdicts(o)["winhttp_proxy_missing"] != EXCLUDED
    assert facts(on)["proxy"]["advanced"]["switched_off"] == url
    assert facts(on)["proxy"]["in_force"]["lists"]["source"] == "none"
    enabled = facts(per_machine(InternetSettings(autoconfig_url=url)))["proxy"]
    assert (enabled["advanced"]["switched_off"], enabled["in_force"]["lists"]["source"]) == ("", "machine")


def test_b06_a_request_for_that_proxy_switches_it_on() -> None:
    on = per_machine(InternetSettings(NAMED, "<local>"))
    for changed in (True, False):
        wanted = proxy_change.configure(ProxySettings(NAMED, NAMED, ("<local>",)), "advanced", False)
        result = run_operation(SimulatedHost(on), wanted)
        assert result["changed"] is changed
    assert proxy_stores.read_advanced(on).proxy_enabled


def test_an_own_proxy_of_the_caller_counts_only_where_accounts_have_their_own() -> None:
    on = machine()
    proxy_stores.write_account(on, on.accounts[0].sid, InternetSettings(NAMED, proxy_enabled=True))
    assert facts(on)["proxy"]["caller_differs_from_system"] is True
    on.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    assert facts(on)["proxy"]["caller_differs_from_system"] is False


def test_b06_the_same_proxy_with_its_switch_on_is_one() -> None:
    o = seen(per_machine(InternetSettings(NAMED, "<local>", proxy_enabled=True)))
    assert verdicts(o)["winhttp_proxy_missing"] == EXCLUDED
    assert diagnose(o).cause == "crl_unreachable"


@pytest.mark.parametrize("store", ["winhttp", "machine"])
@pytest.mark.parametrize("entry", ["*", "*.microsoft.com", "crl.microsoft.com", "http://*.MICROSOFT.com:80"])
def test_b07_a_bypass_list_that_exempts_the_address_is_the_cause(store: str, entry: str) -> None:
    if store == "winhttp":
        on = machine()
        proxy_stores.write_winhttp(on, NAMED, f"<local>;{entry}")
    else:
        on = per_machine(InternetSettings("localhost:8080", entry, proxy_enabled=True), "windows_server_2022")
    o = seen(on)
    found = diagnose(o)
    assert (found.cause, found.confidence) == ("proxy_bypassed", LIKELY)
    assert entry in found.message
    assert found.solutions[0].module == "windefend.maps.winhttp_proxy"
    assert "bypass list" in found.solutions[0].text
    assert verdicts(o)["winhttp_proxy_missing"] != EXCLUDED
    assert verdicts(o)["crl_unreachable"] not in (CERTAIN, LIKELY)
    assert facts(on)["proxy"]["in_force"]["lists"]["source"] == f"{store}_bypass"


def test_b07_a_bypass_list_that_exempts_others_is_none() -> None:
    on = machine()
    proxy_stores.write_winhttp(on, NAMED, "<local>;*.corp.example;10.*")
    assert verdicts(seen(on))["proxy_bypassed"] == EXCLUDED


def test_b07_the_plan_writes_the_same_proxy_with_another_list_and_nothing_where_the_list_is_right() -> None:
    on = machine()
    proxy_stores.write_winhttp(on, NAMED, "*")
    wanted = Allowed(ProxySettings(NAMED, NAMED, ("<local>",)))
    (step,) = plan(seen(on), ProxySettings(NAMED, NAMED, ("*",)), wanted).steps
    assert (step.id, step.removes) == ("winhttp_proxy", ("proxy_bypassed",))
    proxy_stores.write_winhttp(on, NAMED, "<local>")
    assert plan(seen(on), ProxySettings(NAMED, NAMED, ("<local>",)), wanted).steps == ()


def test_b07_the_list_of_defenders_own_proxy_is_not_this_steps() -> None:
    on = machine()
    on.registry.set_text(POLICY_KEY, "ProxyServer", f"http://{NAMED}")
    on.registry.set_text(POLICY_KEY, "ProxyBypass", "*.microsoft.com")
    o = seen(on, "0x80070006")
    assert "Defender's own settings" in diagnose(o).message
    steps = plan(o, ProxySettings(), Allowed(ProxySettings(NAMED, NAMED))).steps
    assert all("proxy_bypassed" not in step.removes for step in steps)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'{NAMED}bypass-list="<local>"', "characters that no host name or port has"),
        ("proxy.corp.example:99999", "between 1 and 65535"),
        (f"socks://{NAMED}", "does not support this kind of proxy"),
    ],
)
def test_b21_a_text_that_cannot_be_used_is_told_as_that(text: str, why: str) -> None:
    on = machine()
    proxy_stores.write_winhttp(on, text)
    o = seen(on)
    found = diagnose(o)
    assert found.cause == "winhttp_proxy_unusable"
    assert f"a proxy is set in the WinHTTP settings but cannot be used: {text}" in found.message
    assert why in found.message
    assert "No system-wide WinHTTP proxy is set" not in found.message
    assert verdicts(o)["winhttp_proxy_missing"] != EXCLUDED
    (step,) = plan(o, ProxySettings(), Allowed(ProxySettings(NAMED, NAMED))).steps
    assert (step.id, step.removes) == ("winhttp_proxy", ("winhttp_proxy_unusable",))


def test_b09_a_user_and_a_password_in_a_proxy_are_a_finding_of_their_own() -> None:
    on = machine()
    proxy_stores.write_winhttp(on, "http=svcproxy:Geheim-123@p.example:3128;https=svcproxy:Geheim-123@p.example:3128")
    found = diagnose(seen(on))
    assert found.cause == "winhttp_proxy_unusable"
    assert "WinHTTP does not take a user name and password there" in found.message
    assert any("contains a user name and a password" in caution for caution in found.cautions)
    answered = diagnose(dataclasses.replace(seen(on), connected=True, hresult=None))
    assert any("change the password" in caution for caution in answered.cautions), "also where MAPS answers"


def test_b09_an_account_that_keeps_a_password_is_named() -> None:
    on = machine()
    proxy_stores.write_account(on, SYSTEM_SID, InternetSettings(f"user:pass@{NAMED}"))
    assert seen(on).credentials == ("account",)


@pytest.mark.parametrize("key", [POLICY_KEY, STATE_KEY])
def test_b10_a_client_ignores_disableantispyware(key: str) -> None:
    on = machine(os=CLIENT)
    on.registry.set_dword(key, "DisableAntiSpyware", 1)
    product = facts(on)["defender"]
    assert (product["disabled"], product["disable_ignored"], product["applicable"]) == (False, True, True)
    answer = run_operation(SimulatedHost(on), defender_settings.read(0.0))
    assert (answer["product"]["applicable"], answer["real_time_protection"]) == (True, True)


def test_b10_a_server_obeys_it_unless_its_service_runs() -> None:
    on = machine(os="windows_server_2022")
    on.registry.set_dword(POLICY_KEY, "DisableAntiSpyware", 1)
    assert (facts(on)["defender"]["disabled"], facts(on)["defender"]["applicable"]) == (True, True)
    stopped = machine("service_disabled", os="windows_server_2022")
    stopped.registry.set_dword(POLICY_KEY, "DisableAntiSpyware", 1)
    assert facts(stopped)["defender"]["applicable"] is False
    assert diagnose(seen(stopped, "0x800106BA")).cause == "other_antivirus"


def test_b10_whether_it_is_obeyed_is_not_known_without_the_edition() -> None:
    on = machine("service_disabled", os=CLIENT)
    on.registry.set_dword(POLICY_KEY, "DisableAntiSpyware", 1)
    on.registry.delete_value(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "InstallationType")
    result = facts(on)
    assert (result["defender"]["disabled"], result["defender"]["applicable"]) == (None, None)
    assert "DisableAntiSpyware is set" in next(
        one["reason"] for one in result["unknown"] if one["fact"] == "defender.disabled"
    )
    o = seen(on, "0x800106BA")
    assert verdicts(o)["other_antivirus"] not in (CERTAIN, LIKELY, EXCLUDED)
    assert diagnose(o).cause == "service_stopped"


def test_b11_a_stopped_service_on_such_a_client_is_no_other_antivirus() -> None:
    o = seen(machine("disable_value_ignored", os=CLIENT), "0x800106BA")
    found = diagnose(o)
    assert (found.cause, found.confidence) == ("service_stopped", CERTAIN)
    decided = plan(o, ProxySettings(), Allowed(ProxySettings(NAMED, NAMED)))
    assert (decided.outcome, decided.cause) == ("not_repairable", "service_stopped")


def test_b37_what_leaves_nothing_to_reach_leaves_no_next_step_of_another_cause() -> None:
    on = machine()
    on.registry.set_dword(STATE_KEY, "PassiveMode", 1)
    o = seen(on)
    found = diagnose(o)
    assert (found.cause, found.solutions, found.undecided) == ("other_antivirus", (), ())
    assert "Next step" not in found.message
    assert "Next step" not in found.summary
    assert plan(o, ProxySettings(), Allowed(ProxySettings(NAMED, NAMED))).outcome == "not_applicable"


@pytest.mark.parametrize(
    "changes", [{"reporting_off": True}, {"passive": True}, {"installed": False, "running": False}]
)
def test_b37_text_and_plan_name_the_same_cause(changes: dict[str, Any]) -> None:
    """Also beside a cause that is as certain and stands for a step."""
    for others in ({}, {"elevated": False}, {"build": 14393}):
        o = dataclasses.replace(BROKEN, **changes, **others)  # type: ignore[arg-type]
        decided = plan(o, ProxySettings(), Allowed(ProxySettings(NAMED, NAMED), True, "no_revocation"))
        found = diagnose(o)
        assert (decided.outcome, decided.cause) == ("not_applicable", found.cause)
        assert {one.module for one in found.solutions} <= {"windefend.maps.spynet"}


@pytest.mark.parametrize(
    "changes",
    [
        {"clock_skew": -900000.0, "firewall_maps": BLOCKED_BY_DEFAULT},
        {"firewall_crl": BLOCKED_BY_RULE, "firewall_maps": BLOCKED_BY_DEFAULT},
        {"hresult": 0x80072F0D, **PROXY},
    ],
)
def test_b37_what_no_step_removes_goes_first_in_text_and_plan(changes: dict[str, Any]) -> None:
    """A certain cause with a step beside one that only a person removes."""
    o = dataclasses.replace(BROKEN, **{"hresult": 0x80070006, **changes})
    decided = plan(o, ProxySettings(), Allowed(ProxySettings(NAMED, NAMED), True, "no_revocation"))
    found = diagnose(o)
    assert (decided.outcome, decided.cause) == ("not_repairable", found.cause)
    assert found.solutions[0].module == ""


# --- E2: WinHTTP's automatic proxy ----------------------------------------------------------------------------------


def asked(way: str, source: str = "winhttp", proxy: str = NAMED, delivered: bool | None = None) -> Reachability:
    url = "https://wdcp.microsoft.com/" if delivered is None else "http://crl.microsoft.com/pki/a.crl"
    return Reachability(url, proxy, source, way, "stands" if way == "open" else "", None, "", delivered, None, "")


def probed(maps: Reachability, lists: Reachability | None = None) -> dict[str, Any]:
    evidence = ProbeEvidence("system", True, True, (maps,), (lists,) if lists else (), ())
    return {"probed": evidence, "firewall_probe": ALLOWED}


@pytest.mark.parametrize(("way", "verdict"), [("refused", CERTAIN), ("blocked", LIKELY), ("cut", LIKELY)])
def test_e2_a_list_that_gets_no_answer_through_the_first_proxy_is_no_proof(way: str, verdict: str) -> None:
    """WinHTTP tries others where one does not answer; what answers is final."""
    maps = dataclasses.replace(asked("open"), tls="")
    o = dataclasses.replace(BROKEN, **PROXY, **probed(maps, asked(way, delivered=False)))
    assert verdicts(o)["crl_unreachable"] == verdict


def test_e2_what_the_cryptoapi_may_try_next_is_right_whichever_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that brings no lists, another that does in SYSTEM's own settings: both laws of winsim, one diagnosis."""
    on = machine()
    on.network.direct.blocked["*:*"] = Barrier.DROP
    on.network.proxies[NAMED] = Proxy(blocked={"*:80": Barrier.DROP})
    on.network.proxies["second.corp.example:8080"] = Proxy()
    proxy_stores.write_winhttp(on, NAMED)
    proxy_stores.write_account(on, SYSTEM_SID, InternetSettings("second.corp.example:8080", proxy_enabled=True))
    missing = probed(dataclasses.replace(asked("open"), tls=""), asked("blocked", delivered=False))
    on.registry.set_dword(f"{POLICY_KEY}\\Spynet", "SpynetReporting", 0)
    for tries, broken in ((False, {"maps_off", "crl_unreachable"}), (True, {"maps_off"})):
        monkeypatch.setitem(routing.TRIES_THE_NEXT, routing.Route.CRYPTOAPI, tries)
        assert set(physics.validate(on, SYSTEM).broken) == broken
        o = dataclasses.replace(seen(on, "0x80004005"), **missing)
        assert o.lists_route.others == ("account",)
        assert verdicts(o)["crl_unreachable"] == POSSIBLE
    on.registry.delete_value(f"{POLICY_KEY}\\Spynet", "SpynetReporting")
    assert verdicts(dataclasses.replace(seen(on), **missing))["crl_unreachable"] == LIKELY, "by the code of MpCmdRun"


def test_e2_that_services_bring_no_password_is_not_said() -> None:
    o = dataclasses.replace(BROKEN, hresult=0x80070006, **PROXY, **probed(asked("password")))
    found = diagnose(o)
    assert (found.cause, found.confidence) == ("proxy_authentication", LIKELY)
    assert "can't" not in found.explanation
    assert "not known" in found.explanation


# --- M2: ForceUseProxyOnly ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [POLICY_KEY, STATE_KEY])
@pytest.mark.parametrize(("forced", "verdict"), [(1, CERTAIN), (0, LIKELY)])
def test_m2_a_dead_proxy_of_its_own_is_a_proof_only_where_defender_tries_no_other(
    key: str, forced: int, verdict: str
) -> None:
    on = machine()
    on.registry.set_text(key, "ProxyServer", f"http://{NAMED}")
    on.registry.set_dword(key, "ForceUseProxyOnly", forced)
    o = dataclasses.replace(seen(on, "0x80072EFD"), **probed(asked("proxy_dead", "defender")))
    assert o.maps_route.source == "defender"
    assert verdicts(o)["proxy_authentication"] != EXCLUDED
    assert verdicts(o)["defender_proxy_dead"] == verdict


def test_a_setting_in_the_products_own_key_is_seen_and_the_policy_goes_first() -> None:
    on = machine()
    on.registry.set_text(STATE_KEY, "ProxyServer", "http://local.example:1")
    on.registry.set_text(STATE_KEY, "ProxyBypass", "*")
    assert facts(on)["proxy"]["in_force"]["maps"]["source"] == "defender_bypass"
    on.registry.set_text(POLICY_KEY, "ProxyServer", "http://policy.example:1")
    in_force = facts(on)["proxy"]["in_force"]["maps"]
    assert (in_force["proxy"], in_force["source"]) == ("policy.example:1", "defender")


def test_the_firewall_is_asked_for_the_first_hop_that_is_in_force() -> None:
    on = machine()
    proxy_stores.write_winhttp(on, NAMED, "*")
    assert [facts(on)["firewall"][who]["port"] for who in ("maps", "crl")] == [443, 80]
    proxy_stores.write_winhttp(on, NAMED)
    assert [facts(on)["firewall"][who]["port"] for who in ("maps", "crl")] == [3128, 3128]
    off = per_machine(InternetSettings(NAMED))
    assert facts(off)["firewall"]["crl"]["port"] == 80
    on = per_machine(InternetSettings(NAMED, proxy_enabled=True))
    assert facts(on)["firewall"]["crl"]["port"] == 3128


def test_a_proxy_for_https_alone_is_none_for_the_revocation_lists() -> None:
    on = machine()
    proxy_stores.write_winhttp(on, f"https={NAMED}")
    o = seen(on)
    assert (diagnose(o).cause, verdicts(o)["winhttp_proxy_missing"]) == ("winhttp_proxy_missing", LIKELY)


def test_where_a_store_is_not_known_nothing_is_excluded() -> None:
    unknown = Route("", "machine", False, why=(Considered("machine", State.UNKNOWN),))
    o = dataclasses.replace(BROKEN, **routed(Route("", "none"), unknown))
    for name in ("winhttp_proxy_missing", "proxy_bypassed", "winhttp_proxy_unusable", "winhttp_proxy_dead"):
        assert verdicts(o)[name] != EXCLUDED, name
