"""Hosts of the connection ssh, through real ansible-playbook runs, a real ssh client and Debian's sshd."""

from __future__ import annotations

import contextlib
import os
import pathlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import Run, SimulatedFleet, simulated_fleet
from ansible_collections.windefend.maps.tests.support.installed import needs
from ansible_collections.windefend.maps.tests.support.ssh_server import (
    SSHD,
    SshFleet,
    account_with_password,
    ssh_fleet,
)
from ansible_collections.windefend.maps.winsim.machine import proxy_stores

StartSsh = Callable[..., SshFleet]
READ = {"name": "read", "windefend.maps.host_info": {}}
PROXY = "proxy.corp.example:3128"
SET = {"name": "set", "windefend.maps.winhttp_proxy": {"proxy": PROXY}}
SWEEP = {"name": "sweep", "windefend.maps.sweep": {"action": "read", "output": "full"}, "run_once": True}

pytestmark = needs([] if SSHD else ["OpenSSH's server"], "tests/ssh/install")


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[StartSsh]:
    """Starts a fleet over ssh; at the end no task or file of ours is left, and no line was unknown."""
    with contextlib.ExitStack() as stack:
        fleets: list[SimulatedFleet] = []

        def started(
            hosts: Mapping[str, Mapping[str, Any]], own: Mapping[str, Mapping[str, Any]] | None = None
        ) -> SshFleet:
            entries = [{"name": name, **entry} for name, entry in hosts.items()]
            fleets.append(stack.enter_context(simulated_fleet({"hosts": entries}, tmp_path)))
            return stack.enter_context(ssh_fleet(fleets[-1], {name: (own or {}).get(name, {}) for name in hosts}))

        yield started
        for fleet in fleets:
            assert [f"{command.line}: {command.unknown}" for command in fleet.unknown()] == []
            assert fleet.leftovers() == []


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """What does not differ from one reading to the next, nor between ssh and winrm: nothing tells the host's clock."""
    return {key: value for key, value in result.items() if key not in ("traffic", "clock_skew", "_ansible_no_log")}


def swept(run: Run) -> dict[str, Any]:
    return dict(next(row["result"] for row in run.results if row["task"] == "sweep"))


def test_either_default_shell_gives_what_winrm_gives(start: StartSsh) -> None:
    """In tasks and in a sweep, with every line that needs an input; the shell gets nothing but one plain command."""
    entries: dict[str, dict[str, Any]] = {"cmd": {}, "ps": {}, "ja-cmd": {"locale": "ja"}, "ja-ps": {"locale": "ja"}}
    ssh = start(entries)
    ssh.default_shells.update(dict.fromkeys(("ps", "ja-ps"), "powershell"))
    over_winrm = {"ansible_connection": "winrm", "ansible_port": ssh.fleet.server.port}
    user = {"ansible_user": "ansible"}
    tasks: list[dict[str, Any]] = [
        {**READ, "name": "winrm", "vars": over_winrm | user},
        READ,
        SET,
        {**SET, "name": "again"},
        {"name": "system", "windefend.maps.maps_connection_info": {"run_as": "system", "probe": "auto"}},
        {**READ, "name": "then"},
        SWEEP,
    ]
    run = ssh.fleet.play(tasks)
    assert run.status == 0, run.output
    assert "Traceback" not in run.output
    for name in entries:
        assert comparable(run.of("read", name)) == comparable(run.of("winrm", name)), name
        assert (run.of("set", name)["changed"], run.of("again", name)["changed"]) == (True, False), name
        assert proxy_stores.read_winhttp(ssh.fleet.machines[name]).proxy == PROXY
        assert run.of("system", name)["run_as"] == "system", name
        assert comparable(swept(run)["hosts"][name]) == comparable(run.of("then", name)), name
    assert {line for _name, line, _given in ssh.sessions} == {"cmd /d /q"}
    for _name, _line, given in ssh.sessions:
        assert given.endswith(b"& exit 0\r\n")
        assert given.isascii()
        assert given.count(b"\r\n") == 1
        assert len(given) <= 8191 + len(b"\r\n")
    assert any(b"echo(" in given for _name, _line, given in ssh.sessions), "a line had an input"


def test_a_host_without_its_proxy_is_repaired(start: StartSsh) -> None:
    ssh = start({"pc": {"scenario": "no_winhttp_proxy_70006"}})
    ssh.default_shells["pc"] = "powershell"
    task = {"name": "first", "windefend.maps.maps_connection": {"winhttp_proxy": PROXY, "run_as": "auto"}}
    run = ssh.fleet.play([task, {**task, "name": "second"}])
    assert run.status == 0, run.output
    assert (run.of("first")["outcome"], run.of("second")["outcome"]) == ("repaired", "healthy")
    assert (run.of("first")["changed"], run.of("second")["changed"]) == (True, False)


def test_a_change_that_a_broken_connection_hides_is_reported_and_not_made_twice(start: StartSsh) -> None:
    """Even where the inventory says that ssh is to be tried again: ssh's own exit code for a failure is 255."""
    cuts = {f"{when}-{number}": (when, number) for when in ("before", "after") for number in (1, 2)}
    ssh = start({name: {} for name in cuts}, {name: {"ansible_ssh_retries": 3} for name in cuts})
    ssh.breaks.update(cuts)
    run = ssh.fleet.play([SET])
    assert "Traceback" not in run.output
    for name, (when, number) in cuts.items():
        assert run.kind("set", name) == "unreachable", run.output
        assert sum(one == name for one, _line, _given in ssh.sessions) == number, "no line is sent again"
        assert run.of("set", name)["changed"] is (number == 2), "the second line changes the host"
        written = proxy_stores.read_winhttp(ssh.fleet.machines[name]).proxy == PROXY
        assert written is (when == "after" and number == 2)
    again = ssh.fleet.play([SET])
    assert {row["host"] for row in again.results if not row["result"]["changed"]} == {"after-2"}


def test_what_is_refused_says_what_to_do(start: StartSsh, tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other_key"
    other.write_text("no key\n")
    other.chmod(0o600)
    told: dict[str, tuple[dict[str, Any], str]] = {
        "no-key": (
            {"ansible_ssh_private_key_file": "/nowhere"},
            "Check ansible_user, ansible_password or ansible_ssh_",
        ),
        "bad-key": ({"ansible_ssh_private_key_file": str(other)}, "ansible_ssh_private_key_file"),
        "wrong-password": (
            {"ansible_ssh_private_key_file": "/nowhere", "ansible_password": "wrong"},
            "Check ansible_user",
        ),
        "no-port": ({"ansible_port": 9}, "nothing listens on ansible_port"),
        "linux": ({}, "Check that it is a Windows host"),
        "terminal": ({"ansible_ssh_extra_args": "-tt"}, "Take -t, -tt and RequestTTY out"),
        "host-key": (
            {
                "ansible_host_key_checking": True,
                "ansible_ssh_common_args": "-F none -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null",
            },
            "Add it to known_hosts",
        ),
    }
    ssh = start({name: {} for name in (*told, "name-ja", "become")}, {
        **{name: variables for name, (variables, _said) in told.items()},
        "become": {"ansible_become": True},
    })  # fmt: skip
    ssh.default_shells["linux"] = "sh"
    names = ":".join((*told, "become"))
    run = ssh.fleet.play(
        [{**READ, "ignore_unreachable": True, "ignore_errors": True}, SWEEP], hosts=names.split(":")
    )  # fmt: skip
    assert "Traceback" not in run.output
    for name, (_variables, said) in told.items():
        assert run.kind("read", name) == "unreachable" or run.of("read", name).get("unreachable"), run.output
        for message in (run.of("read", name)["msg"], swept(run)["hosts"][name]["msg"]):
            assert said in message, f"{name}: {message}"
            assert name in message
            assert "WinRM" not in message
            assert len(message) < 1500
    assert "ansible_become: false" in run.of("read", "become")["msg"]
    assert all(machine.log == [] for name, machine in ssh.fleet.machines.items())
    rule = {
        "name": "rule",
        "windefend.maps.firewall_rule": {"name": "プロキシ", "service": "WinDefend", "protocol": "tcp"},
    }
    run = ssh.fleet.play([rule], hosts="name-ja")
    assert run.kind("rule") == "failed"
    assert "Use the connection winrm or psrp" in run.of("rule")["msg"]


def test_a_session_that_hangs_or_floods_is_ended(start: StartSsh) -> None:
    ssh = start({"pc": {}, "hangs": {}, "floods": {}})
    ssh.hangs.add("hangs")
    ssh.floods.add("floods")
    began = time.monotonic()
    run = ssh.fleet.play([{**SWEEP, "windefend.maps.sweep": {"action": "read", "host_timeout": 3}}])
    assert time.monotonic() - began < 60
    assert swept(run)["counts"] == {"ok": 2, "failed": 1, "unreachable": 0}, run.output
    assert "did not finish within 3 seconds" in swept(run)["hosts"]["hangs"]["msg"]
    assert "cut off" in str(swept(run)["hosts"]["floods"]), "as over winrm, what was not read is unknown"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make an account with a password")
def test_a_password_is_given_by_either_mechanism(start: StartSsh) -> None:
    with account_with_password() as (user, password):
        own = {"ansible_user": user, "ansible_ssh_private_key_file": "/nowhere"}
        ways = {
            "askpass": {"ansible_password": password},
            "sshpass": {"ansible_ssh_pass": password, "ansible_ssh_password_mechanism": "sshpass"},
            "wrong": {"ansible_password": "wrong"},
            "wrong-pass": {"ansible_password": "wrong", "ansible_ssh_password_mechanism": "sshpass"},
        }
        ssh = start({name: {} for name in ways}, {name: {**own, **way} for name, way in ways.items()})
        run = ssh.fleet.play([{**READ, "ignore_unreachable": True}, SWEEP])
    assert password not in run.output
    for name in ways:
        ok = not name.startswith("wrong")
        assert (run.kind("read", name) == "ok" and not run.of("read", name).get("unreachable")) is ok, run.output
        assert swept(run)["hosts"][name].get("unreachable", False) is not ok, run.output
        assert ok or "Check ansible_user, ansible_password" in run.of("read", name)["msg"]
