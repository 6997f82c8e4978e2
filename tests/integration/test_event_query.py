"""The query file for counts of managed nodes: real results, and the library that the controller evaluates it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jq
import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
QUERIES = yaml.safe_load((ROOT / "extensions" / "audit" / "event_query.yml").read_text(encoding="utf-8"))
HOSTS = {"hosts": [{"name": "pc-1"}, {"name": "pc-2"}, {"name": "down", "scenario": "unreachable"}]}


def counted(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(jq.compile(QUERIES["windefend.maps.sweep"]["query"]).input_value(result).all())


@pytest.mark.parametrize("playbook", [False, True], ids=["task", "playbook"])
def test_a_sweep_counts_the_hosts_that_it_reached(start_fleet: StartFleet, playbook: bool) -> None:
    fleet = start_fleet(HOSTS)
    if playbook:
        run = fleet.playbook(ROOT / "playbooks" / "assess.yml", variables={"maps_use_sweep": True})
    else:
        run = fleet.play([{"name": "Assess all hosts", "windefend.maps.sweep": {}, "run_once": True}])
    assert run.status == 0, run.output
    found = counted(run.of("Assess all hosts"))
    assert found == [{"name": name, "canonical_facts": {"host_name": name}} for name in ("pc-1", "pc-2")]


def test_a_sweep_that_failed_counts_nothing() -> None:
    assert counted({"failed": True, "msg": "sweep needs run_once"}) == []


def test_every_query_is_of_a_module() -> None:
    assert QUERIES
    assert [
        name for name in QUERIES if not (ROOT / "plugins/modules" / f"{name.rpartition('.')[2]}.py").is_file()
    ] == []
