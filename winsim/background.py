"""winsim as a process in the background: what `winsim start` and `winsim stop` do.

All that belongs to it lies in one folder: `inventory.yml`, `commands.jsonl` (a JSON line for each command received),
`control.sock`, `winsim.pid`, `winsim.log` (what it prints), `fleet.yml` (the fleet that is served) and `certificates`.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass

from . import fleet, pidfile

PATIENCE = 120.0
"""Seconds within which every host listens; a fleet of 5000 hosts needs a quarter of it."""
_STEP = 0.05


class CannotStart(Exception):
    """Why there is no winsim; the text is for the user."""


@dataclass(frozen=True)
class Start:
    """What to serve, and where. A file that is not given lies in the folder."""

    fleet: pathlib.Path
    folder: pathlib.Path
    port: int | None = None
    lifetime: float | None = None
    inventory: pathlib.Path | None = None
    control: pathlib.Path | None = None
    certificates: pathlib.Path | None = None

    def command(self) -> list[str]:
        served = [
            *("serve", "--fleet", str(self.folder / "fleet.yml")),
            *("--inventory", str(self.inventory or self.folder / "inventory.yml")),
            *("--control", str(self.control or self.folder / "control.sock")),
            *("--certificates", str(self.certificates or self.folder.absolute() / "certificates")),
            *("--log", str(self.folder / "commands.jsonl"), "--pid-file", str(self.folder / "winsim.pid")),
        ]
        if self.port is not None:
            served += ["--port", str(self.port)]
        if self.lifetime is not None:
            served += ["--lifetime", str(self.lifetime)]
        return [sys.executable, "-m", __package__, *served]


def start(wanted: Start) -> str:
    """Starts winsim and waits until every host listens; the line that it prints then. Raises CannotStart or FleetError.

    Where the folder already has a running one with the same fleet, nothing happens.
    """
    folder = wanted.folder
    fleet.load(wanted.fleet)  # here, so that what is wrong is told of this file and not of its copy
    content = wanted.fleet.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    served, log = folder / "fleet.yml", folder / "winsim.log"
    if process := pidfile.holder(folder / "winsim.pid"):
        if not served.exists() or served.read_bytes() != content:
            raise CannotStart(f"{folder}: process {process} serves another fleet there; stop it first")
        return f"winsim: process {process} serves this fleet: already running"
    served.write_bytes(content)
    root = pathlib.Path(__file__).parents[__package__.count(".") + 1]
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    with log.open("wb") as output:
        child = subprocess.Popen(
            wanted.command(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
    try:
        return _ready(child, log)
    except BaseException:
        child.kill()
        child.wait()
        raise


def _ready(process: subprocess.Popen[bytes], log: pathlib.Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        with contextlib.suppress(StopIteration):
            return next(line for line in lines if line.endswith(": ready"))
        if ended:
            raise CannotStart((lines or [f"ended with status {process.returncode}"])[-1].removeprefix("winsim: "))
        time.sleep(_STEP)
    raise CannotStart(f"not ready after {PATIENCE:g} s; see {log}")


def stop(folder: pathlib.Path) -> str:
    """Ends the winsim of a folder, if there is one, and waits for its end; a line that says what there was."""
    pid_file = folder / "winsim.pid"
    process = pidfile.holder(pid_file)
    if pidfile.end(pid_file):
        return f"winsim: process {process}: stopped"
    return "winsim: nothing to stop"
