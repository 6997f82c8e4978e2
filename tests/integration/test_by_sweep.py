"""A sweep assesses and repairs as a task on each host does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
DEMO = yaml.safe_load((ROOT / "demo" / "fleet.yml").read_text(encoding="utf-8"))
PROXY = {"remediate_winhttp_proxy": "proxy.corp.example:3128"}
MEASURED = ("time", "requests", "bytes", "started", "finished", "since", "age_days", "signatures_age_hours", "run")
"""What two runs cannot have in common."""
FAILED = 2
"""The exit status where nothing can be read of a host."""
WELL = [{"name": f"pc-{number}"} for number in range(3)]


def remediated(fleet: SimulatedFleet, *options: str, **variables: Any) -> tuple[Run, dict[str, Any]]:
    report = fleet.folder / "report.json"
    report.unlink(missing_ok=True)
    given = {**PROXY, **variables, "maps_report_path": str(report)}
    run = fleet.playbook(ROOT / "playbooks" / "remediate.yml", *options, variables={"maps_use_sweep": True, **given})
    failed = any(host["outcome"] == "failed" for host in json.loads(report.read_text())["hosts"].values())
    assert run.status == (FAILED if failed else 0), run.output
    return run, json.loads(report.read_text(encoding="utf-8"))


def waves(run: Run) -> list[set[str]]:
    """The hosts of each wave."""
    return [set(row["result"]["hosts"]) for row in run.results if row["task"] == "Repair all hosts of the wave"]


def kept(value: Any) -> Any:
    """A report without what was measured, and without the fleet's addresses."""
    if isinstance(value, dict):
        return {key: kept(one) for key, one in value.items() if key not in MEASURED}
    if isinstance(value, str):
        return re.sub(r"\bport \d+", "port", value.replace("127.17.", "127.16."))
    return [kept(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.extended), "ja"])
def test_both_ways_say_the_same_of_every_demo_host(start_fleet: StartFleet, language: str) -> None:
    fleet = start_fleet(DEMO)
    before = fleet.states()
    _unused, together = remediated(fleet, "--check", remediate_language=language)
    _unused, alone = remediated(fleet, "--check", remediate_language=language, maps_use_sweep=False)
    assert fleet.states() == before
    same(together, alone)
    _unused, together = remediated(fleet, remediate_language=language)
    other = start_fleet({**DEMO, "network": "127.17.0.0/16"})
    _unused, alone = remediated(other, remediate_language=language, maps_use_sweep=False)
    same(together, alone)


def same(together: Mapping[str, Any], alone: Mapping[str, Any]) -> None:
    assert together["outcomes"] == alone["outcomes"]
    assert together["hosts"].keys() == alone["hosts"].keys()
    for name, host in together["hosts"].items():
        assert kept(host) == kept(alone["hosts"][name]), name
        assert host["started"]


def test_a_healthy_fleet_has_no_wave(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": WELL})
    run, report = remediated(fleet)
    assert report["outcomes"] == {"healthy": 3}
    assert waves(run) == []
    assert "Could not match" not in run.output
    assert all(host["requests"] > 0 for host in report["hosts"].values())


def test_the_canary_is_a_broken_host(start_fleet: StartFleet) -> None:
    broken = [{"name": f"bad-{number}", "scenario": "no_winhttp_proxy_72efe"} for number in (1, 2)]
    fleet = start_fleet({"hosts": [*WELL, *broken, {"name": "off", "scenario": "unreachable"}]})
    run, report = remediated(fleet, "--limit", "pc-1,bad-1,bad-2,off")
    assert {name: host["outcome"] for name, host in report["hosts"].items()} == {
        "pc-1": "healthy",
        "bad-1": "repaired",
        "bad-2": "repaired",
        "off": "unreachable",
    }
    assert waves(run) == [{"bad-1"}, {"bad-2"}]


def test_each_host_has_its_own_variables(start_fleet: StartFleet) -> None:
    broken = {"scenario": "no_winhttp_proxy_72efe"}
    texts: list[dict[str, Any]] = [
        {"name": "laptop", "variables": {"remediate_winhttp_proxy": "no"}},
        {"name": "site", "variables": {"remediate_winhttp_proxy": "{{ 'proxy.corp.' ~ 'example:3128' }}"}},
        {"name": "wrong", "variables": {"remediate_timeout": "soon"}},
        {"name": "unset", "variables": {"remediate_winhttp_proxy": "{{ nowhere }}"}},
    ]
    fleet = start_fleet({"hosts": [{**one, **broken} for one in texts]})
    report = fleet.folder / "report.json"
    variables = {"maps_use_sweep": True, "maps_report_path": str(report)}
    run = fleet.playbook(ROOT / "playbooks" / "remediate.yml", variables=variables)
    assert run.status == 2, run.output
    hosts = json.loads(report.read_text(encoding="utf-8"))["hosts"]
    assert {name: host["outcome"] for name, host in hosts.items()} == {
        "laptop": "not_repairable",
        "site": "repaired",
        "wrong": "failed",
        "unset": "failed",
    }
    assert "remediate_timeout" in hosts["wrong"]["reason"]
    assert "nowhere" in hosts["unset"]["reason"]


def test_a_loosened_host_has_a_wave_although_it_is_well(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [*WELL, {"name": "owes", "scenario": "crl_blocked"}]})
    remediated(fleet, remediate_ssl_options_workaround="no_revocation")
    run, report = remediated(fleet, remediate_ssl_options_workaround="no_revocation")
    assert report["hosts"]["owes"]["debt"]
    assert waves(run) == [{"owes"}]


def test_a_detection_test_needs_every_host(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": WELL[:1]})
    run, report = remediated(fleet, remediate_detection_test=True)
    assert waves(run) == [{"pc-0"}]
    assert report["hosts"]["pc-0"]["detection"]["proven"] is True


def test_assess_ends_with_the_same_block_both_ways(start_fleet: StartFleet) -> None:
    fleet = start_fleet(DEMO)
    playbook = ROOT / "playbooks" / "assess.yml"
    runs = [fleet.playbook(playbook, variables={"maps_use_sweep": by_sweep}) for by_sweep in (True, False)]
    assert [run.status for run in runs] == [FAILED, FAILED]
    parts = (run.output.partition("Assessment: 36 hosts")[2] for run in runs)
    blocks = [re.split(r"\n(?:ok|fatal): |\nPLAY RECAP|\n\[ERROR\]", part)[0].splitlines() for part in parts]
    assert len(blocks[0]) > 20
    numbers = [sorted(line.partition(", for example")[0] for line in block if line[:6].strip()) for block in blocks]
    assert numbers[0] == numbers[1]
