"""run_as: system through real ansible-playbook runs: leftovers, check mode, and refusals."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.tasks import ScheduledTask
from ansible_collections.windefend.maps.winsim.snapshot import difference

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
HOUR = 3600


def leave(machine: Machine, age: float) -> str:
    """What a run that broke off `age` seconds ago left behind: task, its file, folder with output."""
    name = f"windefend-maps-{int(time.time() - age):x}-0123456789ab"
    machine.tasks[f"\\{name}"] = ScheduledTask(f"\\{name}", "cmd.exe", "/c exit", "SYSTEM")
    machine.files.write(rf"C:\Windows\System32\Tasks\{name}", b"<Task/>")
    machine.files.make_directory(rf"C:\Program Files\{name}")
    machine.files.write(rf"C:\Program Files\{name}\output.txt", b"half")
    return name


def test_old_leftovers_are_swept_and_young_ones_belong_to_somebody(start_fleet: StartFleet) -> None:
    """Also in check mode: the host is as it was before the run that broke off."""
    fleet = start_fleet({"hosts": [{"name": "pc"}, {"name": "pc-ja", "locale": "ja"}]})
    clean = fleet.states()
    young = {name: leave(machine, HOUR / 2) for name, machine in fleet.machines.items()}
    with_young = fleet.states()
    for machine in fleet.machines.values():
        leave(machine, HOUR + 60)
        leave(machine, 40 * 24 * HOUR)
    run = fleet.module("maps_connection_info", "--check", run_as="system")
    assert run.status == 0, run.output
    for name in fleet.machines:
        result = run.of("it", name)
        assert result["connected"]
        assert result["run_as"] == "system"
        assert not result["changed"]
        assert not result.get("warnings")
        assert difference(with_young[name], fleet.state(name)) == []
        for path in list(fleet.machines[name].files.nodes):
            if young[name] in path:
                del fleet.machines[name].files.nodes[path]
        del fleet.machines[name].tasks[f"\\{young[name]}"]
        assert difference(clean[name], fleet.state(name)) == []


def test_a_refusal_is_failed_with_the_step_and_leaves_no_trace(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "user", "scenario": "remote_user_with_shell"}, {"name": "no-tasks"}]})
    fleet.machines["no-tasks"].files.remove(r"C:\Windows\System32\schtasks.exe")
    before = fleet.states()
    run = fleet.module("maps_connection_info", run_as="system")
    for host, text in (("user", "requires an elevated account"), ("no-tasks", "step 'create' failed")):
        assert run.kind("it", host) == "failed"
        assert text in run.of("it", host)["msg"]
        assert run.of("it", host)["msg"].startswith(f"{host}: ") or "Task failed" in run.of("it", host)["msg"]
    assert fleet.states() == before
    fleet.machines["no-tasks"].log.clear()  # schtasks is unknown there, as it should be


def test_a_timeout_that_leftovers_would_not_outlive_is_refused(host: SimulatedFleet) -> None:
    run = host.play(
        [
            {"name": str(timeout), "windefend.maps.maps_connection_info": {"timeout": timeout}, "ignore_errors": True}
            for timeout in (0, -1, 1801)
        ]
        + [{"name": "facts", "windefend.maps.maps_connection_info": {"host": {"system": {}}}, "ignore_errors": True}]
    )
    for timeout in ("0", "-1", "1801"):
        assert "1 to 1800" in run.of(timeout)["msg"]
    assert "registered result" in run.of("facts")["msg"]
    assert "Traceback" not in run.output
    assert host.machines["pc"].log == []
