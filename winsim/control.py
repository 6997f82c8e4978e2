"""The control channel of a running winsim: a unix socket, one JSON object a line each way.

A request names what to `do` and its arguments; an answer holds `result`, or `error` with the reason:

    {"do": "state", "host": "pc-001"}                     the snapshot of a machine
    {"do": "hosts"}                                       name -> address, scenario, expectation
    {"do": "commands", "host": "pc-001"}                  what it was sent; without `host` all; `unknown: true`: only
                                                          lines with parts that winsim does not know
    {"do": "shells"}, {"do": "counters"}                  by host; `host` asks for one
    {"do": "change", "host": "pc-001", "scenario": "proxy_dead", "overrides": {...}}
                                                          changes the live machine: scenario first, then overrides
    {"do": "cut", "host": "pc-001", "requests": 3, "carried_out": false}
                                                          cuts its connections at the third request from now

Only the user who started winsim may connect: the socket's mode is 0600.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import pathlib
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, cast

from . import overrides
from .fleet import Fleet, FleetHost
from .machine.model import LoggedCommand, Machine
from .overrides import Invalid, mapping, one_of, typed
from .scenarios import SCENARIOS
from .snapshot import Json, settled

_log = logging.getLogger(__name__)

Request = Mapping[str, object]
LIMIT = 1 << 20
LONGEST = 100
"""Bytes of a path that fit into a socket's address everywhere (108 on Linux, 104 on others, with the closing zero)."""


class Wire(Protocol):
    """What of the server the channel needs, by address."""

    def shells(self, address: str) -> Iterable[object]:
        """The shells that are open."""

    def traffic(self, address: str) -> object:
        """What was sent and received."""

    def cut_after(self, address: str, requests: int, *, carried_out: bool = False) -> None:
        """See Server.cut_after."""


class ControlError(Exception):
    """A request that was refused, or a socket that cannot be used."""


class Control:
    """Answers requests about a fleet that is being served. `machines` are those of the fleet, by its names."""

    def __init__(self, fleet: Fleet, machines: Mapping[str, Machine], wire: Wire) -> None:
        self._fleet = fleet
        self._machines = machines
        self._wire = wire
        self._does: dict[str, Callable[[Request], Json]] = {
            "hosts": self._hosts,
            "state": self._state,
            "commands": self._commands,
            "shells": self._shells,
            "counters": self._counters,
            "change": self._change,
            "cut": self._cut,
        }

    def answer(self, line: bytes) -> bytes:
        """The answer line to a request line; never raises for what a client can send."""
        try:
            request = mapping(json.loads(line), "the request")
            what = one_of(request.get("do"), sorted(self._does), "do")
            answer: dict[str, Json] = {"result": self._does[what](request)}
        except (ValueError, Invalid) as error:
            answer = {"error": str(error)}
        except Exception as fault:  # a fault of winsim or a request nested too deep: an answer, and the next request
            _log.exception("winsim failed to answer a request on its control channel")
            answer = {"error": f"winsim failed: {fault!r}"}
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"

    def _host(self, request: Request) -> FleetHost:
        name = typed(request.get("host"), str, "host")
        try:
            return self._fleet.find(name)
        except KeyError:
            raise Invalid("host", f"there is no host {name!r}") from None

    def _chosen(self, request: Request) -> list[FleetHost]:
        return [self._host(request)] if "host" in request else list(self._fleet.hosts)

    def _hosts(self, request: Request) -> Json:
        return {
            host.name: {
                "address": host.address,
                "scenario": host.scenario.name,
                "listens": host.scenario.listens,
                "outcome": host.expect.outcome.value,
                "cause": host.expect.cause.value,
            }
            for host in self._fleet.hosts
        }

    def _state(self, request: Request) -> Json:
        return cast(Json, settled(self._machines[self._host(request).name]))

    def _commands(self, request: Request) -> Json:
        only = typed(request.get("unknown", False), bool, "unknown")
        return {
            host.name: [entry(c) for c in list(self._machines[host.name].log) if c.unknown or not only]
            for host in self._chosen(request)
        }

    def _shells(self, request: Request) -> Json:
        return {
            host.name: [_plain(shell) for shell in self._wire.shells(host.address)] if host.scenario.listens else []
            for host in self._chosen(request)
        }

    def _counters(self, request: Request) -> Json:
        return {
            host.name: {
                **_plain(self._wire.traffic(host.address)),
                "wrong_passwords": dict(self._machines[host.name].wrong_passwords),
            }
            for host in self._chosen(request)
            if host.scenario.listens
        }

    def _change(self, request: Request) -> Json:
        host = self._host(request)
        machine = self._machines[host.name]
        if "scenario" in request:
            scenario = SCENARIOS[one_of(request["scenario"], sorted(SCENARIOS), "scenario")]
            if scenario.os or not scenario.listens:
                raise Invalid("scenario", f"{scenario.name} cannot come over a running machine; use the fleet file")
            scenario.change(machine)
        overrides.apply(machine, request.get("overrides") or {})
        return None

    def _cut(self, request: Request) -> Json:
        host = self._host(request)
        if not host.scenario.listens:
            raise Invalid("host", f"{host.name} does not listen")
        requests = typed(request.get("requests", 1), int, "requests")
        self._wire.cut_after(host.address, requests, carried_out=typed(
            request.get("carried_out", False), bool, "carried_out"
        ))  # fmt: skip
        return None


def entry(command: LoggedCommand) -> dict[str, Json]:
    """A logged command as JSON has it."""
    return {
        "line": command.line,
        "account": command.account,
        "exit_code": command.exit_code,
        "unknown": list(command.unknown),
    }


def _plain(value: object) -> dict[str, Json]:
    return cast(dict[str, Json], dataclasses.asdict(value))  # type: ignore[call-overload]


class Channel:
    """The open socket."""

    def __init__(self, path: pathlib.Path, control: Control) -> None:
        self._path = path
        self._control = control
        self._server: asyncio.AbstractServer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Opens the socket; one that a dead winsim left behind is replaced. Raises ControlError."""
        if self._path.exists():
            _remove_stale(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        old = os.umask(0o177)
        try:
            with _fitting(self._path) as name:
                self._server = await asyncio.start_unix_server(self._connected, name, limit=LIMIT)
        except OSError as error:
            raise ControlError(f"{self._path}: {error.strerror or error}") from None
        finally:
            os.umask(old)

    async def close(self) -> None:
        """Closes the socket and whoever is connected, and removes it."""
        if self._server is None:
            return
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: one that asyncio makes complains on stderr when it is cancelled.
        task = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, ValueError):
                while line := await reader.readline():
                    writer.write(await asyncio.to_thread(self._control.answer, line))
                    await writer.drain()
        finally:
            writer.close()


@contextlib.contextmanager
def _fitting(path: pathlib.Path) -> Iterator[str]:
    """A name of a socket that fits into its address: test runs lie deep. By way of Linux' /proc."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _remove_stale(path: pathlib.Path) -> None:
    if not path.is_socket():
        raise ControlError(f"{path}: in the way and no socket")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            with _fitting(path) as name:
                probe.connect(name)
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as error:
            raise ControlError(f"{path}: in the way and not to be replaced ({error.strerror})") from None
    raise ControlError(f"{path}: another winsim answers there")


def ask(path: pathlib.Path, do: str, **arguments: object) -> Json:
    """Sends one request to a running winsim and gives its result; raises ControlError."""
    request = json.dumps({"do": do, **arguments}).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            with _fitting(path) as name:
                connection.connect(name)
            connection.sendall(request)
            with connection.makefile("rb") as answers:
                line = answers.readline()
    except OSError as error:
        raise ControlError(f"{path}: {error.strerror}; is winsim running with --control {path}?") from None
    if not line:
        raise ControlError(f"{path}: closed without an answer")
    answer = json.loads(line)
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return cast(Json, answer["result"])
