"""The worker of a sweep that repairs is killed: a rerun converges, and a rollback restores.

Once in each phase, by what the hosts were asked by then: reading, probing, changing, and validating again.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, RUN_LIMIT, SimulatedFleet
from ansible_collections.windefend.maps.tests.support.remediation import changed, state

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PROXY = "proxy.corp.example:3128"
HOSTS = {"hosts": [{"name": f"pc-{number}", "scenario": "no_winhttp_proxy_72f8f"} for number in range(3)]}
PHASES = {
    "reading": "FirewallRules",
    "validating": "ValidateMapsConnection",
    "probing": "schtasks /create",
    "changing": "netsh winhttp set proxy",
}
"""Phase -> a part of a line that a host was sent when it began."""


def playbook(fleet: SimulatedFleet, **variables: Any) -> Any:
    return fleet.playbook(ROOT / "playbooks" / "remediate.yml", variables={**VARIABLES, **variables})


VARIABLES = {"remediate_winhttp_proxy": PROXY, "maps_use_sweep": True, "maps_waves": ["100%"], "maps_run": "one"}


def killed_once(fleet: SimulatedFleet, seen: str) -> None:
    """Runs the repair alone, without the plan before it, and kills all its processes once a host was sent `seen`."""
    play = fleet.folder / "sweep.json"
    task = {
        "windefend.maps.sweep": {
            "action": "remediate", "winhttp_proxy": PROXY, "journal": str(fleet.folder / "journal"),
            "journal_run": "one", "reports_file": str(fleet.folder / "runs" / "one.jsonl"),
        },
        "run_once": True,
    }  # fmt: skip
    play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), str(play), "-i", str(fleet.inventory)]
    surroundings = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "HOME": str(fleet.folder / "home"),
    }
    process = subprocess.Popen(
        command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + RUN_LIMIT
    try:
        while not any(seen in one.line for machine in fleet.machines.values() for one in machine.log):
            assert process.poll() is None, "it ended before this phase"
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    "phase", [one if one == "changing" else pytest.param(one, marks=pytest.mark.extended) for one in PHASES]
)
def test_a_rerun_converges_and_a_rollback_restores(start_fleet: StartFleet, phase: str) -> None:
    fleet = start_fleet(HOSTS)
    before = {name: state(machine) for name, machine in fleet.machines.items()}
    killed_once(fleet, PHASES[phase])
    run = playbook(fleet)
    assert run.status == 0, run.output
    for machine in fleet.machines.values():
        assert machine.registry.exists(r"HKLM\SOFTWARE\windefend.maps")
    undo = fleet.playbook(ROOT / "playbooks" / "rollback.yml", variables={"rollback_run": "one"})
    assert undo.status == 0, undo.output
    for name, machine in fleet.machines.items():
        left = [line for line in changed(before[name], machine) if not line.startswith(("files/", "tasks/"))]
        assert left == [], (name, phase)
