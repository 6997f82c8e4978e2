"""Two states are the same exactly when their snapshots are, byte for byte."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.winsim.machine.builder import build
from ansible_collections.windefend.maps.winsim.machine.model import LoggedCommand, Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Proxy
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.machine.services import State
from ansible_collections.windefend.maps.winsim.machine.tasks import ScheduledTask
from ansible_collections.windefend.maps.winsim.snapshot import difference, dump, snapshot

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
KEY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"


def _stop(machine: Machine) -> None:
    machine.services.running["spooler"].state = State.STOPPED


def _proxy(machine: Machine) -> None:
    machine.network.proxies["a:1"] = Proxy()


def _block(machine: Machine) -> None:
    machine.network.direct.blocked["*:80"] = Barrier.DROP


def _task(machine: Machine) -> None:
    machine.tasks["\\x"] = ScheduledTask("\\x", "cmd.exe", "/c exit", "SYSTEM", due=NOW)


def _clock(machine: Machine) -> None:
    machine.clock_offset = dt.timedelta(seconds=1)


def _grant(machine: Machine) -> None:
    machine.files.make_directory(r"C:\x").access = {"S-1-5-18": "F"}


CHANGES: dict[str, Callable[[Machine], object]] = {
    "a value": lambda m: m.registry.set_text(KEY, "a", "1"),
    "an empty key": lambda m: m.registry.create(KEY + r"\new"),
    "a value's type": lambda m: m.registry.set(KEY, "number", ValueType.QWORD, 1),
    "a removed value": lambda m: m.registry.delete_value(KEY, "number"),
    "bytes": lambda m: m.registry.set(KEY, "blob", ValueType.BINARY, b"\x01"),
    "a file": lambda m: m.files.write(r"C:\Windows\Temp\x", b""),
    "a file's content": lambda m: m.files.write(r"C:\Windows\System32\drivers\etc\hosts", b"#"),
    "a directory": lambda m: m.files.make_directory(r"C:\Windows\Temp\y"),
    "a directory's rights": _grant,
    "a service": _stop,
    "a task": _task,
    "an event": lambda m: m.events.append("<Event/>"),
    "a proxy": _proxy,
    "a perimeter": _block,
    "the clock": _clock,
}


def machine() -> Machine:
    made = build("PC", now=NOW)
    made.registry.set_dword(KEY, "number", 1)
    return made


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_shows(what: str) -> None:
    made = machine()
    before, text = snapshot(made), dump(made)
    CHANGES[what](made)
    assert dump(made) != text
    assert difference(before, snapshot(made))


def test_what_was_undone_leaves_no_trace() -> None:
    made = machine()
    text = dump(made)
    made.registry.set_text(KEY, "a", "1")
    made.registry.delete_value(KEY, "a")
    made.files.write(r"C:\Windows\Temp\x", b"")
    made.files.remove(r"C:\Windows\Temp\x")
    made.log.append(LoggedCommand("reg query HKLM", "PC\\x", (), 0))
    assert dump(made) == text


def test_order_of_creation_does_not_matter() -> None:
    one, two = machine(), machine()
    for name in ("a", "b"):
        one.registry.set_text(KEY, name, "1")
    for name in ("b", "a"):
        two.registry.set_text(KEY, name, "1")
    assert dump(one) == dump(two)


def test_passwords_stay_out() -> None:
    made = machine()
    assert made.accounts[0].password not in dump(made)
    assert json.loads(dump(made))["accounts"][0]["name"] == made.accounts[0].name


def test_difference_names_the_place() -> None:
    made = machine()
    before = snapshot(made)
    made.registry.set_text(KEY, "ProxyServer", "a:1")
    made.registry.set_dword(KEY, "number", 2)
    path = "registry/HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Defender"
    assert difference(before, snapshot(made)) == [
        f'{path}/ProxyServer: added ["SZ", "a:1"]',
        f'{path}/number: ["DWORD", 1] -> ["DWORD", 2]',
    ]
