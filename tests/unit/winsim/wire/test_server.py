"""Many hosts in one process, never reachable from outside; counting and cutting."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.wire.client import Client, until
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.wire.backend import Limits
from ansible_collections.windefend.maps.winsim.wire.md4 import md4, nt_hash
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread

ADDRESS = "127.0.73.1"


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::1", "localhost"])  # noqa: S104
def test_only_loopback_addresses_are_served(address: str) -> None:
    with pytest.raises(ValueError, match=address):
        Server({address: FakeHost()}, 0)


def test_a_fleet_is_served_each_host_on_its_own_address() -> None:
    limits = Limits(allow_basic=True, allow_unencrypted=True)
    hosts = {f"127.0.{74 + n // 250}.{1 + n % 250}": FakeHost(name=f"H{n}", allowed=limits) for n in range(500)}
    with serve_in_thread(hosts) as server:
        for address in list(hosts)[::50]:
            client = Client(address, server.port)
            shell = client.create()
            client.receive(shell, client.command(shell, f"echo {address}"))
            client.connection.close()
        for address, host in hosts.items():
            assert host.lines == ([f"echo {address}"] if host.shells else [])
            assert len(server.shells(address)) == len(host.shells)
        # not 127.0.0.1, where a test beside this one may listen on the same port
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.199.1", server.port), timeout=5):
            pass
    assert sum(len(host.shells) for host in hosts.values()) == 10
    assert all(shell.closed for host in hosts.values() for shell in host.shells)


def test_a_port_in_use_is_said(server: Server) -> None:
    with pytest.raises(OSError, match=ADDRESS), serve_in_thread({ADDRESS: FakeHost()}, server.port):
        pass


def test_the_port_is_free_again_after_stop() -> None:
    with serve_in_thread({ADDRESS: FakeHost()}) as server:
        port = server.port
        socket.create_connection((ADDRESS, port), timeout=5).close()
    with serve_in_thread({ADDRESS: FakeHost()}, port) as again:
        assert again.port == port


def test_stop_ends_connections_and_commands(host: FakeHost) -> None:
    with serve_in_thread({ADDRESS: host}) as server:
        client = Client(ADDRESS, server.port)
        client.command(client.create(), "pause")
    assert host.shells[0].commands[0].terminated.is_set()
    with contextlib.suppress(ConnectionError):
        assert client.connection.sock.recv(1) == b""


def test_traffic_is_counted(server: Server, client: Client) -> None:
    client.delete(client.create())
    traffic = server.traffic(ADDRESS)
    assert (traffic.connections, traffic.requests) == (1, 2)
    assert traffic.bytes_received > 2000
    assert traffic.bytes_sent > 2000


@pytest.mark.parametrize("carried_out", [False, True])
def test_the_connection_is_cut_at_the_request_asked_for_once(
    host: FakeHost, server: Server, client: Client, carried_out: bool
) -> None:
    bystander = Client(ADDRESS, server.port)
    shell = bystander.create()
    server.cut_after(ADDRESS, 2, carried_out=carried_out)
    client.command(shell, "echo 1")
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        client.command(shell, "echo 2")
    assert host.lines == (["echo 1", "echo 2"] if carried_out else ["echo 1"])
    with contextlib.suppress(ConnectionError):
        assert bystander.connection.sock.recv(1) == b""
    fresh = Client(ADDRESS, server.port)
    for number in range(3):
        fresh.command(shell, f"echo {number}")


def test_only_the_host_asked_for_is_cut(host: FakeHost) -> None:
    other = FakeHost(allowed=host.allowed)
    with serve_in_thread({ADDRESS: host, "127.0.73.2": other}) as server:
        server.cut_after(ADDRESS, 1)
        Client("127.0.73.2", server.port).create()
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            Client(ADDRESS, server.port).create()


def test_an_error_of_a_host_ends_one_connection_only(
    host: FakeHost, server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(host, "credentials", lambda: 1 / 0)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            client.create()
    fresh = Client(ADDRESS, server.port)
    fresh.delete(fresh.create())
    until(lambda: server.shells(ADDRESS) == [])


def test_limits_are_read_again_for_each_request(host: FakeHost, client: Client) -> None:
    client.create()
    host.allowed = Limits()
    client.connection.request("POST", "/wsman", b"", client.headers)
    answer = client.connection.getresponse()
    assert (answer.status, answer.headers.get_all("WWW-Authenticate")) == (401, ["Negotiate"])


def test_md4() -> None:
    """RFC 1320, A.5; and [MS-NLMP] 4.2.2.1.2 for the hash of a password."""
    assert md4(b"").hex() == "31d6cfe0d16ae931b73c59d7e0c089c0"
    assert md4(b"abc").hex() == "a448017aaf21d8525fc10ae87aa6729d"
    assert md4(b"1234567890" * 8).hex() == "e33b4ddc9c38f2199c3e7b164fcc0536"
    assert nt_hash("Password").hex() == "a4f49c406510bdcab6824ee7c30fd852"


def test_what_is_far_away_waits_once_more_for_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        if seconds < 1:  # the server looks after its shells by sleeping too
            waited.append(seconds)
            seconds = 0
        await sleep(seconds)

    host = FakeHost(allowed=Limits(allow_basic=True, allow_unencrypted=True, round_trip_seconds=0.25))
    monkeypatch.setattr(asyncio, "sleep", note)
    with serve_in_thread({ADDRESS: host}) as server:
        client = Client(ADDRESS, server.port)
        client.create()
        client.create()
        client.connection.close()
    assert waited == [0.5, 0.25]
