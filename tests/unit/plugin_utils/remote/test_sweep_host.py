"""A host among many: its time, its end, and that pywinrm's own transport gives the same."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import protocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import CommandTimedOut, Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.protocol import FastProtocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.sweep_host import SweepHost
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.tests.support.wire_host import ADDRESS, Connection
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread
from winrm.exceptions import WSManFaultError

MUCH = {"timeout": 30.0, "max_bytes": 1 << 20}


class Ours(Connection):
    """A connection as a sweep lets Ansible make it. `proxy` None is for the lean transport, empty for pywinrm's own."""

    def __init__(self, port: int, on: Machine, proxy: str | None = None) -> None:
        super().__init__(port, on)
        account = on.accounts[0]
        self._open = lambda: FastProtocol(
            f"http://{ADDRESS}:{port}/wsman", "ntlm", account.name, account.password, proxy=proxy
        )


@pytest.fixture
def served() -> Iterator[tuple[Server, Machine]]:
    on = machine()
    with serve_in_thread({ADDRESS: SimulatedHost(on)}) as server:
        yield server, on


def host(served: tuple[Server, Machine], seconds: float = 60, proxy: str | None = None) -> SweepHost:
    server, on = served
    return SweepHost(Ours(server.port, on, proxy), "pc", (WSManFaultError, OSError), seconds)


@pytest.mark.parametrize("proxy", [None, ""], ids=["lean", "pywinrm"])
def test_both_transports_give_the_same(served: Any, proxy: str | None) -> None:
    one = host(served, proxy=proxy)
    assert one.run("echo \u30d7&exit 3", **MUCH).exit_code == 3
    assert one.run('findstr "^"', stdin=b"a\r\nb\r\n", **MUCH).stdout == b"a\r\nb\r\n"
    assert one.clock_skew() is not None
    assert one.fallback_reason == ("a proxy" if proxy is not None else "")
    requests = served[0].traffic(ADDRESS).requests
    assert one.traffic().requests == requests
    assert one.traffic().bytes_sent
    one.close()
    assert served[0].shells(ADDRESS) == []
    assert served[0].traffic(ADDRESS).requests == requests + 1, "Delete"


def test_no_host_changes_the_environment_that_all_share(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.73.9:1")  # nobody: whoever goes that way does not arrive
    monkeypatch.setattr(protocol, "of_pywinrm", lambda *_given: "a test")
    written: set[bytes] = set()
    monkeypatch.setattr(os, "putenv", lambda name, value: written.add(name))
    monkeypatch.setattr(os, "unsetenv", written.add)
    one = host(served, proxy=None)
    assert one.run("ver", **MUCH).exit_code == 0, "no proxy stays no proxy"
    one.close()
    assert one.fallback_reason == "a test"
    assert written <= {b"NTLM_USER_FILE"}, "by winsim, which runs in this process too"


@pytest.mark.parametrize("proxy", [None, ""], ids=["lean", "pywinrm"])
def test_a_host_has_its_time_and_then_some_to_clean_up(served: Any, proxy: str | None) -> None:
    one = host(served, seconds=1.0, proxy=proxy)
    with pytest.raises(CommandTimedOut, match="did not finish"):
        one.run("ping -n 60 127.0.0.1", **MUCH)
    with pytest.raises(CommandTimedOut, match="time limit of 1 seconds for a host"):
        one.run("ver", **MUCH)
    one.reset()
    assert served[0].shells(ADDRESS) == []
    assert one.run("ver", **MUCH).exit_code == 0, "whoever cleans up is let"
    one.close()
    assert served[0].shells(ADDRESS) == []


@pytest.mark.parametrize("proxy", [None, ""], ids=["lean", "pywinrm"])
def test_stopping_breaks_a_command_off_once(served: Any, proxy: str | None) -> None:
    one = host(served, proxy=proxy)
    one.run("ver", **MUCH)

    def when_it_runs() -> None:
        deadline = time.monotonic() + 20
        while not any(shell.running for shell in served[0].shells(ADDRESS)) and time.monotonic() < deadline:
            time.sleep(0.02)
        one.stop()

    stopper = threading.Thread(target=when_it_runs)
    stopper.start()
    with pytest.raises(Unreachable):
        one.run("ping -n 60 127.0.0.1", **MUCH)
    stopper.join()
    one.reset()
    one.stop()
    assert one.run("ver", **MUCH).exit_code == 0, "what cleans up is not stopped"
    one.close()
    assert served[0].shells(ADDRESS) == []


def test_a_host_that_was_reset_once_hears_a_stop_too(served: Any) -> None:
    one = host(served)
    one.run("ver", **MUCH)
    one.reset()
    assert one.time_left() > 0
    one.stop()
    assert one.time_left() == 0, "a repair begins no further step"
    one.close()


def test_stopping_before_the_shell_is_open_opens_none(served: Any) -> None:
    one = host(served)
    one.stop()
    with pytest.raises(Unreachable, match="interrupted"):
        one.run("ver", **MUCH)
    one.close()
    assert served[0].traffic(ADDRESS).requests == 0


def test_a_stop_in_the_middle_of_the_farewell_does_not_leave_the_shell(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = host(served)
    one.run("ver", **MUCH)
    connection: Any = one._link
    farewell = connection.close

    def cut() -> None:
        one._limit.stopped = True  # as `stop` leaves it when it comes just before
        connection.protocol.transport.wire.break_off()
        farewell()

    monkeypatch.setattr(connection, "close", cut)
    one.close()
    assert served[0].shells(ADDRESS) == []


def test_other_ways_to_open_and_run_are_pywinrms(served: Any) -> None:
    server, on = served
    account = on.accounts[0]
    pywinrms = FastProtocol(f"http://{ADDRESS}:{server.port}/wsman", "ntlm", account.name, account.password, proxy=None)
    shell = pywinrms.open_shell(working_directory=r"C:\Windows", codepage=65001)
    command = pywinrms.run_command(shell, "cd", ["&", "ver"])
    assert pywinrms.get_command_output(shell, command)[0].startswith(b"C:\\Windows\r\n")
    pywinrms.cleanup_command(shell, command)
    pywinrms.close_shell(shell)
    assert server.shells(ADDRESS) == []
