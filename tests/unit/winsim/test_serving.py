"""`winsim serve` as a process of its own: ready line, files, log, clean end."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import winrm.protocol
import yaml
from ansible_collections.windefend.maps.winsim import control

FLEET = """
network: 127.18.0.0/24
hosts:
  - {name: one}
  - {name: two, scenario: no_winhttp_proxy_72efe}
  - {name: slow, overrides: {defender: {validation_seconds: 3600}}}
  - {name: gone, scenario: unreachable}
"""
ROOT = str(pathlib.Path(control.__file__).parents[4])
COMMAND = [sys.executable, "-m", "ansible_collections.windefend.maps.winsim", "serve"]
VALIDATE = r'"C:\Program Files\Windows Defender\MpCmdRun.exe" -ValidateMapsConnection'
ENVIRONMENT = {**os.environ, "PYTHONPATH": ROOT}


class Winsim:
    def __init__(self, folder: pathlib.Path) -> None:
        self.inventory, self.log = folder / "out" / "inventory.yml", folder / "out" / "log.jsonl"
        self.control, self.pid = folder / "c.sock", folder / "winsim.pid"
        (folder / "fleet.yml").write_text(FLEET)
        self.process = subprocess.Popen(
            [
                *COMMAND, "--fleet", str(folder / "fleet.yml"), "--port", "0", "--inventory", str(self.inventory),
                "--log", str(self.log), "--control", str(self.control), "--pid-file", str(self.pid),
            ],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline()

    @property
    def port(self) -> int:
        document = yaml.safe_load(self.inventory.read_text(encoding="utf-8"))
        return int(document["all"]["children"]["winsim"]["vars"]["ansible_port"])

    def client(self, address: str) -> winrm.protocol.Protocol:
        return winrm.protocol.Protocol(
            endpoint=f"http://{address}:{self.port}/wsman",
            transport="ntlm",
            username="ansible",
            password="Winsim-only-1",
            message_encryption="always",
        )

    def run(self, address: str, line: str) -> tuple[str, int]:
        client = self.client(address)
        shell = client.open_shell(codepage=65001)
        try:
            out, _unused, code = client.get_command_output(shell, client.run_command(shell, line))
        finally:
            client.close_shell(shell)
        return out.decode(), code


@pytest.fixture
def winsim(tmp_path: pathlib.Path) -> Iterator[Winsim]:
    running = Winsim(tmp_path)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def test_the_ready_line_and_what_it_promises(winsim: Winsim) -> None:
    assert winsim.ready.startswith("winsim: 4 hosts on 127.18.0.1 to 127.18.0.4, port ")
    assert winsim.ready.endswith(": ready\n")
    assert int(winsim.pid.read_text()) == winsim.process.pid
    for address in ("127.18.0.1", "127.18.0.2"):
        with socket.create_connection((address, winsim.port)):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.18.0.4", winsim.port))


def test_a_client_meets_the_machine_of_the_fleet(winsim: Winsim) -> None:
    out, code = winsim.run("127.18.0.2", VALIDATE)
    assert "80072EFE" in out
    assert code % 2**32 == 0x80072EFE
    winsim.run("127.18.0.1", "frobnicate")
    state = control.ask(winsim.control, "commands", unknown=True)
    assert isinstance(state, dict)
    assert [name for name, commands in state.items() if commands] == ["one"]
    logged = [json.loads(line) for line in winsim.log.read_text(encoding="utf-8").splitlines()]
    assert [(line["host"], line["unknown"]) for line in logged] == [("two", []), ("one", ["frobnicate"])]
    assert control.ask(winsim.control, "shells") == {"one": [], "two": [], "slow": [], "gone": []}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(winsim: Winsim, number: signal.Signals) -> None:
    """With a connection, a control connection, and a command that would run for an hour."""
    client = winsim.client("127.18.0.3")
    client.run_command(client.open_shell(), VALIDATE)
    with socket.create_connection(("127.18.0.1", winsim.port)), socket.socket(socket.AF_UNIX) as channel:
        channel.connect(str(winsim.control))
        winsim.process.send_signal(number)
        _unused, errors = winsim.process.communicate(timeout=60)
    assert winsim.process.returncode == 0
    assert errors == ""
    assert not winsim.pid.exists()
    assert not winsim.control.exists()


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--inventory", "taken/inventory.yml", "taken: File exists"),
        ("--log", ".", ".: Is a directory"),
        ("--port", "many", "argument --port: must be a number from 0 to 65535"),
        ("--port", "-1", "argument --port: must be a number from 0 to 65535"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(tmp_path: pathlib.Path, option: str, value: str, told: str) -> None:
    (tmp_path / "fleet.yml").write_text(FLEET)
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    done = subprocess.run(
        [*COMMAND, "--fleet", "fleet.yml", "--port", "0", option, value],
        capture_output=True, text=True, timeout=60, env=ENVIRONMENT, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert done.stderr.splitlines()[-1].endswith(told)
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "fleet.yml").write_text(FLEET)
    with contextlib.closing(socket.create_server(("127.18.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--fleet", str(tmp_path / "fleet.yml"), "--port", str(port)],
            capture_output=True, text=True, timeout=60, env=ENVIRONMENT, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        f"winsim: cannot listen on 127.18.0.1:{port}: Address already in use: is another winsim running there? "
        "--port takes another port\n"
    )
