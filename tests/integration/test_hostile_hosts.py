"""Hosts that send what no WinRM service sends: in bounded time and memory they are named, and the others are read."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet, run_playbook
from ansible_collections.windefend.maps.tests.support.hostile_server import (
    HOST,
    NO_END,
    RECEIVED,
    TRICKS,
    Server,
    hostile,
    self_signed,
)

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SHORT = {"ansible_winrm_read_timeout_sec": 3, "ansible_winrm_operation_timeout_sec": 2}
OWN = {"ansible_winrm_proxy": ""}
"""A proxy is left to pywinrm, and an empty one it takes for none."""
TLS = {"ansible_winrm_scheme": "https", "ansible_winrm_server_cert_validation": "ignore"}
PSRP = {
    "ansible_connection": "psrp",
    "ansible_psrp_protocol": "https",
    "ansible_psrp_auth": "ntlm",
    "ansible_psrp_cert_validation": "ignore",
    "ansible_psrp_read_timeout": 3,
    "ansible_psrp_operation_timeout": 2,
}
LOGON = {
    "ansible_connection": "winrm",
    "ansible_user": "ansible",
    "ansible_password": "Winsim-only-1",
    "ansible_winrm_scheme": "http",
    "ansible_winrm_transport": "ntlm",
}
BASIC = {"ansible_winrm_transport": "basic"}
SOME = ("drip-head", "silent", "big-chunks", "gzip", "endless-100", "blanks", "commas", "redirect-307")
HEALTHY = ["ok-1", "ok-2", "ok-3"]
PEAK = 300 * 1024
"""KiB of the largest process of a run."""
MEASURED = [
    sys.executable,
    "-c",
    "import resource, subprocess, sys; status = subprocess.call(sys.argv[1:]); "
    "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(status)",
]
TASKS = {
    "task": {"name": "it", "windefend.maps.maps_connection_info": {"timeout": 4}},
    "sweep": {"name": "it", "windefend.maps.sweep": {"host_timeout": 6, "concurrency": 60}, "run_once": True},
}


@contextlib.contextmanager
def bad_hosts(folder: pathlib.Path, way: str) -> Iterator[tuple[dict[str, dict[str, Any]], dict[str, str], Server]]:
    """Variables and a pattern of what is said, by the names of hosts; and the server that must hear nothing."""
    variables: dict[str, dict[str, Any]] = {}
    said: dict[str, str] = {}
    said_of = {name: pattern for name, (_trick, pattern) in {**TRICKS, **RECEIVED}.items()}
    first = {name: trick for name, (trick, _said) in TRICKS.items()}
    then = {name: trick for name, (trick, _said) in RECEIVED.items()}
    with contextlib.ExitStack() as stack:
        trap = stack.enter_context(hostile({"trap": first["closes"]}))["trap"]
        kinds: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
            ("lean", first, {}, {}),
            ("own", {name: first[name] for name in SOME}, OWN, {}),
            ("tls", first, TLS, {"tls": self_signed(folder)}),
            ("own-tls", {name: first[name] for name in SOME}, {**TLS, **OWN}, {"tls": self_signed(folder)}),
            ("psrp-tls", {name: first[name] for name in SOME}, PSRP, {"tls": self_signed(folder)}),
            ("lean", then, BASIC, {"after_logon": True}),
            ("tls", then, {**TLS, **BASIC}, {"tls": self_signed(folder), "after_logon": True}),
        ]
        for kind, tricks, options, how in kinds:
            # A task waits a minute for a command; the unit tests do not.
            tried = {name: trick for name, trick in tricks.items() if way == "sweep" or said_of[name] != NO_END}
            for name, server in stack.enter_context(hostile(tried, trap=trap.port, **how)).items():
                host = f"{kind}-{name}"
                variables[host] = {"ansible_host": HOST, "ansible_port": server.port, **SHORT, **options}
                said[host] = said_of[name]
        yield variables, said, trap


def beside(fleet: SimulatedFleet, variables: Mapping[str, Mapping[str, Any]]) -> str:
    """The file of an inventory of those hosts, which winsim does not simulate."""
    path = fleet.folder / "bad.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": {name: {**LOGON, **one} for name, one in variables.items()}}}))
    return str(path)


def write_play(fleet: SimulatedFleet, task: Mapping[str, Any]) -> pathlib.Path:
    path = fleet.folder / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [dict(task)]}]))
    return path


@pytest.mark.parametrize("way", TASKS)
def test_each_is_named_and_the_others_are_read(start_fleet: StartFleet, tmp_path: pathlib.Path, way: str) -> None:
    with bad_hosts(tmp_path, way) as (variables, said, trap):
        fleet = start_fleet({"hosts": [{"name": "ok-{n}", "count": 3}]})
        options = ("-i", beside(fleet, variables), "--forks", "30")
        path = write_play(fleet, TASKS[way])
        run = run_playbook(path, fleet.folder, fleet.inventory, *options, under=MEASURED)
    by_host = {row["host"]: row["result"] for row in run.results}
    results = run.of("it")["hosts"] if way == "sweep" else by_host
    assert results.keys() == {*said, *HEALTHY}, run.output
    for name in HEALTHY:
        assert not results[name].get("failed"), results[name]
        assert not results[name].get("unreachable"), results[name]
        assert results[name]["traffic"]["requests"] >= 5, "what it was asked for was read"
    wrong = {}
    for name, pattern in said.items():
        one = results[name]
        if (
            not (one.get("unreachable") or one.get("failed"))
            or not re.search(pattern, one["msg"])
            or name not in one["msg"]
        ):
            wrong[name] = json.dumps(one)[:500]
    assert json.dumps(wrong, indent=1) == "{}"
    assert "Traceback" not in run.output
    assert trap.requests == 0, "nothing is sent to where a host points"
    (peak,) = re.findall(r"^PEAK (\d+)$", run.output, re.MULTILINE)
    assert int(peak) < PEAK


def alive(mark: str) -> list[int]:
    """A run's processes. A worker has a session of its own, so they are known by a variable."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_text(errors="replace"):
                found.append(int(folder.name))
    return found


def wait_until(what: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.1)
    return what()


def test_an_interrupt_ends_it_and_its_worker(start_fleet: StartFleet) -> None:
    """Ctrl-C, which the whole group hears, and SIGTERM, of which the worker only learns that Ansible is gone."""
    names = ("drip-head", "drip-body", "silent", "blanks", "endless-100", "small-chunks", "commas")
    marks = {number: f"HOSTILE_RUN={uuid.uuid4()}" for number in (signal.SIGINT, signal.SIGTERM)}
    with hostile({name: TRICKS[name][0] for name in names}) as servers, contextlib.ExitStack() as stack:
        variables = {
            f"{kind}-{name}": {"ansible_host": HOST, "ansible_port": server.port, **options}
            for name, server in servers.items()
            for kind, options in (("lean", {}), ("own", OWN))
        }
        fleet = start_fleet({"hosts": [{"name": "ok-{n}", "count": 3}]})
        sweep = {"windefend.maps.sweep": {"host_timeout": 300, "concurrency": 60}, "run_once": True}
        program = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
        command = [program, str(write_play(fleet, sweep)), "-i", str(fleet.inventory), "-i", beside(fleet, variables)]
        runs = {}
        for number, mark in marks.items():
            environment = {
                **os.environ,
                **dict([mark.split("=")]),
                "ANSIBLE_CONFIG": str(ROOT / "demo" / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
                "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
            }
            runs[number] = subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            stack.callback(end, mark)
        hosts_each = 2 * len(runs)
        assert wait_until(lambda: all(server.requests >= hosts_each for server in servers.values()), 60)
        assert all(len(alive(mark)) >= 2 for mark in marks.values())
        time.sleep(1)
        for number, process in runs.items():
            os.killpg(process.pid, number)
        assert wait_until(lambda: not any(map(alive, marks.values())), 26), "INTERRUPT_GRACE, and a margin"
        assert all(process.wait(1) != 0 for process in runs.values())


def end(mark: str) -> None:
    for number in alive(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
