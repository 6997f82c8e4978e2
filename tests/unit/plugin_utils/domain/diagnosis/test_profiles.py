"""A block in some firewall profiles only: nothing read says which profile is in force, so it proves nothing."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.verdict import Decision
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.change import Wish
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Wishes, plan
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_verdict import Verdict
from ansible_collections.windefend.maps.tests.support.observations import BROKEN, decided

OPEN = Verdict(True, "default", "", "local", "")
RULE = Verdict(False, "rule", "no cloud", "local", "")
DEFAULT = Verdict(False, "default", "", "local", "")
PROXY = Wish("p.example:3128", "p.example:3128")


def verdict(domain: Verdict, private: Verdict, public: Verdict) -> Decision:
    return decided("", 3128, domain=domain, private=private, public=public)


@pytest.mark.parametrize(
    ("profiles", "cause", "confidence"),
    [
        ((RULE, RULE, RULE), "firewall_block_rule", "certain"),
        ((DEFAULT, DEFAULT, DEFAULT), "firewall_default_block", "certain"),
        ((RULE, DEFAULT, DEFAULT), "firewall_default_block", "certain"),
        ((OPEN, OPEN, RULE), "winhttp_proxy_missing", "likely"),
        ((OPEN, OPEN, DEFAULT), "winhttp_proxy_missing", "likely"),
        ((OPEN, OPEN, OPEN), "winhttp_proxy_missing", "likely"),
    ],
)
def test_only_a_block_in_every_profile_is_certain(
    profiles: tuple[Verdict, Verdict, Verdict], cause: str, confidence: str
) -> None:
    seen = dataclasses.replace(BROKEN, firewall_maps=verdict(*profiles))
    found = diagnose(seen)
    assert (found.cause, found.confidence) == (cause, confidence)
    if RULE in profiles and cause != "firewall_block_rule":
        assert "firewall_block_rule" in found.alternatives or confidence == "certain"


def test_a_block_rule_for_public_networks_does_not_stop_the_proxy() -> None:
    seen = dataclasses.replace(BROKEN, firewall_maps=verdict(OPEN, OPEN, RULE))
    made = plan(seen, Wish(), Wishes(proxy=PROXY))
    assert [step.id for step in made.steps] == ["winhttp_proxy"]
    everywhere = dataclasses.replace(BROKEN, firewall_maps=verdict(RULE, RULE, RULE))
    assert plan(everywhere, Wish(), Wishes(proxy=PROXY)).outcome == "not_repairable"


def test_the_evidence_names_the_port_that_was_judged() -> None:
    found = diagnose(dataclasses.replace(BROKEN, firewall_maps=verdict(DEFAULT, DEFAULT, DEFAULT)))
    assert found.evidence[0] == "MAPS (port 3128) is blocked in the domain, private and public profiles"


def test_profiles_that_one_rule_blocks_are_told_in_one_breath() -> None:
    found = diagnose(
        dataclasses.replace(BROKEN, firewall_maps=verdict(RULE, dataclasses.replace(RULE, rule_name="other"), RULE))
    )
    assert found.evidence[0] == (
        "MAPS (port 3128) is blocked by rule 'no cloud' of the local store in the domain and public profiles; "
        "MAPS (port 3128) is blocked by rule 'other' of the local store in the private profile"
    )


@pytest.mark.parametrize(
    ("skew", "told"), [(-6 * 365 * 86400, "2190 days behind the controller's"), (8 * 86400, "8 days ahead of")]
)
def test_a_clock_far_off_is_told_in_days(skew: float, told: str) -> None:
    found = diagnose(dataclasses.replace(BROKEN, clock_skew=skew))
    assert found.cause == "clock_skew"
    assert told in found.message
