"""Causes by table: what was seen -> the leading cause, its confidence, and what else is possible."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.causes import CAUSES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.rules_state import RULES
from ansible_collections.windefend.maps.tests.support.observations import (
    BLOCKED_BY_DEFAULT,
    BLOCKED_BY_RULE,
    BROKEN,
    PROXY,
)


def seen(**changes: Any) -> Observation:
    """A host on which everything is right but what is said, and MAPS does not answer."""
    return dataclasses.replace(BROKEN, **changes)


@pytest.mark.parametrize(
    ("changes", "cause", "confidence"),
    [
        ({"hresult": 0x80070006}, "winhttp_proxy_missing", "likely"),
        ({"hresult": 0x80072F8F}, "winhttp_proxy_missing", "likely"),
        ({"hresult": 0x80072EFE}, "winhttp_proxy_missing", "likely"),
        ({"hresult": 0x80072F8F, "defender_proxy": "http://p:8080"}, "winhttp_proxy_missing", "likely"),
        ({"hresult": 0x80072F8F, "advanced_proxy": "p:8080"}, "winhttp_proxy_missing", "likely"),
        (
            {"hresult": 0x80072F8F, "advanced_proxy": "p:8080", "settings_per_machine": True},
            "crl_unreachable",
            "likely",
        ),
        ({"winhttp_direct": False, "winhttp_problem": "too short"}, "winhttp_proxy_missing", "possible"),
        ({"hresult": 0x80072F8F, **PROXY}, "crl_unreachable", "likely"),
        ({"hresult": 0x80072EFD, **PROXY}, "winhttp_proxy_dead", "possible"),
        ({"hresult": 0x80072EE7, **PROXY}, "winhttp_proxy_dead", "possible"),
        ({"hresult": 0x80072F0D, **PROXY}, "tls_inspection", "likely"),
        ({"hresult": 0x80072F0D}, "tls_inspection", "likely"),
        ({"hresult": 0x80004005}, "name_resolution", "possible"),
        ({"hresult": 0x80070005, "elevated": False}, "not_elevated", "certain"),
        ({"hresult": 0x80070667, "build": 14393}, "windows_too_old", "certain"),
        ({"hresult": 0x800106BA, "running": False, "disabled_start": True}, "service_stopped", "certain"),
        ({"hresult": 0x80070006, "firewall_maps": BLOCKED_BY_RULE}, "firewall_block_rule", "certain"),
        ({"hresult": 0x80072F8F, "firewall_crl": BLOCKED_BY_RULE}, "firewall_block_rule", "certain"),
        ({"hresult": 0x80070006, "firewall_maps": BLOCKED_BY_DEFAULT}, "firewall_default_block", "certain"),
        ({"hresult": 0x80072F8F, "clock_skew": -900000.0}, "clock_skew", "certain"),
        ({"hresult": 0x80072F8F, "clock_skew": 90000.0}, "winhttp_proxy_missing", "likely"),
        ({"hresult": 0x80072F8F, "clock_skew": 90000.0, "ssl_options": 2, **PROXY}, "clock_skew", "possible"),
        ({"installed": False, "running": False}, "other_antivirus", "certain"),
        ({"passive": True}, "other_antivirus", "certain"),
        ({"switched_off": True, "running": False}, "other_antivirus", "certain"),
        ({"reporting_off": True}, "maps_off", "certain"),
        ({"hresult": 0x8BADF00D}, "unknown", "none"),
        ({"hresult": None, "validated": False}, "unknown", "none"),
    ],
)
def test_cause(changes: dict[str, Any], cause: str, confidence: str) -> None:
    found = diagnose(seen(**changes))
    assert (found.cause, found.confidence) == (cause, confidence)


def test_connected_host_has_no_cause() -> None:
    found = diagnose(seen(connected=True, hresult=None))
    assert (found.cause, found.solutions) == ("none", ())


def test_the_state_outweighs_the_code() -> None:
    """A code of the article does not hide a block rule that is there for all to see."""
    assert diagnose(seen(hresult=0x80072F8F, firewall_maps=BLOCKED_BY_RULE)).alternatives == ()


def test_what_cannot_be_told_apart_is_said() -> None:
    found = diagnose(seen(hresult=0x80070006, **PROXY))
    assert found.cause == "winhttp_proxy_dead"
    assert {"proxy_authentication", "crl_unreachable", "perimeter", "tls_inspection"} <= set(found.alternatives)


def test_block_rule_is_named_with_its_store() -> None:
    (evidence, *_unused) = diagnose(seen(firewall_maps=BLOCKED_BY_RULE)).evidence
    assert "'no cloud'" in evidence
    assert "policy store" in evidence


def test_loosening_never_comes_first() -> None:
    for code in (0x80070006, 0x80072F8F, 0x80072EFE):
        for proxied in ({}, PROXY):
            solutions = diagnose(seen(hresult=code, **proxied)).solutions
            assert solutions[0].module != "windefend.maps.spynet"


def test_every_rule_names_a_known_cause_and_its_source() -> None:
    for rule in RULES:
        assert rule.cause in CAUSES
        assert rule.source
    assert {rule.cause for rule in RULES} == set(CAUSES) - {"unknown"}


def test_every_cause_says_what_to_do() -> None:
    for cause in CAUSES.values():
        assert cause.solutions() or not cause.applicable
        for solution in cause.solutions():
            assert bool(solution.module) != bool(solution.who)
            assert solution.cost
