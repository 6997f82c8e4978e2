"""The simulated hosts of a benchmark: winsim in a process of its own, so that its cost is not counted with a client's.

It listens on loopback only, on a port that is free, and ends by itself after its lifetime whatever happens to the
benchmark.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...winsim import control
from . import meter

START_SECONDS = 180.0
LIFETIME = 4 * 3600.0
USER, PASSWORD = "ansible", "Winsim-only-1"  # of hosts that do not exist
PLATFORM = "4.18.25050.5-0"
"""Defender's version, which is a part of the path that is run."""
WINSIM = f"{__package__.rpartition('.tests')[0]}.winsim"


class CannotStart(Exception):
    """Why there are no hosts."""


@dataclass(frozen=True)
class Traffic:
    """What went over the wire to and from all hosts, authentication included."""

    connections: int
    requests: int
    bytes: int

    def since(self, before: Traffic) -> Traffic:
        return Traffic(
            self.connections - before.connections, self.requests - before.requests, self.bytes - before.bytes
        )


@dataclass(frozen=True)
class Field:
    """Hosts that listen; by name their addresses."""

    addresses: dict[str, str]
    port: int
    process: int
    folder: pathlib.Path
    variables: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Of all hosts of its inventories, in place of or beside the usual ones."""
    label: str = "inventory"
    """What its inventories are called."""

    def names(self, count: int) -> list[str]:
        """The first so many hosts. Raises ValueError where there are fewer."""
        if count > len(self.addresses):
            raise ValueError(f"{count} hosts of {len(self.addresses)}")
        return list(self.addresses)[:count]

    def inventory(self, count: int) -> pathlib.Path:
        """An inventory of the first so many hosts: what they have in common is said once, as one writes it by hand."""
        path = self.folder / f"{self.label}-{count}.json"
        hosts = {name: {"ansible_host": self.addresses[name]} for name in self.names(count)}
        variables = {
            "ansible_connection": "winrm",
            "ansible_port": self.port,
            "ansible_winrm_scheme": "http",
            "ansible_winrm_transport": "ntlm",
            "ansible_winrm_message_encryption": "always",
            "ansible_user": USER,
            "ansible_password": PASSWORD,
            **self.variables,
        }
        path.write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}, indent=1))
        return path

    def traffic(self) -> Traffic:
        """Of all hosts since they were started."""
        counters: Any = control.ask(self._control, "counters")
        return Traffic(
            sum(one["connections"] for one in counters.values()),
            sum(one["requests"] for one in counters.values()),
            sum(one["bytes_received"] + one["bytes_sent"] for one in counters.values()),
        )

    def lines(self, name: str) -> list[str]:
        """The command lines that a host was sent since it was started."""
        commands: Any = control.ask(self._control, "commands", host=name)
        return [command["line"] for command in commands[name]]

    def unknown(self) -> list[str]:
        """Lines with parts that winsim does not know: what it answered to them means nothing."""
        commands: Any = control.ask(self._control, "commands", unknown=True)
        return [command["line"] for found in commands.values() for command in found]

    def cpu(self) -> float:
        """Seconds of processor time that the hosts have used."""
        return meter.cpu_of(self.process)

    def memory(self) -> float:
        """MB."""
        return meter.memory_of(self.process)

    @property
    def _control(self) -> pathlib.Path:
        return self.folder / "control.sock"


def fleet(count: int, **defaults: Any) -> dict[str, Any]:
    """The content of a fleet file with so many healthy hosts, alike enough that the same lines do for all of them."""
    return {
        "port": 0,
        "defaults": {"account": {"user": USER, "password": PASSWORD}, "platforms": [PLATFORM], **defaults},
        "hosts": [{"name": "pc-{n:05}", "count": count}],
    }


@contextlib.contextmanager
def serving(document: Mapping[str, Any], folder: pathlib.Path, lifetime: float = LIFETIME) -> Iterator[Field]:
    """Serves the hosts of a fleet file's content until the block is left. Raises CannotStart."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fleet.yml").write_text(json.dumps(document))
    command = [
        *(sys.executable, "-m", WINSIM, "serve", "--fleet", str(folder / "fleet.yml")),
        *("--control", str(folder / "control.sock"), "--lifetime", str(lifetime)),
        *("--certificates", str(folder / "certificates")),
    ]
    root = pathlib.Path(__file__).parents[__package__.count(".") + 1]
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    log = folder / "winsim.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path},
        )
    try:
        port = _ready(process, log)
        hosts: Any = control.ask(folder / "control.sock", "hosts")
        addresses = {name: host["address"] for name, host in hosts.items()}
        yield Field(addresses, port, process.pid, folder)
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)


def _ready(process: subprocess.Popen[bytes], log: pathlib.Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        text = log.read_text(errors="replace")
        found = re.search(r"port (\d+).*: ready$", text, re.MULTILINE)
        if found:
            return int(found[1])
        if ended:
            raise CannotStart(f"winsim did not start: {text.strip()}")
        time.sleep(0.05)
    raise CannotStart(f"winsim was not ready after {START_SECONDS:g} s; see {log}")
