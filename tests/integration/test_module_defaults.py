"""The action group windefend.maps.all: module_defaults reach every module of the collection."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

REQUIRED = {
    "closing": {"kind": "assess", "results": {}},
    "rollout": {"results": {}, "reports_file": "/nowhere"},
    "ctl_folder": {"path": "C:\\ctl"},
    "ctl_source_info": {"url": "http://a.example/"},
    "ctl_sync": {"path": "C:\\ctl"},
    "ctl_task": {"path": "C:\\ctl"},
    "endpoint_export": {"dest": "/nowhere", "format": "text"},
    "firewall_info": {"program": "C:\\x.exe"},
    "firewall_rule": {"name": "x"},
    "report": {"sources": ["/nowhere"], "json": "/nowhere"},
}
"""Options without which a module refuses for another reason."""
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def test_defaults_of_the_group_reach_every_module(host: SimulatedFleet) -> None:
    """An option that none has: each module refuses it, so each was given it. Nothing is sent."""
    tasks = [
        {"name": name, f"windefend.maps.{name}": REQUIRED.get(name, {}), "ignore_errors": True, "run_once": True}
        for name in MODULES
    ]
    run = host.play(tasks, module_defaults={"group/windefend.maps.all": {"no_such_option": 1}})
    for name in MODULES:
        assert "no_such_option" in run.of(name)["msg"], name
    assert host.machines["pc"].log == []


@pytest.mark.parametrize("name", ["maps_connection_info", "endpoint_info"])
def test_a_default_is_what_a_task_gets_that_says_nothing(host: SimulatedFleet, name: str) -> None:
    fully = f"windefend.maps.{name}"
    run = host.play([{"name": "it", fully: {}}], module_defaults={fully: {"run_as": "system"}})
    assert run.of("it")["run_as"] == "system"
