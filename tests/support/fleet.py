"""A simulated fleet in this process, and real ansible-playbook runs against it."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from ansible_collections.windefend.maps.winsim import inventory, listeners, serving, snapshot as snapshots
from ansible_collections.windefend.maps.winsim.fleet import Fleet, parse
from ansible_collections.windefend.maps.winsim.machine.model import LoggedCommand, Machine
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUN_LIMIT = 300
"""Seconds after which a playbook run counts as hung; none should need a tenth."""


@dataclass
class Run:
    """What a playbook run came to."""

    status: int
    output: str
    results: list[dict[str, Any]]
    """Every task's result on every host: `task`, `host`, `result`, `kind` (ok, failed, unreachable, skipped)."""
    stats: dict[str, dict[str, int]]

    def of(self, task: str, host: str | None = None) -> dict[str, Any]:
        """The result of a task by its name, of a host where there are several."""
        found = [r for r in self.results if r["task"] == task and host in (None, r["host"])]
        assert len(found) == 1, f"{len(found)} results of {task!r} on {host}: {self.output}"
        return dict(found[0]["result"])

    def kind(self, task: str, host: str | None = None) -> str:
        """ok, failed, unreachable or skipped."""
        (found,) = [r for r in self.results if r["task"] == task and host in (None, r["host"])]
        return str(found["kind"])


def run_playbook(
    path: pathlib.Path,
    folder: pathlib.Path,
    inventory_file: pathlib.Path,
    *options: str,
    variables: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    under: Sequence[str] = (),
) -> Run:
    """Runs a playbook in `folder`; its results are read from a callback that writes them as JSON lines.

    `under` is a command that takes another as its arguments, to watch over this one."""
    results = folder / "results.jsonl"
    results.unlink(missing_ok=True)
    # Never where real journals lie, nor where another test's hosts had the same addresses.
    extra = ["-e", json.dumps({"maps_journal": str(folder / "journal"), **(variables or {})})]
    command = [
        *under,
        *(str(pathlib.Path(sys.executable).parent / "ansible-playbook"), str(path)),
        *("-i", str(inventory_file), "--forks", "8", *extra, *options),
    ]
    surroundings = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "demo" / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "support" / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "results_file",
        "RESULTS_FILE": str(results),
        # The key of the journals lies at home.
        "HOME": str(folder / "home"),
        **(environment or {}),
    }
    done = subprocess.run(
        command, env=surroundings, capture_output=True, text=True, timeout=RUN_LIMIT, check=False, cwd=folder
    )
    rows = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    stats: dict[str, dict[str, int]] = next((row["stats"] for row in rows if "stats" in row), {})
    return Run(done.returncode, done.stdout + done.stderr, [row for row in rows if "task" in row], stats)


@dataclass
class SimulatedFleet:
    """A fleet that listens."""

    fleet: Fleet
    machines: dict[str, Machine]
    server: Server
    folder: pathlib.Path
    environment: dict[str, str] = field(default_factory=dict)
    """What the runs find in their environment besides."""

    @property
    def inventory(self) -> pathlib.Path:
        return self.folder / "inventory.yml"

    def address(self, host: str) -> str:
        return self.fleet.find(host).address

    def state(self, host: str) -> dict[str, Any]:
        """The whole state of a machine."""
        return dict(snapshots.snapshot(self.machines[host]))

    def states(self) -> dict[str, dict[str, Any]]:
        return {name: self.state(name) for name in self.machines}

    def unknown(self) -> list[LoggedCommand]:
        """Command lines with parts that winsim does not know: each is a wrong line of ours or a gap of its own."""
        return [command for machine in self.machines.values() for command in machine.log if command.unknown]

    def shells(self) -> list[Any]:
        """The shells that are open on any host."""
        return [
            shell for host in self.fleet.hosts if host.scenario.listens for shell in self.server.shells(host.address)
        ]

    def leftovers(self) -> list[str]:
        """Scheduled tasks and folders of ours that are still on a host."""
        tasks = [path for machine in self.machines.values() for path in machine.tasks if "windefend-maps" in path]
        files = [path for machine in self.machines.values() for path in machine.files.nodes if "windefend-maps" in path]
        return tasks + files

    def play(self, tasks: list[dict[str, Any]], *options: str, **play: Any) -> Run:
        """Runs a play of these tasks on every host, or on the `hosts` given."""
        content = [{"hosts": "all", "gather_facts": False, "tasks": tasks, **play}]
        path = self.folder / "play.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        return self.playbook(path, *options)

    def module(self, module: str, /, *options: str, **arguments: Any) -> Run:
        """Runs one module as the task `it`."""
        return self.play([{"name": "it", f"windefend.maps.{module}": arguments}], *options)

    def playbook(self, path: pathlib.Path, *options: str, variables: Mapping[str, Any] | None = None) -> Run:
        """Runs a playbook."""
        return run_playbook(
            path, self.folder, self.inventory, *options, variables=variables, environment=self.environment
        )


@contextlib.contextmanager
def simulated_fleet(document: Mapping[str, Any], folder: pathlib.Path) -> Iterator[SimulatedFleet]:
    """Builds and serves the fleet that a fleet file's content describes; writes its inventory to `folder`."""
    fleet = parse(dict(document))
    machines = serving.build(fleet)
    file = folder / "inventory.yml"
    issued = listeners.issue(fleet, listeners.beside(file))
    with serve_in_thread(serving.hosts(fleet, machines), listeners=issued) as server:
        inventory.write(file, fleet, server.port, machines)
        yield SimulatedFleet(fleet, machines, server, folder)
