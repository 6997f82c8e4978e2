"""The role detection_test, its playbook, and the proof at the end of a remediation, which somebody must ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.integration.test_remediate import remediate
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PROXY = "proxy.corp.example:3128"
FILTER = {"network": {"proxies": {PROXY: {"blocked": {"aka.ms:*": "page", "go.microsoft.com:*": "page"}}}}}
PLAYBOOK = ROOT / "playbooks" / "detection_test.yml"
HOSTS = [
    {"name": "broken", "scenario": "no_winhttp_proxy_72f8f"},
    {"name": "filtered", "scenario": "no_winhttp_proxy_72f8f", "overrides": FILTER},
    {"name": "cloudless", "scenario": "maps_off"},
]


def downloads(fleet: SimulatedFleet) -> list[str]:
    return [name for name, one in fleet.machines.items() if any("test-file" in entry.line for entry in one.log)]


def test_no_alarm_unasked(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": HOSTS})
    _run, report = remediate(fleet)
    assert report["broken"]["outcome"] == "repaired"
    assert downloads(fleet) == []
    assert not any("detection" in host for host in report.values())


def test_what_was_repaired_is_proven_where_asked(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": HOSTS})
    requested = {"remediate_detection_test": True, "detection_test_timeout": 2, "detection_test_form": "file"}
    _run, foretold = remediate(fleet, "--check", **requested)
    assert downloads(fleet) == []
    assert "detection" not in foretold["broken"]
    run, report = remediate(fleet, **requested)
    assert run.status == 0, run.output
    assert report["broken"]["outcome"] == "repaired"
    proof = report["broken"]["detection"]
    assert (proof["outcome"], proof["proven"], proof["quarantined"]) == ("detected", True, True)
    assert proof["action"] == "quarantine"
    assert proof["time"]
    blocked = report["filtered"]["detection"]
    assert (blocked["outcome"], blocked["proven"]) == ("blocked_upstream", None)
    assert report["filtered"]["outcome"] == "repaired", "a proof that cannot be made takes nothing away"
    assert blocked["message"] in report["filtered"]["reason"]
    assert downloads(fleet) == ["broken", "filtered"], "where MAPS does not answer, nothing is proven by a download"


def test_the_playbook_fails_where_nothing_is_proven(start_fleet: StartFleet) -> None:
    healthy = {"name": "healthy", "scenario": "healthy_behind_proxy"}
    other = {"name": "other", "scenario": "other_antivirus"}
    fleet = start_fleet({"hosts": [healthy, other, *HOSTS[2:]]})
    requested = {"detection_test_timeout": 1, "detection_test_form": "file"}
    run = fleet.playbook(PLAYBOOK, variables=requested)
    assert run.status == 2, run.output
    assert {name for name, stats in run.stats.items() if stats["failures"]} == {"cloudless"}
    assert run.of("Show what was proven", "healthy")["msg"].startswith("detected: ")
    run = fleet.playbook(PLAYBOOK, "--check", variables=requested)
    assert run.status == 0, run.output
