"""A sweep that is interrupted, or whose hosts hang: in bounded time, and no shell, task or folder is left."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PATIENCE = 60.0
OWN_TRANSPORT = {"ansible_winrm_proxy": ""}
"""A proxy is left to pywinrm, and an empty one it takes for none."""
SLOW = {"defender": {"validation_seconds": 100.0}}


def start(fleet: SimulatedFleet, *options: str, task: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
    """ansible-playbook with a sweep, under way."""
    play = fleet.folder / "sweep.yml"
    one = {"windefend.maps.sweep": arguments, "run_once": True, "register": "fleet", **(task or {})}
    play.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [one]}]))
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "demo" / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
    }
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), str(play), "-i", str(fleet.inventory)]
    return subprocess.Popen(
        [*command, *options], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def validating(fleet: SimulatedFleet, hosts: int) -> bool:
    """Whether the validation runs on this many hosts."""
    lines = [command.line for machine in fleet.machines.values() for command in machine.log]
    return sum("echo" in line for line in lines) >= hosts and sum(shell.running for shell in fleet.shells()) >= hosts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_leaves_nothing_behind(start_fleet: StartFleet, number: int) -> None:
    """On the lean transport, as SYSTEM, and on pywinrm's own."""
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "lean-{n}", "count": 3, "overrides": SLOW},
                {"name": "system", "scenario": "admin_own_proxy", "overrides": SLOW},
                {"name": "own-{n}", "count": 2, "overrides": SLOW, "variables": OWN_TRANSPORT},
            ]
        }
    )
    before = fleet.states()
    with start(fleet, run_as="auto") as process:
        try:
            wait_until(lambda: validating(fleet, 6))
            process.send_signal(number)
            output, _unused = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode != 0
    assert "Traceback" not in output
    # But for SIGINT Ansible does not wait for its worker, which cleans up on its own.
    wait_until(lambda: not fleet.shells() and not fleet.leftovers())
    assert fleet.states() == before


class Silent:
    """Listens and never answers."""

    def __enter__(self) -> int:
        self._socket = socket.create_server(("127.0.0.1", 0))
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_unused: object) -> None:
        self._socket.close()


def test_hosts_that_hang_cost_no_more_than_their_time(start_fleet: StartFleet) -> None:
    """One never answers the connection, one runs for ever on either transport; the others are read meanwhile."""
    with Silent() as port:
        silent = {"ansible_host": "127.0.0.1", "ansible_port": port}
        fleet = start_fleet(
            {
                "hosts": [
                    {"name": "pc-{n}", "count": 4},
                    {"name": "hangs", "overrides": SLOW},
                    {"name": "hangs-own", "overrides": SLOW, "variables": OWN_TRANSPORT},
                    {"name": "silent", "variables": silent},
                    {"name": "silent-own", "variables": {**silent, **OWN_TRANSPORT}},
                ]
            }
        )
        run = fleet.play(
            [
                {
                    "name": "sweep",
                    "windefend.maps.sweep": {"host_timeout": 3, "progress": 1, "concurrency": 5},
                    "run_once": True,
                }
            ],
            "-v",
        )
    result = run.of("sweep")
    assert result["counts"] == {"ok": 4, "failed": 2, "unreachable": 2}, run.output
    for name in ("hangs", "hangs-own"):
        assert "did not finish within" in result["hosts"][name]["msg"]
    for name in ("silent", "silent-own"):
        assert "Check that the host is up" in result["hosts"][name]["msg"]
    assert "sweep: 4 of 8 hosts" in run.output, "progress was shown"
    assert "<hangs-own> through the client library's own transport: a proxy" in run.output
    assert "<hangs> through" not in run.output


def test_a_task_time_out_breaks_the_sweep_off(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc-{n}", "count": 2, "overrides": SLOW}]})
    with start(fleet, task={"timeout": 4}) as process:
        output, _unused = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert re.search(r"Timed out after 4|time frame\s+\(4\)", output), output
    assert fleet.shells() == []


def test_a_group_is_spared(start_fleet: StartFleet) -> None:
    """Never more hosts of a group at once than allowed, seen from the hosts; those of other groups go past them."""
    brief = {"defender": {"validation_seconds": 0.4}}
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "thin-{n}", "count": 6, "site": "tokyo", "overrides": brief},
                {"name": "thick-{n}", "count": 6, "site": "osaka", "overrides": brief},
            ]
        }
    )
    most: dict[str, int] = {"thin": 0, "thick": 0}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for site, before in most.items():
                busy = [host for host in fleet.fleet.hosts if host.name.startswith(site)]
                most[site] = max(before, sum(bool(fleet.server.shells(host.address)) for host in busy))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with start(fleet, group_concurrency={"site_tokyo": 2}) as process:
            output, _unused = process.communicate(timeout=PATIENCE)
    finally:
        ended.set()
        watcher.join()
    assert process.returncode == 0, output
    assert most["thin"] == 2
    assert most["thick"] > 2
