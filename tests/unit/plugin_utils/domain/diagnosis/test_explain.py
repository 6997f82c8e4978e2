"""Causes by table: what was seen -> the leading cause, its confidence, and what else is possible."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import RULES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.causes import CAUSES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.probe_evidence import (
    ProbeEvidence,
    Reachability,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Considered, Route, State
from ansible_collections.windefend.maps.tests.support.observations import (
    BLOCKED_BY_DEFAULT,
    BLOCKED_BY_RULE,
    BROKEN,
    PROXY,
    routed,
)

DIRECT = Route("", "none")
NOT_CONSULTED = Route("", "none", why=(Considered("machine", State.NOT_CONSULTED, "p:8080"),))
MACHINE = Route("p:8080", "machine")
UNREADABLE = Route("", "winhttp", certain=False)


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
        ({"hresult": 0x80072F8F, **routed(NOT_CONSULTED)}, "winhttp_proxy_missing", "likely"),
        ({"hresult": 0x80072F8F, "system_proxy": True, **routed(DIRECT, MACHINE)}, "crl_unreachable", "likely"),
        ({"winhttp_problem": "too short", **routed(UNREADABLE)}, "winhttp_proxy_missing", "possible"),
        ({"hresult": 0x80072F8F, **PROXY}, "crl_unreachable", "likely"),
        ({"hresult": 0x80072EFD, **PROXY}, "winhttp_proxy_dead", "possible"),
        ({"hresult": 0x80072EE7, **PROXY}, "winhttp_proxy_dead", "possible"),
        ({"hresult": 0x80072F0D, **PROXY}, "tls_inspection", "likely"),
        ({"hresult": 0x80072F0D}, "tls_inspection", "likely"),
        ({"hresult": 0x80004005}, "name_resolution", "possible"),
        ({"hresult": 0x80070005, "elevated": False}, "not_elevated", "certain"),
        ({"hresult": 0x80070667, "build": 14393}, "windows_too_old", "certain"),
        ({"hresult": 0x80070667, "build": 0}, "windows_too_old", "certain"),
        ({"hresult": 0x80070667, "build": 20348}, "windows_too_old", "likely"),
        ({"hresult": None, "http_code": None, "validated": False, "build": 14393}, "windows_too_old", "possible"),
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


@pytest.mark.parametrize("code", [0x80072F8F, 0x80070006, 0x80004005, 0x80070005, 0x800106BA, 0x8BADF00D])
@pytest.mark.parametrize("http_code", [None, 450, 451])
@pytest.mark.parametrize("build", [10240, 14393, 15062])
def test_an_answer_shows_that_an_old_build_has_a_current_mpcmdrun(build: int, http_code: int, code: int) -> None:
    """Fidelity A1: MpCmdRun comes with updates of the platform, so the build says nothing beside its answer."""
    old = diagnose(seen(hresult=code, http_code=http_code, build=build))
    new = diagnose(seen(hresult=code, http_code=http_code))
    assert (old.cause, old.confidence, old.solutions) == (new.cause, new.confidence, new.solutions)
    assert "windows_too_old" in {one.id for one in old.excluded}


@pytest.mark.parametrize("http_code", [450, 451])
def test_an_answer_whose_code_cannot_be_read_is_one_all_the_same(http_code: int) -> None:
    old = diagnose(seen(hresult=None, http_code=http_code, build=14393))
    assert "windows_too_old" in {one.id for one in old.excluded}


def test_a_connection_from_an_old_build_is_certain() -> None:
    assert diagnose(seen(connected=True, hresult=None, build=14393)).confidence == "certain"


def test_no_rule_in_the_stores_that_are_read_is_no_exclusion() -> None:
    """Expert E6: filters of other programs and rules for service hardening are in none of the stores."""
    found = diagnose(seen(hresult=0x80072EFD))
    assert "firewall_block_rule" not in {one.id for one in found.excluded}
    (doubt,) = (one for one in found.unseen if one.id == "firewall_block_rule")
    assert "were not read" in doubt.evidence_against[0]
    assert "netsh wfp" in doubt.probe


def test_a_filter_that_stops_defender_alone_is_possible_where_curl_gets_out() -> None:
    """Expert E6: as netero1010/EDRSilencer does."""
    open_maps = Reachability("https://wdcp.microsoft.com/", "", "none", "open", "stands", False, "", None, 200, "")
    probed = ProbeEvidence("system", True, True, (open_maps,), (), ())
    found = diagnose(seen(hresult=0x80072EFD, probed=probed))
    assert (found.cause, found.confidence) == ("firewall_block_rule", "possible")
    assert "curl.exe reaches MAPS" in found.evidence[0]


def test_the_name_of_an_issuer_is_no_proof_of_inspection() -> None:
    """Expert M12."""
    foreign = Reachability("https://wdcp.microsoft.com/", "", "none", "open", "stands", True, "O=A", None, 200, "")
    found = diagnose(seen(probed=ProbeEvidence("system", True, True, (foreign,), (), ())))
    assert {one.id: one.confidence for one in found.causes}["tls_inspection"] == "likely"


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
