"""The playbooks assess and remediate begin with a sweep; what comes of it must be what going host by host gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
DEMO = yaml.safe_load((ROOT / "demo" / "fleet.yml").read_text(encoding="utf-8"))
PROXY = {"remediate_winhttp_proxy": "proxy.corp.example:3128"}
MEASURED = ("time", "requests", "bytes", "started", "finished")
"""What two runs cannot have in common."""
READ = "Read the host and validate its connection to MAPS"
WELL = [{"name": f"pc-{number}"} for number in range(3)]


def remediated(fleet: SimulatedFleet, *options: str, **variables: Any) -> tuple[Run, dict[str, Any]]:
    report = fleet.folder / "report.json"
    report.unlink(missing_ok=True)
    given = {**PROXY, **variables, "maps_report_path": str(report)}
    run = fleet.playbook(ROOT / "playbooks" / "remediate.yml", *options, variables=given)
    assert run.status == 0, run.output
    return run, json.loads(report.read_text(encoding="utf-8"))


def looked_at(run: Run) -> set[str]:
    """The hosts that had tasks of their own in the role."""
    return {row["host"] for row in run.results if row["task"] == READ}


def kept(value: Any) -> Any:
    """A report without what was measured."""
    if isinstance(value, dict):
        return {key: kept(one) for key, one in value.items() if key not in MEASURED}
    return [kept(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("language", ["en", "ja"])
def test_both_ways_foretell_the_same_of_every_demo_host(start_fleet: StartFleet, language: str) -> None:
    fleet = start_fleet(DEMO)
    before = fleet.states()
    _unused, together = remediated(fleet, "--check", remediate_language=language)
    _unused, alone = remediated(fleet, "--check", remediate_language=language, maps_host_by_host=True)
    assert together["outcomes"] == alone["outcomes"]
    assert together["hosts"].keys() == alone["hosts"].keys()
    for name, host in together["hosts"].items():
        assert kept(host) == kept(alone["hosts"][name]), name
    assert together["hosts"]["healthy"]["started"]
    assert fleet.states() == before


def test_a_healthy_fleet_needs_no_task_of_its_own(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": WELL})
    run, report = remediated(fleet)
    assert report["outcomes"] == {"healthy": 3}
    assert looked_at(run) == set()
    assert "Could not match" not in run.output
    assert all(host["requests"] > 0 for host in report["hosts"].values())


def test_only_hosts_that_want_it_are_looked_at(start_fleet: StartFleet) -> None:
    fleet = start_fleet(
        {
            "hosts": [
                *WELL,
                {"name": "bad", "scenario": "no_winhttp_proxy_72efe"},
                {"name": "off", "scenario": "unreachable"},
            ]
        }
    )
    run, report = remediated(fleet, "--limit", "pc-1,bad,off")
    assert {name: host["outcome"] for name, host in report["hosts"].items()} == {
        "pc-1": "healthy",
        "bad": "repaired",
        "off": "unreachable",
    }
    assert looked_at(run) == {"bad", "off"}
    # What the sweep read of it is not read again.
    assert run.kind(READ, "bad") == "skipped"


def test_a_loosened_host_is_looked_at_although_it_is_well(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [*WELL, {"name": "owes", "scenario": "crl_blocked"}]})
    remediated(fleet, remediate_ssl_options_workaround="no_revocation")
    run, report = remediated(fleet, remediate_ssl_options_workaround="no_revocation")
    assert report["hosts"]["owes"]["debt"]
    assert looked_at(run) == {"owes"}


def test_a_detection_test_asks_every_host(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": WELL[:1]})
    run, report = remediated(fleet, remediate_detection_test=True)
    assert looked_at(run) == {"pc-0"}
    assert report["hosts"]["pc-0"]["detection"]["proven"] is True


def test_assess_says_of_each_host_what_going_host_by_host_says(start_fleet: StartFleet) -> None:
    fleet = start_fleet(DEMO)
    playbook = ROOT / "playbooks" / "assess.yml"
    together = fleet.playbook(playbook)
    alone = fleet.playbook(playbook, variables={"maps_host_by_host": True})
    assert together.status == alone.status == 4
    diagnoses = {
        row["host"]: row["result"]["msg"] for row in alone.results if row["task"].endswith("Show the diagnosis")
    }
    assert len(diagnoses) == 24
    for name, text in diagnoses.items():
        shown = [row["result"]["msg"] for row in together.results if "Show the diagnosis" in row["task"]]
        assert any(text in one and (name in one or one == text) for one in shown), name
    assert {name for name, stats in together.stats.items() if stats["unreachable"]} == {
        name for name, stats in alone.stats.items() if stats["unreachable"]
    }
