"""The files for monitoring, from a look at simulated hosts and from the module."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.windefend.maps.tests.support import report_fleet
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]


def test_a_look_writes_metrics_and_events_of_every_host(start_fleet: StartFleet, tmp_path: Path) -> None:
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "fine"},
                {"name": "broken", "scenario": "no_winhttp_proxy_72f8f"},
                {"name": "gone", "scenario": "unreachable"},
            ]
        }
    )
    run = fleet.playbook(
        ROOT / "playbooks" / "assess.yml",
        variables={"maps_report_path": "fleet.prom,fleet.jsonl,fleet.json", "report_prometheus_hosts": True},
    )
    hosts = json.loads((tmp_path / "fleet.json").read_text())["hosts"]
    assert set(hosts) == {"fine", "broken", "gone"}, run.output
    metrics = (tmp_path / "fleet.prom").read_text().splitlines()
    assert 'windefend_maps_reachability_hosts{state="connected"} 1' in metrics
    assert 'windefend_maps_cause_hosts{cause="winhttp_proxy_missing",state="open"} 1' in metrics
    assert 'windefend_maps_host_reachable{host="broken"} 0' in metrics
    ages = {name: host["after"]["state"]["signatures_age_hours"] for name, host in hosts.items() if host["after"]}
    assert set(ages) == {"fine", "broken"}
    for name, hours in ages.items():
        assert f'windefend_maps_host_signatures_age_seconds{{host="{name}"}} {round(hours * 3600)}' in metrics
    events = [json.loads(line) for line in (tmp_path / "fleet.jsonl").read_text().splitlines()]
    assert {event["device"]["name"]: event["compliance"]["status"] for event in events} == {
        "fine": "Pass",
        "broken": "Fail",
        "gone": "Warning",
    }


def test_the_module_writes_files_that_their_readers_may_read(host: SimulatedFleet, tmp_path: Path) -> None:
    source = tmp_path / "run.json"
    source.write_text(json.dumps(report_fleet.generated(40)))
    paths = {name: tmp_path / f"fleet.{name}" for name in ("prom", "jsonl")}
    task = {"sources": [str(source)], "dest": [str(path) for path in paths.values()]}
    first, again = (host.module("report", **task).of("it") for _unused in range(2))
    assert (first["changed"], again["changed"]) == (True, False)
    assert [one["format"] for one in first["files"]] == ["prometheus", "jsonl"]
    assert {name: stat.S_IMODE(path.stat().st_mode) for name, path in paths.items()} == {"prom": 0o644, "jsonl": 0o600}
    assert "windefend_maps_host_info" not in paths["prom"].read_text()
    paths["prom"].chmod(0o640)
    changed = host.module("report", **task, prometheus_hosts=True).of("it")
    assert [one["changed"] for one in changed["files"]] == [True, False]
    assert paths["prom"].read_text().count("windefend_maps_host_info{") == 40
    assert stat.S_IMODE(paths["prom"].stat().st_mode) == 0o640
    assert list(tmp_path.glob(".*.tmp")) == []


def test_events_need_times(host: SimulatedFleet, tmp_path: Path) -> None:
    document = report_fleet.generated(3)
    name = sorted(document["hosts"])[0]
    del document["hosts"][name]["finished"]
    result = host.module("report", report=document, dest=[str(tmp_path / "x.jsonl")]).of("it")
    assert f"does not say when it checked 1 of 3 hosts, for example {name}" in result["msg"]
    assert not (tmp_path / "x.jsonl").exists()
