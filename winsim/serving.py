"""Runs a fleet until it is told to stop: what `winsim serve` does."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import json
import pathlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

from . import control, inventory, listeners, pidfile
from .fleet import Fleet, FleetHost
from .host import SimulatedHost
from .machine.model import LoggedCommand, Machine
from .recording import Recording, ReplayedHost
from .wire.server import Server
from .wire.tls import Listener


class CannotServe(Exception):
    """What stands in the way; the text is for the user."""


@dataclasses.dataclass(frozen=True)
class Files:
    """Where `serve` writes; None: nowhere."""

    inventory: pathlib.Path | None = None
    log: pathlib.Path | None = None
    control: pathlib.Path | None = None
    pid: pathlib.Path | None = None
    certificates: pathlib.Path | None = None
    """A folder; where it is not given, that beside the inventory."""


class WritingLog(list[LoggedCommand]):
    """A machine's log that also writes each command to a file, one JSON line each."""

    def __init__(self, name: str, file: TextIO, lock: threading.Lock) -> None:
        super().__init__()
        self._name = name
        self._file = file
        self._lock = lock

    def append(self, command: LoggedCommand) -> None:
        super().append(command)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "host": self._name, **control.entry(command)}, ensure_ascii=False)
        with self._lock:
            if self._file.closed:  # a command that was ended by the stop of the server is logged when nobody listens
                return
            self._file.write(line + "\n")
            self._file.flush()


def build(fleet: Fleet) -> dict[str, Machine]:
    """Every machine of a fleet by its name in the file."""
    machines = {host.name: host.build() for host in fleet.hosts}
    network = {name.lower(): machine for name, machine in machines.items()}
    for machine in machines.values():
        machine.neighbours = network
    return machines


def host(described: FleetHost, machine: Machine) -> SimulatedHost:
    """A host as the wire sees it. Raises Invalid for a recording that cannot be read."""
    if described.recording:
        recording = Recording.load(pathlib.Path(described.recording))
        machine.clock_offset = dt.timedelta(seconds=recording.skew)
        return ReplayedHost(machine, recording)
    return SimulatedHost(machine)


def hosts(fleet: Fleet, machines: dict[str, Machine]) -> dict[str, SimulatedHost]:
    """Those hosts of a fleet that listen, by address."""
    return {one.address: host(one, machines[one.name]) for one in fleet.hosts if one.scenario.listens}


def _listeners(fleet: Fleet, files: Files) -> dict[str, Listener]:
    folder = files.certificates or (files.inventory and listeners.beside(files.inventory))
    if folder is None and any(host.tls for host in fleet.hosts):
        raise CannotServe("hosts with tls need a folder for their certificates: give --certificates or --inventory")
    return listeners.issue(fleet, folder) if folder else {}


def serve(fleet: Fleet, files: Files, port: int, lifetime: float | None = None) -> None:
    """Serves a fleet until a signal (SIGINT, SIGTERM), or for `lifetime` seconds.

    Raises CannotServe, ControlError or Running.
    """
    with pidfile.held(files.pid) if files.pid else contextlib.nullcontext():
        asyncio.run(_serve(fleet, files, port, lifetime))


async def _serve(fleet: Fleet, files: Files, port: int, lifetime: float | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    machines = build(fleet)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(_logging(files.log, machines))
        wire = Server(hosts(fleet, machines), port, _listeners(fleet, files))
        try:
            await wire.start()
        except OSError as error:
            raise CannotServe(
                f"cannot listen on {error.strerror}: is another winsim running there? --port takes another port"
            ) from None
        stack.push_async_callback(wire.stop)
        if files.control is not None:
            channel = control.Channel(files.control, control.Control(fleet, machines, wire))
            await channel.open()
            stack.push_async_callback(channel.close)
        if files.inventory is not None:
            inventory.write(files.inventory, fleet, wire.port, machines, files.certificates)
        addresses = f"{fleet.hosts[0].address} to {fleet.hosts[-1].address}"
        where = f", inventory {files.inventory}" if files.inventory else ""
        sys.stdout.write(f"winsim: {len(fleet.hosts)} hosts on {addresses}, port {wire.port}{where}: ready\n")
        sys.stdout.flush()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), lifetime)


@contextlib.contextmanager
def _logging(path: pathlib.Path | None, machines: dict[str, Machine]) -> Iterator[None]:
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = threading.Lock()
    with path.open("w", encoding="utf-8") as file:
        for name, machine in machines.items():
            machine.log = WritingLog(name, file, lock)
        try:
            yield
        finally:
            with lock:
                file.close()
