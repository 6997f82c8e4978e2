"""A simulated machine as the plugins' Host, without wire and Ansible: for operations and their driver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Completed, Traffic
from ansible_collections.windefend.maps.winsim.fleet import parse
from ansible_collections.windefend.maps.winsim.host import SimulatedHost as WinrmSide
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools.command_line import run_line
from ansible_collections.windefend.maps.winsim.tools.scheduler import run_due_tasks


def machine(scenario: str = "healthy", **entry: Any) -> Machine:
    """A machine as a fleet file's host describes it."""
    (host,) = parse({"hosts": [{"name": "pc", "scenario": scenario, **entry}]}).hosts
    built = host.build()
    WinrmSide(built)  # gives the accounts their folders
    return built


class SimulatedHost:
    """Runs each line at once. `breaks` maps the number of a line (from 1) to what is raised instead of an answer:
    an exception alone before the line ran, `(exception,)` after it was carried out."""

    name = "pc"
    address = "127.0.0.1"

    def __init__(self, on: Machine, breaks: Mapping[int, Exception | tuple[Exception]] | None = None) -> None:
        self.machine = on
        self.breaks = dict(breaks or {})
        self.lines: list[str] = []
        self.unknown: list[str] = []
        self.resets = 0

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float = 60, max_bytes: int = 1 << 22) -> Completed:
        self.lines.append(line)
        failure = self.breaks.get(len(self.lines))
        if isinstance(failure, Exception):
            raise failure
        run_due_tasks(self.machine)
        account = self.machine.accounts[0].token(self.machine.name)
        code, out, err = run_line(self.machine, account, line, stdin=stdin or b"", unknown=self.unknown)
        if failure:
            raise failure[0]
        if len(out) > max_bytes:
            return Completed(out[:max_bytes], err, -1, truncated=True)
        return Completed(out, err, code)

    def as_system(self, line: str, stdin: bytes) -> Completed:
        """Runs a line as SYSTEM at once, as a scheduled task would."""
        code, out, err = run_line(self.machine, SYSTEM, line, stdin=stdin, unknown=self.unknown)
        return Completed(out, err, code)

    def reset(self) -> None:
        self.resets += 1

    def traffic(self) -> Traffic:
        return Traffic()

    def clock_skew(self) -> float | None:
        return 0.0
