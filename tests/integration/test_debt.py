"""A loosening is debt: told with its age, taken back when it is not needed, and nothing is tried twice in vain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.integration.test_remediate import remediate
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.tests.support.remediation import changed, state
from ansible_collections.windefend.maps.winsim.machine.network import Proxy

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PROXY = "proxy.corp.example:3128"
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
CONSENT = {"remediate_ssl_options_workaround": "no_revocation"}
BLIND = {"remediate_probe": "never"}
"""Without probes less is known before the first step, so that more is guessed."""


def ssl(fleet: SimulatedFleet) -> Any:
    return fleet.machines["pc"].registry.data(SPYNET, "SSLOptions")


def proxy_of(fleet: SimulatedFleet) -> Proxy:
    return fleet.machines["pc"].network.proxies[PROXY]


def test_debt_is_told_and_paid_when_the_lists_come(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked", "variables": {}}]})
    before = state(fleet.machines["pc"])
    _run, report = remediate(fleet, **CONSENT, maps_run="first")
    assert report["pc"]["outcome"] == "repaired"
    (debt,) = report["pc"]["debt"]
    assert {name: debt[name] for name in ("what", "value", "before", "lost", "run")} == {
        "what": "ssl_options",
        "value": 2,
        "before": None,
        "lost": ["revocation_check"],
        "run": "first",
    }
    assert 0 <= debt["age_days"] < 1
    assert dt.datetime.fromisoformat(debt["since"]) <= dt.datetime.now(dt.UTC)

    owing = state(fleet.machines["pc"])
    run, report = remediate(fleet)
    assert run.stats["pc"]["changed"] == 0, run.output
    assert changed(owing, fleet.machines["pc"]) == []
    assert report["pc"]["outcome"] == "healthy"
    assert report["pc"]["debt"][0]["since"] == debt["since"]

    del proxy_of(fleet).blocked["*:80"]
    run, report = remediate(fleet, maps_run="later")
    assert run.status == 0, run.output
    assert ssl(fleet) is None
    assert report["pc"]["debt"] == []
    (step,) = report["pc"]["steps"]
    assert (step["id"], step["helped"], step["taken_back"]) == ("tighten", True, False)
    run, report = remediate(fleet)
    assert (run.stats["pc"]["changed"], report["pc"]["debt"], report["pc"]["steps"]) == (0, [], [])
    left = [line for line in changed(before, fleet.machines["pc"]) if line.startswith("registry")]
    assert [line for line in left if "windefend.maps" not in line and not line.endswith("added {}")] == []


def test_debt_that_cannot_be_paid_is_tried_once(start_fleet: StartFleet) -> None:
    """Without curl nobody knows whether the lists come: the way back is tried, in vain, and not again."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked", "variables": {}}]})
    remediate(fleet, **CONSENT)
    fleet.machines["pc"].files.remove(r"C:\Windows\System32\curl.exe")
    _run, report = remediate(fleet)
    (step,) = report["pc"]["steps"]
    assert (step["id"], step["helped"], step["taken_back"]) == ("tighten", False, True)
    assert (report["pc"]["outcome"], ssl(fleet)) == ("healthy", 2)
    assert len(report["pc"]["debt"]) == 1
    fleet.machines["pc"].log.clear()  # winsim notes the missing curl
    run, report = remediate(fleet)
    assert (run.stats["pc"]["changed"], report["pc"]["steps"], ssl(fleet)) == (0, [], 2)
    assert len(report["pc"]["debt"]) == 1
    fleet.machines["pc"].log.clear()


def test_what_did_not_help_is_not_tried_again_until_something_changed(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "proxy_authentication"}]})
    _run, report = remediate(fleet, **CONSENT, **BLIND)
    assert [step["id"] for step in report["pc"]["steps"]] == ["ssl_options"]
    assert report["pc"]["debt"] == []
    tried = state(fleet.machines["pc"])
    run, report = remediate(fleet, **CONSENT, **BLIND)
    assert report["pc"]["steps"] == []
    assert run.stats["pc"]["changed"] == 0
    assert "Not tried again: ssl_options did not help on" in report["pc"]["reason"]
    assert changed(tried, fleet.machines["pc"]) == []
    _run, foretold = remediate(fleet, "--check", **CONSENT, **BLIND)
    assert foretold["pc"]["steps"] == []

    other = "other.corp.example:3128"
    fleet.machines["pc"].network.proxies[other] = proxy_of(fleet)
    _run, report = remediate(fleet, **CONSENT, **BLIND, remediate_winhttp_proxy=other)
    assert [step["id"] for step in report["pc"]["steps"]] == ["winhttp_proxy", "ssl_options"], "the proxy is another"


def test_allow_rules_that_did_not_help_are_not_added_again(start_fleet: StartFleet) -> None:
    overrides = {"network": {"direct": {"blocked": {"*:*": "drop"}}}}
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "outbound_block", "overrides": overrides}]})
    remediate(fleet, remediate_winhttp_proxy=False)
    _run, report = remediate(fleet, remediate_winhttp_proxy=False)
    assert report["pc"]["steps"] == []
    assert "Not tried again: firewall" in report["pc"]["reason"]
    rules = [{"name": "another", "service": "WinDefend", "protocol": "tcp"}]
    _run, report = remediate(fleet, remediate_winhttp_proxy=False, remediate_firewall_rules=rules)
    assert [step["id"] for step in report["pc"]["steps"]] == ["firewall"]


def test_pinning_is_not_given_up_where_tls_is_inspected(start_fleet: StartFleet) -> None:
    """An inspecting proxy, and a code of the article: the consent for 0 is there, and the evidence against it."""
    host = {"name": "pc", "scenario": "tls_inspection", "overrides": {"defender": {"choice": 1}}}
    fleet = start_fleet({"hosts": [host]})
    run, report = remediate(fleet, remediate_ssl_options_workaround="no_revocation_no_pinning", **BLIND)
    assert report["pc"]["before"]["hresult"] in ("0x80070006", "0x80072EFE", "0x80072F8F"), report["pc"]["before"]
    assert report["pc"]["steps"] == [], run.output
    assert "Certificate pinning was not given up" in report["pc"]["reason"]
    assert ssl(fleet) is None


def test_pinning_goes_with_its_own_consent_where_nothing_shows_an_inspection(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked", "variables": {}}]})
    _run, report = remediate(fleet, remediate_ssl_options_workaround="no_revocation_no_pinning")
    assert report["pc"]["outcome"] == "repaired"
    assert report["pc"]["debt"][0]["lost"] == ["revocation_check", "certificate_pinning"]
