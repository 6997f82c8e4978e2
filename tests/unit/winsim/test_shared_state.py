"""A machine that changes while others look at it: commands run in threads, and so does the control channel."""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible_collections.windefend.maps.winsim import control, fleet, snapshot
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.tasks import ScheduledTask
from ansible_collections.windefend.maps.winsim.wire.server import Server

DURATION = 0.4
"""Seconds of each hammering; the old code failed within a hundredth of that."""


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    """Threads take turns as often as they can."""
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(old)


@pytest.fixture
def served() -> tuple[Machine, control.Control]:
    made = fleet.parse({"hosts": [{"name": "pc", "scenario": "healthy"}]})
    (host,) = made.hosts
    machine = host.build()
    server = Server({host.address: SimulatedHost(machine)}, 0)
    return machine, control.Control(made, {"pc": machine}, server)


def registry(machine: Machine, number: int) -> None:
    machine.registry.set_dword(rf"HKLM\SOFTWARE\Busy\{number % 50}", f"Value{number % 7}", number)
    if number % 3 == 0:
        machine.registry.delete_key(rf"HKLM\SOFTWARE\Busy\{number % 50}")


def files(machine: Machine, number: int) -> None:
    machine.files.make_directory(rf"C:\Windows\Temp\{number % 50}")
    machine.files.write(rf"C:\Windows\Temp\{number % 50}\file", b"x" * (number % 9))
    if number % 3 == 0:
        machine.files.remove_tree(rf"C:\Windows\Temp\{number % 50}")


def tasks(machine: Machine, number: int) -> None:
    fields = {field.name: "x" for field in dataclasses.fields(ScheduledTask) if field.default is dataclasses.MISSING}
    machine.tasks[f"\\task{number % 50}"] = ScheduledTask(**fields)  # type: ignore[arg-type]
    if number % 3 == 0:
        machine.tasks.pop(f"\\task{number % 50}", None)


def services(machine: Machine, number: int) -> None:
    name = f"busy{number % 50}"
    machine.services.running[name] = dataclasses.replace(machine.services.running["winrm"], name=name)
    if number % 3 == 0:
        machine.services.running.pop(name, None)


def events(machine: Machine, number: int) -> None:
    machine.events.append(f"<Event>{number}</Event>")
    if number % 50 == 0:
        machine.events.clear()


def network(machine: Machine, number: int) -> None:
    from ansible_collections.windefend.maps.winsim.machine.network import Proxy

    machine.network.proxies[f"proxy{number % 50}:80"] = Proxy()
    if number % 3 == 0:
        machine.network.proxies.pop(f"proxy{number % 50}:80", None)


CHANGES: tuple[Callable[[Machine, int], None], ...] = (registry, files, tasks, services, events, network)


def hammered(change: Callable[[int], Any], look: Callable[[], Any]) -> int:
    """How often `look` was done while `change` was done without a pause; raises what either raises."""
    stop = threading.Event()

    def changing() -> None:
        number = 0
        while not stop.is_set():
            change(number)
            number += 1

    looked = 0
    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(changing)
        try:
            deadline = time.monotonic() + DURATION
            while not looked or time.monotonic() < deadline:
                look()
                looked += 1
        finally:
            stop.set()
        writer.result()
    return looked


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_state_is_answered_while_the_machine_changes(
    served: tuple[Machine, control.Control], change: Callable[[Machine, int], None]
) -> None:
    machine, channel = served

    def look() -> None:
        answer = json.loads(channel.answer(b'{"do": "state", "host": "pc"}'))
        assert "error" not in answer
        assert answer["result"]["name"] == machine.name

    assert hammered(lambda number: change(machine, number), look)


def test_two_commands_on_one_machine_do_not_disturb_each_other(served: tuple[Machine, control.Control]) -> None:
    """One lists what the other makes and removes."""
    machine, _unused = served

    def change(number: int) -> None:
        registry(machine, number)
        files(machine, number)

    def look() -> None:
        for _path, key in machine.registry.walk():
            list(key.values.values())
        list(machine.files.children(r"C:\Windows\Temp"))

    hammered(change, look)


def test_a_state_is_of_one_moment(served: tuple[Machine, control.Control], monkeypatch: pytest.MonkeyPatch) -> None:
    """A change in the middle of a snapshot is seen whole or not at all."""
    machine, _unused = served
    read = snapshot._registry
    changed = []

    def interrupted(found: Machine) -> Any:
        result = read(found)
        if not changed:
            changed.append(True)
            machine.registry.set_dword(r"HKLM\SOFTWARE\Moment", "First", 1)
            machine.files.make_directory(r"C:\Moment")
        return result

    monkeypatch.setattr(snapshot, "_registry", interrupted)
    state = snapshot.settled(machine)
    assert r"C:\Moment" in state["files"]  # type: ignore[operator]
    assert r"HKEY_LOCAL_MACHINE\SOFTWARE\Moment" in state["registry"]  # type: ignore[operator]


@pytest.mark.parametrize("line", [b"[" * 200_000, b'{"do": "state", "host": "pc"}'], ids=["nested", "fault"])
def test_whatever_goes_wrong_is_an_answer(
    served: tuple[Machine, control.Control], monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    def broken(_machine: Machine) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(control, "settled", broken)
    assert "winsim failed: R" in json.loads(served[1].answer(line))["error"]
