"""Whatever was seen, missing or contradictory: the diagnosis speaks, and calls nothing fine that it did not see."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import from_results
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.appraisal import (
    CERTAIN,
    EXCLUDED,
    POSSIBLE,
    VERDICTS,
    appraise,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnose
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.probe_evidence import (
    IN_TLS,
    OPEN,
    STOPS,
    ProbeEvidence,
    Reachability,
    Roots,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.rules_state import GIVES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.verdict import Decision
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.message import LANGUAGES
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.change import ProxySettings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Considered, Route, State
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import WORKAROUNDS, Allowed, plan
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_verdict import Verdict
from ansible_collections.windefend.maps.tests.support.observations import ALLOWED, BROKEN, PROXY
from hypothesis import given, settings, strategies as st

PROXIES = st.sampled_from(["", "p.example:3128", "http://p.example:8080", "{braces}", "プロキシ:1"])
CODES = st.one_of(st.none(), st.sampled_from(sorted(set().union(*GIVES.values()))), st.integers(0, 0xFFFFFFFF))
MAYBE = st.sampled_from([True, False, None])
PROFILE = st.builds(
    Verdict,
    allowed=MAYBE,
    decided_by=st.sampled_from(["rule", "default", "firewall_off"]),
    rule_name=st.sampled_from(["", "no {cloud}", "規則", "%s"]),
    store=st.sampled_from(["local", "policy", "mdm", ""]),
    reason=st.just(""),
)
VERDICT = st.builds(
    Decision,
    program=st.just(""),
    service=st.just(""),
    port=st.integers(0, 65535),
    protocol=st.just(6),
    verdict=st.sampled_from(["allowed", "blocked", "depends_on_profile", "unknown", ""]),
    profiles=st.dictionaries(st.sampled_from(["domain", "private", "public"]), PROFILE),
)
REACH = st.builds(
    Reachability,
    url=st.sampled_from(["https://wdcp.microsoft.com/", "http://crl.microsoft.com/a.crl"]),
    proxy=PROXIES,
    source=st.sampled_from(["winhttp", "defender", "machine", "account", "none", "option", ""]),
    way=st.sampled_from([OPEN, "unknown", *STOPS]),
    tls=st.sampled_from(["", "stands", *sorted(IN_TLS)]),
    inspected=MAYBE,
    issuer=st.sampled_from(["", "O=Contoso", "{issuer}"]),
    delivered=MAYBE,
    status=st.one_of(st.none(), st.integers(0, 599)),
    code=st.just(""),
)
REACHES = st.lists(REACH, max_size=3).map(tuple)
PROBED = st.builds(
    ProbeEvidence, run_as=st.sampled_from(["current", "system"]), curl=st.booleans(), schannel=st.booleans(),
    maps=REACHES, lists=REACHES, lenient=REACHES,
)  # fmt: skip
ROOTS = st.builds(
    Roots, microsoft_root=MAYBE, update_off=MAYBE, root_dir_url=st.just(""),
    disallowed_age=st.one_of(st.none(), st.floats(-1e6, 1e6)), disallowed_never=st.booleans(),
)  # fmt: skip
STORES = ["winhttp", "defender", "machine", "account", "caller"]
CONSIDERED = st.builds(
    Considered, store=st.sampled_from(STORES), state=st.sampled_from(State), text=PROXIES,
    detail=st.sampled_from(["credentials", "scheme", "characters", "port"]),
)  # fmt: skip
ROUTES = st.builds(
    Route, proxy=PROXIES, source=st.sampled_from([*STORES, "none", "winhttp_bypass", "defender_bypass"]),
    certain=st.booleans(), why=st.lists(CONSIDERED, max_size=3).map(tuple),
    others=st.lists(st.sampled_from(STORES), max_size=2).map(tuple),
)  # fmt: skip
OBSERVATIONS = st.builds(
    Observation,
    validated=st.booleans(),
    connected=MAYBE,
    hresult=CODES,
    http_code=st.sampled_from([None, 450, 451]),
    run_as=st.sampled_from(["current", "system"]),
    build=st.sampled_from([0, 14393, 15063, 20348]),
    elevated=st.booleans(),
    installed=st.booleans(),
    running=MAYBE,
    disabled_start=st.booleans(),
    passive=st.booleans(),
    switched_off=st.booleans(),
    defender_proxy=PROXIES,
    maps_route=ROUTES,
    lists_route=ROUTES,
    winhttp_problem=st.sampled_from(["", "too short {"]),
    ssl_options=st.integers(0, 4),
    reporting_off=MAYBE,
    tamper_protection=MAYBE,
    firewall_maps=VERDICT,
    firewall_crl=VERDICT,
    clock_skew=st.one_of(st.none(), st.floats(-1e9, 1e9)),
    firewall_probe=st.one_of(st.none(), VERDICT),
    caller_proxy_differs=st.booleans(),
    system_proxy=st.booleans(),
    policy_values=st.lists(st.sampled_from(["SSLOptions", "DisableRootAutoUpdate"]), unique=True).map(tuple),
    probed=st.one_of(st.none(), PROBED),
    candidate=st.one_of(st.none(), PROBED),
    roots=st.one_of(st.none(), ROOTS),
    rules_ignored=MAYBE,
    cached_proxy=PROXIES,
    credentials=st.lists(st.sampled_from(STORES), unique=True).map(tuple),
)
ONLY_BY_PROBES = ("name_resolution", "perimeter", "root_missing", "proxy_authentication", "winhttp_proxy_dead")


@settings(max_examples=100, deadline=None)
@given(OBSERVATIONS, st.sampled_from(LANGUAGES), st.sampled_from(sorted(WORKAROUNDS)))
def test_it_always_speaks_and_is_never_healthy_by_itself(o: Observation, language: str, workaround: str) -> None:
    found = diagnose(o, language)
    assert (found.cause == "none") == (o.connected is True)
    assert found.message
    assert found.summary
    assert found.title
    appraised = appraise(o)
    if found.cause == "none":
        certain = [one for one in appraised.values() if one.verdict == CERTAIN]
        somebodys = o.caller_proxy_differs and o.run_as != "system"
        assert len(found.evidence) == len(certain) + somebodys, "what is certain although MAPS answered is a doubt"
        return
    assert {one.verdict for one in appraised.values()} <= set(VERDICTS)
    told_of = [one.id for one in (*found.causes, *found.excluded, *found.unseen)]
    assert sorted(told_of) == sorted(appraised), "each cause is told once, none is left out"
    assert found.causes or found.cause == "unknown"
    decided = plan(o, ProxySettings(), Allowed(ProxySettings("p:1", "p:1"), True, workaround), language)
    assert decided.outcome in ("", "not_applicable", "not_repairable")
    assert decided.reason


@settings(max_examples=60, deadline=None)
@given(OBSERVATIONS)
def test_what_nobody_probed_is_never_fine(o: Observation) -> None:
    """Without probes nothing on the way can be excluded, but by a proxy that is not there."""
    blind = dataclasses.replace(o, probed=None, candidate=None, roots=None)
    found = appraise(blind)
    no_proxy = not blind.machine_proxy
    for name in ONLY_BY_PROBES:
        if not (no_proxy and name in ("proxy_authentication", "winhttp_proxy_dead")):
            assert found[name].verdict != EXCLUDED, name


@settings(max_examples=60, deadline=None)
@given(OBSERVATIONS)
def test_what_nothing_excludes_is_told_as_open(o: Observation) -> None:
    for one in appraise(o).values():
        if one.verdict == EXCLUDED:
            assert one.against
        if one.verdict == CERTAIN:
            assert one.supporting
            assert not one.against


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=4)),
    max_leaves=12,
)
ENTRY = st.dictionaries(
    st.sampled_from(["url", "proxy", "way_certain", "failure", "tls", "connected", "status", "delivered", "inspected"]),
    st.one_of(JSON, st.sampled_from(["https://wdcp.microsoft.com/", "http://a.example/a.crl", "timed_out", True])),
)
RESULT = st.dictionaries(
    st.sampled_from(["endpoints", "curl", "revocation", "lists", "after", "microsoft_root", "failed", "run_as"]),
    st.one_of(JSON, st.lists(ENTRY, max_size=3), st.fixed_dictionaries({"lists": st.lists(ENTRY, max_size=2)})),
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(JSON, RESULT))
def test_a_malformed_result_of_a_probe_is_no_evidence_and_no_crash(result: Any) -> None:
    for lists_too in (True, False):
        found = from_results.probed(result, lists_too)
        assert found is None or isinstance(found, ProbeEvidence)
        if found is not None:
            assert diagnose(dataclasses.replace(BROKEN, probed=found, candidate=found)).cause != "none"
    assert from_results.roots(result) is None or isinstance(result, dict)


@pytest.mark.parametrize("broken", [{"failed": True}, {"skipped": True}, {"unreachable": True}])
def test_a_task_that_failed_or_was_skipped_says_nothing(broken: dict[str, bool]) -> None:
    assert from_results.probed({"endpoints": [], **broken}) is None
    assert from_results.roots({"lists": {}, **broken}) is None


def test_a_contradiction_is_no_more_than_possible() -> None:
    """Probes saw the proxy refuse, and reach MAPS: both cannot be."""
    refused = Reachability("https://wdcp.microsoft.com/", "p:1", "winhttp", "refused", "", None, "", None, None, "")
    opened = dataclasses.replace(refused, way=OPEN, tls="stands")
    blocked = dataclasses.replace(BROKEN, elevated=True, clock_skew=8e5, firewall_probe=ALLOWED, **PROXY)
    one = dataclasses.replace(blocked, probed=ProbeEvidence("system", True, True, (refused,), (), ()))
    assert appraise(one)["perimeter"].verdict == CERTAIN
    both = dataclasses.replace(blocked, probed=ProbeEvidence("system", True, True, (refused, opened), (), ()))
    assert appraise(both)["perimeter"].verdict in (POSSIBLE, "unknown", "hidden")


def test_a_service_code_beside_a_running_service_is_a_doubt() -> None:
    found = diagnose(dataclasses.replace(BROKEN, hresult=0x800106BA))
    assert (found.cause, found.confidence) == ("service_stopped", "possible")
    assert found.causes[0].evidence_against == ("the service WinDefend is running",)


def test_an_answer_to_somebody_elses_proxy_is_not_certain() -> None:
    found = diagnose(dataclasses.replace(BROKEN, connected=True, hresult=None, caller_proxy_differs=True))
    assert (found.cause, found.confidence) == ("none", "likely")
    assert "check as SYSTEM" in found.message
