"""A policy that makes Windows ignore local firewall rules: no rule is planned, and the policy's owner is asked."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import host_of, observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Answer
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.change import ProxySettings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Allowed, plan
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.observations import BLOCKED_BY_DEFAULT, BLOCKED_BY_RULE, BROKEN
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.clean.registry import FIREWALL_POLICY_KEY
from ansible_collections.windefend.maps.winsim.machine.defender import STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine

BLOCKED = dataclasses.replace(
    BROKEN, hresult=0x80070006, firewall_maps=BLOCKED_BY_DEFAULT, firewall_crl=BLOCKED_BY_DEFAULT
)
IGNORED = dataclasses.replace(BLOCKED, rules_ignored=True)
PROXY = ProxySettings("proxy:3128", "proxy:3128", ("<local>",))
EVIDENCE = {"en": "policy ignores local rules", "ja": "ローカルの規則が無視される"}


def test_without_the_policy_a_rule_is_the_step() -> None:
    for ignored in (None, False):
        o = dataclasses.replace(BLOCKED, rules_ignored=ignored)
        assert [step.id for step in plan(o, ProxySettings(), Allowed()).steps] == ["firewall"]
        assert diagnose(o).solutions[0].module == "windefend.maps.firewall_rule"
        assert EVIDENCE["en"] not in diagnose(o).message


@pytest.mark.parametrize("language", ["en", "ja"])
def test_with_it_the_owner_of_the_policy_is_asked_for_two_rules(language: str) -> None:
    decided = plan(IGNORED, ProxySettings(), Allowed(), language)
    assert (decided.outcome, decided.cause, decided.steps) == ("not_repairable", "firewall_default_block", ())
    found = diagnose(IGNORED, language)
    for text in (decided.reason, found.message):
        assert EVIDENCE[language] in text
        assert "AllowLocalPolicyMerge" in text
        assert "WinDefend" in text
        assert "CryptSvc" in text
    first = found.solutions[0]
    assert first.module == ""
    assert {"en": "the owner of the policy", "ja": "ポリシーの担当者"}[language] in first.who
    assert first.who in decided.reason
    assert "windefend.maps.firewall_rule" not in {one.module for one in found.solutions}


def test_other_steps_stay() -> None:
    """A policy may allow the proxy's port."""
    assert [step.id for step in plan(IGNORED, ProxySettings(), Allowed(PROXY)).steps] == ["winhttp_proxy"]


def test_a_block_rule_is_another_cause() -> None:
    o = dataclasses.replace(IGNORED, firewall_maps=BLOCKED_BY_RULE, firewall_crl=BLOCKED_BY_RULE)
    assert diagnose(o).cause == "firewall_block_rule"
    assert EVIDENCE["en"] not in diagnose(o).message


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_cached_proxy_is_a_caution(language: str) -> None:
    o = dataclasses.replace(BROKEN, cached_proxy="old.corp.example:8080")
    (caution,) = diagnose(o, language).cautions
    assert "old.corp.example:8080" in caution
    assert caution in diagnose(o, language).message
    assert diagnose(dataclasses.replace(o, connected=True), language).cautions == (caution,)
    assert diagnose(BROKEN, language).cautions == ()


def read(on: Machine) -> host_reading.Host:
    host = SimulatedHost(on)
    shown = run_operation(host, host_reading.read())
    assert host.unknown == []
    return host_of(shown)


def ignoring() -> Machine:
    on = machine("outbound_block")
    for profile in ("DomainProfile", "PrivateProfile", "PublicProfile"):
        on.registry.set_dword(f"{FIREWALL_POLICY_KEY}\\{profile}", "AllowLocalPolicyMerge", 0)
    return on


def test_a_host_shows_whether_its_rules_are_ignored() -> None:
    assert read(machine("outbound_block")).firewall.rules_ignored is False
    host = read(ignoring())
    assert host.firewall.rules_ignored is True
    assert host.shown["firewall"]["rules_ignored"] is True
    assert Observation.from_facts(host).rules_ignored is True
    assert observe(plain(host.shown)).rules_ignored is True


def test_profiles_that_cannot_be_read_are_not_known() -> None:
    outcomes = {name: Outcome(1) for name in host_reading.HOST.commands}
    lost = host_reading.interpret(Answer({**outcomes, "firewall.profiles": Outcome(None)}, False, 0.0))
    assert lost.firewall.rules_ignored is None
    assert lost.shown["firewall"]["rules_ignored"] is None
    assert "firewall.rules_ignored" in lost.unknown
    assert host_reading.interpret(Answer(outcomes, False, 0.0)).firewall.rules_ignored is False


def test_defenders_cached_proxy_is_read_with_the_blank_in_its_name() -> None:
    on = machine()
    empty = read(on).defender
    assert (empty.cached_proxy, empty.cached_proxy_access_type, empty.last_known_good_proxy) == ("", None, "")
    on.registry.set_text(STATE_KEY, "CachedProxy", "a.example:1")
    on.registry.set_dword(STATE_KEY, "CachedProxyAccessType ", 3)
    on.registry.set_text(STATE_KEY, "CachedProxyBypass", "<local>")
    on.registry.set_text(STATE_KEY, "LastKnownGoodProxy", "b.example:2")
    host = read(on)
    product = host.defender
    assert (product.cached_proxy, product.cached_proxy_access_type) == ("a.example:1", 3)
    assert (product.cached_proxy_bypass, product.last_known_good_proxy) == ("<local>", "b.example:2")
    assert Observation.from_facts(host).cached_proxy == "b.example:2"
    on.registry.delete_value(STATE_KEY, "LastKnownGoodProxy")
    on.registry.delete_value(STATE_KEY, "CachedProxyAccessType ")
    on.registry.set_dword(STATE_KEY, "CachedProxyAccessType", 1)
    again = read(on)
    assert again.defender.cached_proxy_access_type == 1
    assert Observation.from_facts(again).cached_proxy == "a.example:1"


def test_a_result_of_an_earlier_version_is_understood() -> None:
    shown = plain(read(ignoring()).shown)
    del shown["firewall"]["rules_ignored"]
    for name in [name for name in shown["defender"] if name.startswith(("cached_", "last_known"))]:
        del shown["defender"][name]
    earlier = host_of(shown)
    assert earlier.firewall.rules_ignored is None
    assert earlier.defender.cached_proxy == ""
