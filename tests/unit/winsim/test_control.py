"""The control channel: asking and changing a running fleet over its socket, and through the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pathlib
import socket
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.windefend.maps.winsim import __main__ as command_line, control, fleet, physics
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.model import LoggedCommand
from ansible_collections.windefend.maps.winsim.snapshot import dump, snapshot

DOCUMENT = {
    "hosts": [
        {"name": "one", "scenario": "healthy"},
        {"name": "two", "scenario": "proxy_dead"},
        {"name": "gone", "scenario": "unreachable"},
    ]
}


@dataclass
class Traffic:
    requests: int


@dataclass
class Shell:
    id: str


@dataclass
class FakeWire:
    cuts: list[tuple[str, int, bool]] = field(default_factory=list)

    def shells(self, address: str) -> list[object]:
        return [Shell(f"shell of {address}")]

    def traffic(self, address: str) -> object:
        return Traffic(7)

    def cut_after(self, address: str, requests: int, *, carried_out: bool = False) -> None:
        if requests < 1:
            raise ValueError("requests count from 1")
        self.cuts.append((address, requests, carried_out))


@dataclass
class Running:
    path: pathlib.Path
    fleet: fleet.Fleet
    machines: dict[str, Any]
    wire: FakeWire

    def ask(self, do: str, **arguments: object) -> Any:
        return control.ask(self.path, do, **arguments)


@contextlib.contextmanager
def listening(path: pathlib.Path, channel: control.Control) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        opened = control.Channel(path, channel)
        asyncio.run_coroutine_threadsafe(opened.open(), loop).result()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(opened.close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def running(tmp_path: pathlib.Path) -> Iterator[Running]:
    made = fleet.parse(DOCUMENT)
    machines = {host.name: host.build() for host in made.hosts}
    wire = FakeWire()
    path = tmp_path / "c.sock"
    with listening(path, control.Control(made, machines, wire)):
        yield Running(path, made, machines, wire)


def test_hosts(running: Running) -> None:
    hosts = running.ask("hosts")
    assert list(hosts) == ["one", "two", "gone"]
    assert hosts["two"] == {
        "address": "127.16.0.2",
        "scenario": "proxy_dead",
        "listens": True,
        "outcome": "repaired",
        "cause": "winhttp_proxy_dead",
    }
    assert not hosts["gone"]["listens"]


def test_state_is_the_snapshot(running: Running) -> None:
    assert running.ask("state", host="ONE") == json.loads(dump(running.machines["one"]))


def test_commands(running: Running) -> None:
    log = running.machines["one"].log
    log.append(LoggedCommand("reg query HKLM", "ONE\\ansible", (), 0))
    log.append(LoggedCommand("frobnicate", "ONE\\ansible", ("frobnicate",), 9009))
    assert [command["line"] for command in running.ask("commands", host="one")["one"]] == [
        "reg query HKLM",
        "frobnicate",
    ]
    assert running.ask("commands", unknown=True) == {
        "one": [{"line": "frobnicate", "account": "ONE\\ansible", "exit_code": 9009, "unknown": ["frobnicate"]}],
        "two": [],
        "gone": [],
    }


def test_shells_and_counters(running: Running) -> None:
    assert running.ask("shells", host="one") == {"one": [{"id": "shell of 127.16.0.1"}]}
    assert running.ask("shells")["gone"] == []
    running.machines["one"].wrong_passwords["ansible"] = 1
    assert running.ask("counters") == {
        "one": {"requests": 7, "wrong_passwords": {"ansible": 1}},
        "two": {"requests": 7, "wrong_passwords": {}},
    }


class TestChange:
    def test_a_scenario_comes_over_a_live_machine(self, running: Running) -> None:
        machine = running.machines["one"]
        assert physics.validate(machine, SYSTEM).connected
        running.ask("change", host="one", scenario="proxy_dead")
        assert not physics.validate(machine, SYSTEM).connected

    def test_overrides(self, running: Running) -> None:
        running.ask("change", host="two", overrides={"network": {"proxies": {"old-proxy.corp.example:8080": None}}})
        assert physics.validate(running.machines["two"], SYSTEM).connected

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"scenario": "x"}, "scenario: 'x' is unknown"),
            ({"scenario": "old_build"}, "cannot come over a running machine"),
            ({"scenario": "unreachable"}, "cannot come over a running machine"),
            ({"overrides": {"defender": {"choic": 1}}}, r"overrides\.defender\.choic: unknown; allowed"),
        ],
    )
    def test_refused(self, running: Running, arguments: dict[str, object], problem: str) -> None:
        before = snapshot(running.machines["one"])
        with pytest.raises(control.ControlError, match=problem):
            running.ask("change", host="one", **arguments)
        assert snapshot(running.machines["one"]) == before


def test_cut(running: Running) -> None:
    running.ask("cut", host="two", requests=3, carried_out=True)
    running.ask("cut", host="one")
    assert running.wire.cuts == [("127.16.0.2", 3, True), ("127.16.0.1", 1, False)]
    with pytest.raises(control.ControlError, match="does not listen"):
        running.ask("cut", host="gone")
    with pytest.raises(control.ControlError, match="count from 1"):
        running.ask("cut", host="one", requests=0)


@pytest.mark.parametrize(
    "line",
    [b"x\n", b"[]\n", b"{}\n", b'{"do": "dance"}\n', b'{"do": "state"}\n', b'{"do": "state", "host": 1}\n', b"\xff\n"],
)
def test_a_bad_request_gets_an_error_and_the_next_one_an_answer(running: Running, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(running.path))
        answers = connection.makefile("rb")
        connection.sendall(line)
        assert "error" in json.loads(answers.readline())
        connection.sendall(b'{"do": "hosts"}\n')
        assert "result" in json.loads(answers.readline())


class TestSocket:
    def test_nobody_else_may_connect(self, running: Running) -> None:
        assert stat.S_IMODE(running.path.stat().st_mode) == 0o600

    def test_a_live_one_is_not_taken_over(self, running: Running) -> None:
        other = control.Control(running.fleet, running.machines, running.wire)
        with pytest.raises(control.ControlError, match="another winsim answers there"):
            asyncio.run(control.Channel(running.path, other).open())
        assert running.ask("hosts")

    def test_a_dead_one_is_replaced(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "c.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        made = fleet.parse(DOCUMENT)
        with listening(path, control.Control(made, {}, FakeWire())):
            assert control.ask(path, "hosts")

    def test_a_file_in_the_way_is_left_alone(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "c.sock"
        path.write_text("precious")
        with pytest.raises(control.ControlError):
            asyncio.run(control.Channel(path, control.Control(fleet.parse(DOCUMENT), {}, FakeWire())).open())
        assert path.read_text() == "precious"

    def test_nobody_there(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(control.ControlError, match="is winsim running"):
            control.ask(tmp_path / "none", "hosts")


class TestCommandLine:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
        status = command_line.main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    def test_state(self, running: Running, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, _unused = self.run(capsys, "state", "one", "--control", str(running.path))
        assert (status, json.loads(out)["name"]) == (0, "ONE")

    def test_change(self, running: Running, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ("change", "one", "--control", str(running.path), "--overrides", '{"defender": {"choice": 9}}')
        assert self.run(capsys, *arguments) == (0, "", "")
        assert running.machines["one"].defender.choice == 9

    def test_cut(self, running: Running, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ("cut", "one", "--control", str(running.path), "--requests", "4", "--carried-out")
        assert self.run(capsys, *arguments)[0] == 0
        assert running.wire.cuts == [("127.16.0.1", 4, True)]

    def test_unknown_commands_only(self, running: Running, capsys: pytest.CaptureFixture[str]) -> None:
        running.machines["one"].log.append(LoggedCommand("x", "a", ("x",), 1))
        running.machines["one"].log.append(LoggedCommand("y", "a", (), 0))
        _unused, out, _unused = self.run(capsys, "commands", "--unknown", "--control", str(running.path))
        assert [command["line"] for command in json.loads(out)["one"]] == ["x"]

    def test_an_error_is_one_line(self, running: Running, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, err = self.run(capsys, "state", "none", "--control", str(running.path))
        assert (status, out, err) == (1, "", "winsim: host: there is no host 'none'\n")

    def test_scenarios(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, _unused = self.run(capsys, "scenarios", "--json")
        assert status == 0
        assert json.loads(out)["proxy_dead"]["cause"] == "winhttp_proxy_dead"
        assert "proxy_dead  (repaired, winhttp_proxy_dead)" in self.run(capsys, "scenarios")[1]

    def test_inventory(self, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "fleet.yml"
        path.write_text("hosts: [{name: a}]\nport: 4711\n")
        assert "ansible_port: 4711" in self.run(capsys, "inventory", "--fleet", str(path))[1]
        assert "ansible_port: 4712" in self.run(capsys, "inventory", "--fleet", str(path), "--port", "4712")[1]

    def test_a_wrong_fleet_file(self, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "fleet.yml"
        path.write_text("hosts: []\n")
        status, _unused, err = self.run(capsys, "serve", "--fleet", str(path))
        assert (status, err) == (1, f"winsim: {path}: hosts: must be a list of at least one host\n")
