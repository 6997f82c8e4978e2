"""One run of each thing that is compared: starts it, measures it, and proves that it did what it should."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...plugins.plugin_utils._remote import envelopes
from . import meter, plays
from .action.bare import LINES
from .field import PASSWORD, USER, Field
from .floor import COMMAND, MESSAGE, SHELL, Work

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANSIBLE_PLAYBOOK = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
HERE = pathlib.Path(__file__).resolve().parent
OPERATION_TIMEOUT = 20
"""Seconds; pywinrm's default, which a sweep uses too."""
RECEIVE_WAIT = 20.0
_WELL = re.compile(r"^\S+\s+: ok=\d+\s+changed=\d+\s+unreachable=0\s+failed=0", re.MULTILINE)
"""A host's row in the recap."""


def ended(output: str, outcome: str) -> int:
    """How many hosts the closing block of a playbook counts with an outcome."""
    row = re.search(rf"^ *([\d,]+)  {outcome} ", output, re.MULTILINE)
    return int(row[1].replace(",", "")) if row else 0


@dataclass(frozen=True)
class Run:
    """What a run cost. Processor time and memory are the controller's, requests and bytes all hosts' together."""

    what: str
    hosts: int
    forks: int
    """For a sweep and the floor: hosts at the same time."""
    wall: float
    cpu: float
    peak_process: float
    peak_tree: float
    connections: int
    requests: int
    bytes: int
    winsim_cpu: float
    """Processor time of the simulated hosts meanwhile."""
    conditions: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As results.json has it."""
        return {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in dataclasses.asdict(self).items()
        }


class Bench:
    """Runs things against the hosts of a field; what they write goes to `folder`."""

    def __init__(self, on: Field, folder: pathlib.Path, limit: float = 3600.0) -> None:
        self.field = on
        self._folder = folder
        self._limit = limit
        self._recorded: dict[str, list[str]] = {}

    def playbook(
        self,
        what: str,
        content: Sequence[plays.Play] | pathlib.Path,
        hosts: int,
        forks: int,
        *,
        variables: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        conditions: Mapping[str, Any] | None = None,
        once: bool = False,
    ) -> Run:
        """Raises RunFailed, also where the recap does not show all hosts, or one where the tasks run `once`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = content if isinstance(content, pathlib.Path) else self._folder / f"{what}.json"
        if not isinstance(content, pathlib.Path):
            path.write_text(json.dumps(list(content), indent=1))
        log = self._folder / f"{what}.log"
        command = [
            *(ANSIBLE_PLAYBOOK, str(path)),
            *("-i", str(self.field.inventory(hosts)), "--forks", str(forks)),
            *(("-e", json.dumps(dict(variables))) if variables else ()),
        ]
        run = self._measured(what, hosts, forks, command, log, {**ansible(), **(environment or {})}, conditions)
        text = log.read_text(errors="replace")
        well = len(_WELL.findall(text))
        if well < (1 if once else hosts):
            raise meter.RunFailed(f"{what}: {well} of {hosts} hosts ended well; see {log}")
        return run

    def sweep(self, hosts: int, concurrency: int = 32, **conditions: Any) -> Run:
        """The playbook as a user has it."""
        run = self.playbook(
            "sweep",
            ROOT / "playbooks" / "sweep.yml",
            hosts,
            5,
            variables={"maps_concurrency": concurrency},
            conditions=conditions,
            once=True,
        )
        if ended((self._folder / "sweep.log").read_text(), "healthy") != hosts:
            raise meter.RunFailed(f"the sweep did not read {hosts} hosts; see {self._folder / 'sweep.log'}")
        return dataclasses.replace(run, forks=concurrency)

    def host_by_host(self, hosts: int, forks: int, **conditions: Any) -> Run:
        return self.playbook("host_by_host", plays.host_by_host(), hosts, forks, conditions=conditions)

    def peers(self, hosts: int, forks: int, **conditions: Any) -> Run:
        return self.playbook("peers", plays.peers(), hosts, forks, conditions=conditions)

    def task(self, what: str, task: Mapping[str, Any], hosts: int, forks: int) -> Run:
        return self.playbook(what, plays.tasks(dict(task)), hosts, forks)

    def bare(self, name: str, task: Mapping[str, Any], hosts: int, forks: int) -> Run:
        """The cheapest action that sends what a task sends."""
        lines = self._folder / f"lines-{name}.json"
        lines.write_text(json.dumps(self.recorded(name, lambda: self.task(name, task, 1, 1))))
        environment = {LINES: str(lines), "ANSIBLE_ACTION_PLUGINS": str(HERE / "action")}
        return self.playbook(f"bare_{name}", plays.tasks({"bare": {}}), hosts, forks, environment=environment)

    def floor(self, hosts: int, concurrency: int = 32, *, hash_once: bool = False, **conditions: Any) -> Run:
        """A bare client that sends what a sweep sends."""
        what = "floor_hashed_once" if hash_once else "floor"
        work = self.work(self.recorded("sweep", lambda: self.sweep(1)), hosts, concurrency)
        work = dataclasses.replace(work, hash_once=hash_once)
        path = self._folder / f"{what}-work.json"
        work.save(path)
        command = [sys.executable, str(HERE / "floor.py"), str(path)]
        log = self._folder / f"{what}.log"
        return self._measured(what, hosts, concurrency, command, log, dict(os.environ), conditions)

    def work(self, lines: Sequence[str], hosts: int, concurrency: int) -> Work:
        """What a sweep sends, as the floor takes it; the envelopes are those of the sweep."""
        addresses = [self.field.addresses[name] for name in self.field.names(hosts)]
        return Work(
            addresses, self.field.port, USER, PASSWORD, concurrency,
            _for_each(envelopes.create(OPERATION_TIMEOUT)),
            [_for_each(envelopes.command(OPERATION_TIMEOUT, SHELL, line, console=True)) for line in lines],
            _for_each(envelopes.receive(SHELL, COMMAND, RECEIVE_WAIT)),
            _for_each(envelopes.delete(OPERATION_TIMEOUT, SHELL)),
        )  # fmt: skip

    def recorded(self, what: str, on_one_host: Callable[[], Run]) -> list[str]:
        """The lines that a run sends to its first host."""
        if what not in self._recorded:
            first = self.field.names(1)[0]
            before = len(self.field.lines(first))
            on_one_host()
            self._recorded[what] = self.field.lines(first)[before:]
        return self._recorded[what]

    def _measured(
        self,
        what: str,
        hosts: int,
        forks: int,
        command: Sequence[str],
        log: pathlib.Path,
        environment: Mapping[str, str],
        conditions: Mapping[str, Any] | None,
    ) -> Run:
        traffic, busy = self.field.traffic(), self.field.cpu()
        used = meter.measure(command, limit=self._limit, log=log, environment=environment)
        cost = self.field.traffic().since(traffic)
        return Run(
            what, hosts, forks, used.wall, used.cpu, used.peak_process, used.peak_tree,
            cost.connections, cost.requests, cost.bytes, self.field.cpu() - busy, dict(conditions or {}),
        )  # fmt: skip


def ansible() -> dict[str, str]:
    """The environment of Ansible: the same for all that is compared."""
    return {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "demo" / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": f"{ROOT / 'build' / 'collections'}:{ROOT / 'build' / 'others'}",
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
    }


def _for_each(envelope: str) -> str:
    """An envelope with a place for the id of each message."""
    return re.sub(r"(?<=uuid:)[0-9a-f-]{36}(?=</a:MessageID>)", MESSAGE, envelope)
