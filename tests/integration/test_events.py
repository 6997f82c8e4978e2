"""The rulebook in the real ansible-rulebook, with events that a client posts, and a simulated host that it repairs."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests
import yaml
from ansible_collections.windefend.maps.tests.support.client_environment import environment_of
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, RUN_LIMIT, SimulatedFleet
from ansible_collections.windefend.maps.tests.support.shown_commands import blocks

pytestmark = [
    pytest.mark.extended,
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java here; tests/clients/install installs it"),
]

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PAGE = "docs/events.md"
TOKEN = "a-token-of-this-test"
HOSTS = {
    "hosts": [
        {
            "name": "pc-1",
            "scenario": "no_winhttp_proxy_72f8f",
            "groups": ["office"],
            "variables": {"remediate_winhttp_proxy": "proxy.corp.example:3128"},
        },
        {"name": "pc-2", "scenario": "no_winhttp_proxy_72f8f"},
    ]
}
PROVIDER = "Microsoft-Windows-Windows Defender"


def start(fleet: SimulatedFleet, **variables: object) -> subprocess.Popen[str]:
    """The command of the page, with the inventory of a fleet and the Ansible that runs this test."""
    folder = fleet.folder
    (folder / "events.yml").write_text(yaml.safe_dump(variables))
    found = [block for block in blocks(PAGE, (ROOT / PAGE).read_text()) if not block.needs]
    assert len(found) == 1
    (*before, command) = found[0].commands
    environment = {
        **os.environ,
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}:{environment_of('rulebook').parent}",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "HOME": str(folder / "home"),
    }
    script = ["bash", "-euc", "\n".join([*before, f"exec {command}"])]
    with (folder / "output.txt").open("w") as output:
        return subprocess.Popen(
            script, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True
        )


def output(fleet: SimulatedFleet) -> str:
    return (fleet.folder / "output.txt").read_text()


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[str], fleet: SimulatedFleet) -> None:
    end = time.monotonic() + RUN_LIMIT
    while not happened():
        assert process.poll() is None, output(fleet)
        assert time.monotonic() < end, output(fleet)
        time.sleep(0.1)


@contextlib.contextmanager
def listening(fleet: SimulatedFleet, remediate: bool) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A rulebook that receives events on a port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start(fleet, maps_event_token=TOKEN, maps_event_port=port, maps_event_remediate=remediate)

    def answers() -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        return False

    try:
        wait_for(answers, process, fleet)
        yield process, port
    finally:
        process.terminate()
        process.wait(timeout=60)


def post(port: int, event: Mapping[str, Any], token: str | None = TOKEN) -> int:
    """The status of the answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.post(f"http://127.0.0.1:{port}/events", json=event, headers=headers, timeout=60)
    return answer.status_code


def event(computer: str, number: int = 2012) -> dict[str, Any]:
    """As Winlogbeat sends it."""
    return {"winlog": {"computer_name": computer, "event_id": str(number), "provider_name": PROVIDER}}


@pytest.mark.parametrize("remediate", [True, False], ids=["remediate", "assess"])
def test_one_host_is_looked_at_once(start_fleet: StartFleet, remediate: bool) -> None:
    fleet = start_fleet(HOSTS)
    before = fleet.states()
    with listening(fleet, remediate) as (process, port):
        assert post(port, event("pc-1"), token=None) == 401
        assert post(port, event("pc-1"), token="wrong") == 401
        for computer in ("all", "a,!b", "pc-*", "office", "pc-1:pc-2"):
            assert post(port, event(computer)) == 200
        for number in (2012, 2001, 5007):
            assert post(port, event("PC-1", number)) == 200
        # Actions run in order, so what this one prints comes after all others.
        assert post(port, event("pc-2", 2010)) == 200
        wait_for(lambda: "pc-2: the cloud service gave" in output(fleet), process, fleet)
    printed = output(fleet)
    assert printed.count("Dropped an event") == 5, printed
    assert printed.count("PLAY RECAP") == 1, printed
    assert "Repair 2" in printed if remediate else "Assessment" in printed
    assert fleet.state("pc-2") == before["pc-2"]
    assert (fleet.state("pc-1") != before["pc-1"]) is remediate
    set_by = [command.line for command in fleet.machines["pc-1"].log if "netsh winhttp set" in command.line]
    assert len(set_by) == int(remediate)
    assert fleet.machines["pc-2"].log == []


def test_it_does_not_listen_without_a_token(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    process = start(fleet)
    assert process.wait(timeout=RUN_LIMIT) != 0
    assert "'maps_event_token' is undefined" in output(fleet)
