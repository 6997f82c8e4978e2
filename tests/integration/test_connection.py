"""Connections that break, refuse, hang and answer nonsense, through real ansible-playbook runs."""

from __future__ import annotations

import http.server
import pathlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.winrm import MAX_IDLE, WinrmHost
from ansible_collections.windefend.maps.tests.support.absent import without
from ansible_collections.windefend.maps.tests.support.fleet import Run, SimulatedFleet, simulated_fleet
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.tests.support.wire_host import ADDRESS, Connection
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine import firewall, proxy_stores
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference
from ansible_collections.windefend.maps.winsim.wire.server import serve_in_thread
from winrm.exceptions import WSManFaultError

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
CREATE = 3
"""The request that opens the shell; those before it belong to NTLM."""
CHANGE: dict[str, tuple[dict[str, Any], Callable[[Machine], Any], Any]] = {
    "winhttp_proxy": (
        {"proxy": "proxy.corp.example:3128"},
        lambda machine: proxy_stores.read_winhttp(machine).proxy,
        "proxy.corp.example:3128",
    ),
    "spynet": ({"ssl_options": 2}, lambda machine: machine.registry.data(SPYNET, "SSLOptions"), 2),
    "firewall_rule": (
        {"name": "ours", "service": "WinDefend", "protocol": "tcp", "remote_ports": ["443"]},
        lambda machine: [rule.name for _value, rule in firewall.rules(machine)].count("ours"),
        1,
    ),
}
LAST_OF_CHANGE = 8
"""NTLM's two, Create, two lines of Command and Receive, Delete; on a busy machine a Receive or two more."""


def cuts(last: int) -> dict[str, tuple[int, bool]]:
    """A host for each number of a request, cut before and after it is carried out."""
    return {f"cut{n}-{'after' if done else 'before'}": (n, done) for n in range(1, last + 1) for done in (False, True)}


def cut_fleet(fleet: SimulatedFleet, numbers: Mapping[str, tuple[int, bool]]) -> None:
    for name, (number, carried_out) in numbers.items():
        fleet.server.cut_after(fleet.address(name), number, carried_out=carried_out)


def orphans(fleet: SimulatedFleet) -> set[str]:
    """Hosts on which a shell is open."""
    return {host.name for host in fleet.fleet.hosts if fleet.server.shells(host.address)}


def running(fleet: SimulatedFleet) -> int:
    return sum(shell.running for shell in fleet.shells())


def check_unreachable(run: Run, host: str) -> None:
    assert run.kind("it", host) == "unreachable", run.output
    result = run.of("it", host)
    assert result["unreachable"]
    assert host in result["msg"]
    assert "Traceback" not in result["msg"]


@pytest.mark.parametrize("module", CHANGE)
def test_cut_at_each_request_of_a_change(tmp_path: pathlib.Path, module: str) -> None:
    """Whatever was done, the host is UNREACHABLE, a change that was made is reported, and the next run converges.

    A shell stays only where its id was never learnt (Create) or its deletion never arrived; Windows deletes both after
    their idle time-out (PT7200.000S in the recordings of real hosts).
    """
    arguments, stored, wanted = CHANGE[module]
    numbers = cuts(LAST_OF_CHANGE)
    with simulated_fleet({"hosts": [{"name": "plain"}, *({"name": name} for name in numbers)]}, tmp_path) as fleet:
        cut_fleet(fleet, numbers)
        first = fleet.module(module, **arguments)
        assert "Traceback" not in first.output
        assert first.stats["plain"]["changed"] == 1
        written = {name for name, machine in fleet.machines.items() if stored(machine) == wanted}
        ended = {row["host"] for row in first.results if row["kind"] == "ok"} - {"plain"}
        for name in numbers.keys() - ended:
            check_unreachable(first, name)
            assert name not in written or first.of("it", name)["changed"]
            assert numbers[name][0] > CREATE or not first.of("it", name).get("changed")
        for name in ended:
            assert numbers[name][0] >= LAST_OF_CHANGE, "only the farewell was cut"
            assert first.of("it", name)["changed"]
        assert ended < written < set(fleet.machines), "some were cut before the write, some after it"
        assert f"cut{CREATE}-after" in orphans(fleet)
        assert orphans(fleet) <= {f"cut{CREATE}-after", *ended}
        assert running(fleet) == 0

        second = fleet.module(module, **arguments)
        assert second.status == 0, second.output
        assert [name for name, machine in fleet.machines.items() if stored(machine) != wanted] == []
        assert {row["host"] for row in second.results if not row["result"]["changed"]} == written
        assert fleet.unknown() == []


def test_cut_at_each_request_of_a_run_as_system(tmp_path: pathlib.Path) -> None:
    """Task and folder are gone after the same run already: it cleans up over a fresh connection, twice if need be."""
    numbers = cuts(14)
    with simulated_fleet({"hosts": [{"name": "plain"}, *({"name": name} for name in numbers)]}, tmp_path) as fleet:
        before = fleet.states()
        cut_fleet(fleet, numbers)
        run = fleet.module("maps_connection_info", run_as="system")
        assert "Traceback" not in run.output
        assert all(stats["failures"] == 0 for stats in run.stats.values())
        for name in numbers:
            if run.kind("it", name) == "ok":
                assert run.of("it", name)["connected"], "the answer was there before the connection broke"
            else:
                check_unreachable(run, name)
        assert {name for name, (number, _unused) in numbers.items() if number <= 8} <= {
            row["host"] for row in run.results if row["kind"] == "unreachable"
        }
        assert fleet.leftovers() == []
        assert running(fleet) == 0
        assert len(orphans(fleet)) <= 2
        for name, state in before.items():
            assert difference(state, fleet.state(name)) == []
        assert fleet.unknown() == []


class Nonsense(http.server.BaseHTTPRequestHandler):
    """A web server where WinRM was expected."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b"<html><body>It works!</body></html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_unused: object) -> None:
        pass


@pytest.fixture
def nonsense() -> Iterator[int]:
    """The port of a web server that answers every request alike."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def test_refusals_are_unreachable_and_explained(start_fleet: StartFleet, nonsense: int, tmp_path: pathlib.Path) -> None:
    explained = {
        "wrong-password": "credentials were rejected",
        "down": "refused",
        "filtered": "LocalAccountTokenFilterPolicy",
        "switched-off": "AllowRemoteShellAccess",
        "not-elevated": "winrm configSDDL default",
        "quota": 'winrm set winrm/config/winrs @{MaxShellsPerUser="60"}',
        "web-server": "HTTP 200, server 'BaseHTTP",
        "proxied": "through the proxy 127.0.0.1:9 (ansible_winrm_proxy)",
        "kerberos": "python -m pip install 'pywinrm[kerberos]'",
        "kerberos-user": "no library for Kerberos",
    }
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "wrong-password", "scenario": "wrong_password"},
                {"name": "down", "scenario": "unreachable"},
                {"name": "filtered", "scenario": "filtered_administrator"},
                {"name": "switched-off", "scenario": "remote_shell_disabled", "locale": "ja"},
                {"name": "not-elevated", "scenario": "not_elevated"},
                {"name": "proxied", "variables": {"ansible_winrm_proxy": "http://127.0.0.1:9"}},
                {"name": "kerberos", "variables": {"ansible_winrm_transport": "kerberos"}},
                {
                    "name": "kerberos-user",
                    "variables": {"ansible_winrm_transport": "kerberos", "ansible_user": "a@B.C"},
                },
                {"name": "quota", "overrides": {"winrm": {"max_shells_per_user": 0}}},
                {
                    "name": "web-server",
                    "address": "127.0.0.9",
                    "variables": {"ansible_host": "127.0.0.1", "ansible_port": nonsense},
                },
            ]
        }
    )
    before = fleet.states()
    fleet.environment |= without(tmp_path / "absent", "kerberos")
    run = fleet.module("spynet", ssl_options=2)
    assert run.status == 4
    assert "Traceback" not in run.output
    for host, text in explained.items():
        check_unreachable(run, host)
        message = run.of("it", host)["msg"]
        assert text in message, host
        assert ", port " in message, host
        assert ", as " in message, host
    assert fleet.states() == before


def test_a_command_that_hangs_is_stopped_and_failed(start_fleet: StartFleet) -> None:
    """FAILED, not UNREACHABLE: the host is there. As the caller Signal ends it, as SYSTEM schtasks does."""
    slow = {"defender": {"validation_seconds": 120.0}}
    hosts = [{"name": who, "overrides": slow, "variables": {"who": who}} for who in ("current", "system")]
    fleet = start_fleet({"hosts": hosts})
    before = fleet.states()
    run = fleet.module("maps_connection_info", run_as="{{ who }}", timeout=2)
    assert run.status == 2
    for who in ("current", "system"):
        result = run.of("it", who)
        assert run.kind("it", who) == "failed"
        assert not result["changed"]
        assert "did not finish within 2 seconds" in result["msg"]
        assert f"{who}" in result["msg"]
    assert fleet.leftovers() == []
    assert fleet.shells() == []
    threads = [thread.name for thread in threading.enumerate() if thread.name == "winsim task"]
    assert threads == [], "the action of the task was ended too"
    assert fleet.states() == before


def test_a_line_that_cmd_did_not_run_is_not_an_empty_host(start_fleet: StartFleet) -> None:
    """Without reg.exe nothing can be read: FAILED with the reason, not 'another antivirus' or 'unchanged'."""
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    fleet.machines["pc"].files.remove(r"C:\Windows\System32\reg.exe")
    before = fleet.state("pc")
    run = fleet.play(
        [
            {"name": "facts", "windefend.maps.host_info": {}, "ignore_errors": True},
            {"name": "change", "windefend.maps.spynet": {"state": "absent", "names": ["ssl_options"]}},
        ]
    )
    for task in ("facts", "change"):
        assert run.kind(task) == "failed"
        assert re.search("nothing was read of this host|could not be read", run.of(task)["msg"])
        assert "9009" in run.of(task)["msg"]
    assert fleet.state("pc") == before
    fleet.machines["pc"].log.clear()  # reg is unknown there, as it should be


def test_a_connection_that_the_server_closed_while_idle_is_renewed() -> None:
    """HTTP.sys closes what is idle for two minutes; a loop that pauses between items must not fail for it."""
    on = machine()
    with serve_in_thread({ADDRESS: SimulatedHost(on)}) as server:
        connection = Connection(server.port, on)
        for idle in (0.0, MAX_IDLE + 1):
            host = WinrmHost(connection, "pc", (WSManFaultError,))
            if idle:
                assert connection.protocol is not None
                connection.protocol.last_used -= idle
                connection.protocol.transport.close_session()  # what the server did, as seen from here
            assert host.run("ver", timeout=10, max_bytes=1000).exit_code == 0
            assert host.clock_skew() is not None
        assert len(server.shells(ADDRESS)) == 1, "the same shell"
        assert server.traffic(ADDRESS).connections == 3, "pywinrm's, which was replaced, and one for each host"
        host.reset()
        assert server.shells(ADDRESS) == []


def test_without_pywinrm_it_is_said_what_to_install(host: SimulatedFleet, tmp_path: pathlib.Path) -> None:
    """A plugin that fails to import is told by Ansible as a bug, with a traceback."""
    host.environment |= without(tmp_path / "absent", "winrm")
    run = host.module("host_info")
    assert "needs pywinrm on the controller" in run.of("it")["msg"]
    assert "pip install pywinrm" in run.of("it")["msg"]
    assert "bug" not in run.output
