"""winsim in the background: started once, stopped wholly, and what a dead one leaves is no hindrance."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import yaml
from ansible_collections.windefend.maps.winsim import (
    __main__ as command_line,
    background,
    control,
    fleet,
    pidfile,
    serving,
)
from ansible_collections.windefend.maps.winsim.background import CannotStart, Start

FLEET = "network: 127.18.8.0/24\nport: 0\nhosts: [{name: one}]\n"


@pytest.fixture
def wanted(tmp_path: pathlib.Path) -> Iterator[Start]:
    (tmp_path / "fleet.yml").write_text(FLEET)
    yield Start(tmp_path / "fleet.yml", tmp_path / "place")
    background.stop(tmp_path / "place")


def pid(wanted: Start) -> int | None:
    return pidfile.holder(wanted.folder / "winsim.pid")


def test_started_once_and_stopped_wholly(wanted: Start) -> None:
    assert background.start(wanted).endswith(": ready")
    first = pid(wanted)
    assert first
    assert control.ask(wanted.folder / "control.sock", "shells") == {"one": []}
    assert background.start(wanted).endswith(": already running")
    assert pid(wanted) == first
    assert background.stop(wanted.folder) == f"winsim: process {first}: stopped"
    assert pid(wanted) is None
    assert not (wanted.folder / "winsim.pid").exists()
    assert not (wanted.folder / "control.sock").exists()
    assert background.stop(wanted.folder) == "winsim: nothing to stop"


def test_another_fleet_does_not_take_the_place(wanted: Start) -> None:
    background.start(wanted)
    wanted.fleet.write_text(FLEET.replace("one", "two"))
    with pytest.raises(CannotStart, match="another fleet"):
        background.start(wanted)
    assert control.ask(wanted.folder / "control.sock", "shells") == {"one": []}


def test_one_that_was_killed_is_started_anew(wanted: Start) -> None:
    background.start(wanted)
    first = pid(wanted)
    assert first
    os.kill(first, signal.SIGKILL)
    while pid(wanted) is not None:
        time.sleep(0.01)
    assert (wanted.folder / "winsim.pid").exists(), "what it left"
    assert background.start(wanted).endswith(": ready")
    assert pid(wanted) not in (None, first)


def test_one_that_does_not_end_is_killed(wanted: Start) -> None:
    background.start(wanted)
    process = pid(wanted)
    assert process
    os.kill(process, signal.SIGSTOP)
    assert pidfile.end(wanted.folder / "winsim.pid", patience=0.2)
    assert pid(wanted) is None


def test_it_ends_by_itself(wanted: Start) -> None:
    background.start(Start(wanted.fleet, wanted.folder, lifetime=0.1))
    while pid(wanted) is not None:
        time.sleep(0.01)
    assert not (wanted.folder / "control.sock").exists()


def test_why_it_does_not_start_is_told_and_nothing_is_left(wanted: Start, tmp_path: pathlib.Path) -> None:
    wanted.fleet.write_text("hosts: [{name: one, scenario: nowhere}]")
    with pytest.raises(fleet.FleetError, match=rf"{wanted.fleet}: .*'nowhere' is unknown"):
        background.start(wanted)
    wanted.fleet.write_text(FLEET)
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match=r"file: in the way and no socket"):
        background.start(Start(wanted.fleet, wanted.folder, control=tmp_path / "file"))
    assert pid(wanted) is None


def test_a_folder_deeper_than_a_sockets_address(tmp_path: pathlib.Path) -> None:
    (tmp_path / "fleet.yml").write_text(FLEET.replace(".8.", ".9."))
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    try:
        background.start(Start(tmp_path / "fleet.yml", deep))
        control.ask(deep / "control.sock", "change", host="one", scenario="proxy_dead")
    finally:
        background.stop(deep)
    assert not (deep / "control.sock").exists()


def test_the_command_line(wanted: Start, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--directory", str(wanted.folder)]
    assert command_line.main(["start", *place, "--fleet", str(wanted.fleet), "--lifetime", "600"]) == 0
    assert capsys.readouterr().out.endswith(": ready\n")
    assert command_line.main(["stop", *place]) == 0
    assert capsys.readouterr().out.endswith(": stopped\n")
    with pytest.raises(SystemExit):
        command_line.main(["start", *place, "--fleet", str(wanted.fleet), "--lifetime", "0"])


def test_it_runs_under_its_own_name_wherever_it_lies(wanted: Start) -> None:
    """The role has no import path of a collection, only its folder."""
    root = pathlib.Path(background.__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "winsim", "start", "--directory", str(wanted.folder), "--fleet", str(wanted.fleet)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=wanted.fleet.parent
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert pid(wanted)


def test_the_file_is_held_by_one(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pidfile, "GLANCE", 0.0)
    path = tmp_path / "sub" / "x.pid"
    with pidfile.held(path):
        assert pidfile.holder(path) == os.getpid()
        with pytest.raises(pidfile.Running, match="another winsim"), pidfile.held(path):
            pass
        assert pidfile.holder(path) == os.getpid(), "the other one took nothing with it"
    assert not path.exists()


def test_who_looks_does_not_pass_for_the_holder(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.pid"
    path.write_text("1\n")
    with path.open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert pidfile.holder(path) is None
        assert not pidfile.end(path)


def test_a_number_that_nobody_holds_is_nobodys(tmp_path: pathlib.Path) -> None:
    """The process is gone, and its number may be another program's: that one must not be ended."""
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        path = tmp_path / "x.pid"
        path.write_text(f"{bystander.pid}\n")
        assert pidfile.holder(path) is None
        assert not pidfile.end(path)
        assert bystander.poll() is None
        assert not path.exists()
    finally:
        with contextlib.suppress(ProcessLookupError):
            bystander.kill()
        bystander.wait()


def test_certificates_are_kept_beside_the_rest(wanted: Start) -> None:
    wanted.fleet.write_text(FLEET.replace("{name: one}", "{name: one, tls: good}"))
    background.start(wanted)
    authority = wanted.folder / "certificates" / "winsim-authority.pem"
    context = ssl.create_default_context(cafile=str(authority))
    inventory = yaml.safe_load((wanted.folder / "inventory.yml").read_text())["all"]["children"]["winsim"]
    host = inventory["hosts"]["one"]
    assert host["ansible_winrm_ca_trust_path"] == str(authority)
    where = (host["ansible_host"], inventory["vars"]["ansible_port"])
    with socket.create_connection(where, timeout=20) as plain:
        context.wrap_socket(plain, server_hostname=host["ansible_host"]).close()


def test_certificates_need_a_folder(tmp_path: pathlib.Path) -> None:
    made = fleet.parse({"hosts": [{"name": "one", "tls": "good"}]})
    with pytest.raises(serving.CannotServe, match="--certificates"):
        serving.serve(made, serving.Files(), 0)
