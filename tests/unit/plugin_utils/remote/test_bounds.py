"""What a hostile server sends is refused within the exchange's time and in bounded memory, on either transport."""

from __future__ import annotations

import hashlib
import pathlib
import socket
import ssl
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import soap
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.bounded import BoundedTransport
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.fast_transport import FastTransport
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.hints import connection_hint
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import RemoteError
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.http_answer import Answer
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.protocol import FastProtocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.psrp import PsrpProtocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.settings import Settings, of_pywinrm
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.winrm import WinrmHost
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.wire import CancelToken
from ansible_collections.windefend.maps.tests.support import hostile_server, wire_host
from ansible_collections.windefend.maps.tests.support.hostile_server import FLOODS, HOST, RECEIVED, TRICKS, hostile
from ansible_collections.windefend.maps.tests.support.link import PlayedLink
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.wire.server import serve_in_thread
from requests_ntlm import HttpNtlmAuth
from winrm.exceptions import InvalidCredentialsError
from winrm.transport import Transport

WAYS = {
    "lean-ntlm": ("http", "ntlm", None),
    "lean-basic": ("http", "basic", None),
    "lean-tls-ntlm": ("https", "ntlm", None),
    "lean-tls-basic": ("https", "basic", None),
    "own-ntlm": ("http", "ntlm", ""),
    "own-basic": ("http", "basic", ""),
    "own-tls-ntlm": ("https", "ntlm", ""),
    "psrp-ntlm": ("http", "ntlm", None),
    "psrp-negotiate-tls": ("https", "negotiate", None),
    "psrp-own-ntlm": ("http", "ntlm", ""),
    "psrp-own-basic": ("http", "basic", ""),
    "psrp-own-negotiate-tls": ("https", "negotiate", ""),
}
"""An empty proxy is none, and is left to the library."""
SECONDS = 0.5
PATIENT = 20.0
"""Seconds for a trick that is not one of time: a busy machine may take more than SECONDS to answer at once."""
LATE = ("not complete within", "no answer in time")
MEMORY = 40 * 1024 * 1024


class Connection(PlayedLink):
    """As much of Ansible's winrm connection as WinrmHost uses."""

    def __init__(self, way: str, port: int, seconds: float = SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._way, self._port, self._psrp = WAYS[way], port, way.startswith("psrp")

    def get_option(self, name: str) -> str:
        return HOST

    def connect(self) -> None:
        if self.protocol is None:
            scheme, method, proxy = self._way
            protocol: Any
            if self._psrp:
                protocol = psrp_protocol(scheme, method, self._port, proxy=proxy)
            else:
                protocol = FastProtocol(
                    f"{scheme}://{HOST}:{self._port}/wsman",
                    method,
                    "ansible",
                    "Winsim-only-1",
                    proxy=proxy,
                    server_cert_validation="ignore",
                    read_timeout_sec=2,
                    operation_timeout_sec=1,
                )
            protocol.transport.read_timeout_sec = self._seconds
            self.shell_id = protocol.open_shell(codepage=65001)
            self.protocol = protocol


def psrp_protocol(scheme: str, method: str, port: int, **changed: Any) -> PsrpProtocol:
    """With the settings that Ansible's plugin passes on."""
    settings = {
        "server": HOST,
        "port": port,
        "username": "ansible",
        "password": "Winsim-only-1",
        "ssl": scheme == "https",
        "path": "wsman",
        "auth": method,
        "cert_validation": False,
        "connection_timeout": 30,
        "read_timeout": 2,
        "encryption": "never" if method == "basic" else "auto",
        "proxy": None,
        "no_proxy": False,
        "operation_timeout": 1,
        "reconnection_retries": 3,
        "reconnection_backoff": 0.1,
        **changed,
    }
    return PsrpProtocol(settings)


@pytest.fixture
def in_bounds() -> Iterator[None]:
    """The memory that Python takes at most, the server's included."""
    tracemalloc.start()
    yield
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TRICKS)
def test_before_any_logon(name: str, way: str, tmp_path: pathlib.Path, in_bounds: None) -> None:
    trick, said = TRICKS[name]
    tls = hostile_server.self_signed(tmp_path) if WAYS[way][0] == "https" else None
    with (
        hostile({"trap": TRICKS["closes"][0]}) as traps,
        hostile({name: trick}, tls=tls, trap=traps["trap"].port) as ours,
    ):
        seconds = SECONDS if said in LATE else PATIENT
        host = WinrmHost(Connection(way, ours[name].port, seconds), "pc", (Exception,))
        began = time.monotonic()
        with pytest.raises(RemoteError, match=said) as raised:
            host.run("ver", timeout=5, max_bytes=1000)
        assert time.monotonic() - began < seconds + 2, "once, not for each byte"
        assert traps["trap"].requests == 0, "nothing is sent to where a host points"
    assert "pc (127.0.0.1)" in str(raised.value)
    assert "Winsim-only-1" not in str(raised.value)
    assert len(str(raised.value)) < 1200


@pytest.mark.parametrize("way", ["lean-basic", "lean-tls-basic", "own-basic", "psrp-own-basic"])
@pytest.mark.parametrize("name", RECEIVED)
def test_when_it_is_asked_for_output(name: str, way: str, tmp_path: pathlib.Path, in_bounds: None) -> None:
    trick, said = RECEIVED[name]
    tls = hostile_server.self_signed(tmp_path) if WAYS[way][0] == "https" else None
    with hostile({name: trick}, after_logon=True, tls=tls) as servers:
        host = WinrmHost(Connection(way, servers[name].port), "pc", (Exception,))
        began = time.monotonic()
        with pytest.raises(RemoteError, match=said):
            host.run("ver", timeout=1.2, max_bytes=1000)
        assert time.monotonic() - began < 6
        assert servers[name].requests < 60, "a host that answers at once is not asked as fast as it can"


@pytest.mark.parametrize(
    ("way", "handshake"), [("lean-ntlm", 2), ("own-ntlm", 3), ("psrp-ntlm", 2), ("psrp-own-ntlm", 3)]
)
@pytest.mark.parametrize("name", ["drip-body", "big-chunks", "gzip", "redirect-307", "deep-xml", "blanks", "closes"])
def test_after_a_logon_with_ntlm(name: str, way: str, handshake: int, in_bounds: None) -> None:
    trick, said = TRICKS[name]
    on = machine()
    with serve_in_thread({wire_host.ADDRESS: SimulatedHost(on)}) as server:
        turns = hostile_server.relay((wire_host.ADDRESS, server.port), handshake + 2, trick)
        with hostile({"trap": TRICKS["closes"][0]}) as traps, hostile({"it": turns}, trap=traps["trap"].port) as it:
            host = WinrmHost(Connection(way, it["it"].port), "pc", (Exception,))
            with pytest.raises(RemoteError, match=f"pc .*({said})"):
                host.run("ver", timeout=2, max_bytes=1000)
            assert it["it"].requests == handshake + 3, "Create, Command and Receive"
            assert traps["trap"].requests == 0


@pytest.mark.parametrize("name", FLOODS)
def test_output_is_cut_at_its_bound(name: str, in_bounds: None) -> None:
    with hostile({name: FLOODS[name]}, after_logon=True) as servers:
        host = WinrmHost(Connection("lean-basic", servers[name].port), "pc", (Exception,))
        completed = host.run("ver", timeout=5, max_bytes=150_000)
    assert completed.truncated
    sizes = {"stdout": len(completed.stdout), "stderr": len(completed.stderr)}
    assert sizes == {"stdout": 0, "stderr": 0, **({name[12:]: 150_000} if name[12:] in sizes else {})}


def transport(kind: Any, port: int, **changed: Any) -> Any:
    options = {"auth_method": "ntlm", "username": "a", "password": "b", "proxy": "", "read_timeout_sec": 1, **changed}
    if kind is FastTransport:
        lean = of_pywinrm(Transport(f"http://{HOST}:{port}/wsman", **{**options, "proxy": None}))
        assert isinstance(lean, Settings)
        return FastTransport(lean, CancelToken())
    return kind(Transport(f"http://{HOST}:{port}/wsman", **options), CancelToken())


def test_what_is_left_of_the_headers_for_the_libraries() -> None:
    """pywinrm's pattern for Kerberos takes exponential time on commas, quadratic on a long token of another kind."""
    seen: list[Any] = []
    offers = b"Negotiate YII=, Basic realm=x" + b", " * 500 + b"NTLM " + b"A" * 60000
    answer = hostile_server.whole(
        b"",
        b"HTTP/1.1 401 \r\nSet-Cookie: a=b\r\nContent-Encoding: identity\r\nWWW-Authenticate: "
        + offers
        + b"\r\nDate: now\r\n",
    )
    with hostile({"it": hostile_server.once(answer)}) as servers:
        for method, left in (("kerberos", "Negotiate YII="), ("basic", None)):
            one = transport(BoundedTransport, servers["it"].port, auth_method="basic")
            session = one.build_session()
            one.auth_method = method
            session.hooks["response"].append(lambda response, **_unused: seen.append(response))
            with pytest.raises(Exception, match="credentials were rejected"):
                one.send_message("<a/>")
            assert seen[-1].headers.get("WWW-Authenticate") == left
            assert seen[-1].headers["date"] == "now"
            assert "set-cookie" not in seen[-1].headers
            assert "content-encoding" not in seen[-1].headers, "urllib3 would inflate a body for it"
            assert len(seen[-1].cookies) == 0


def test_after_a_handshake_that_failed_nothing_is_sent_in_clear() -> None:
    with hostile({"it": hostile_server.once(hostile_server.whole(b"<a/>"))}) as servers:
        one = transport(BoundedTransport, servers["it"].port)
        for _unused in range(2):
            with pytest.raises(InvalidCredentialsError, match="does not authenticate by NTLM"):
                one.send_message("<secret/>")


def test_netrc_is_not_asked(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text(f"machine {HOST} login account password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with hostile({"it": hostile_server.once(hostile_server.whole(b"<a/>"))}) as servers:
        one = transport(BoundedTransport, servers["it"].port, auth_method="basic")
        session = one.build_session()
        session.auth = None  # as with a certificate
        sent: list[Any] = []
        session.hooks["response"].append(lambda response, **_unused: sent.append(response.request.headers))
        assert one.send_message("<b/>") == b"<a/>"
    assert "Authorization" not in sent[0]
    assert "Accept-Encoding" not in sent[0], "urllib3 says identity"


@pytest.mark.parametrize("kind", [FastTransport, BoundedTransport])
def test_the_rest_of_a_refused_answer_is_not_taken_for_the_next_one(kind: Any) -> None:
    second = hostile_server.whole(b"<second/>")
    trick = hostile_server.once(b"HTTP/1.1 302 \r\nContent-Length: %d\r\n\r\n" % len(second) + second)
    with hostile({"it": trick}) as servers:
        one = transport(kind, servers["it"].port, auth_method="basic")
        for _unused in range(2):
            with pytest.raises(OSError, match="another address"):
                one.send_message("<a/>")


def test_the_certificate_is_where_the_libraries_look_for_it(tmp_path: pathlib.Path) -> None:
    """A logon is bound to it (RFC 5929), and hosts may insist on that."""
    tls = hostile_server.self_signed(tmp_path)
    pem = (tmp_path / "hostile.pem").read_text()
    seen: list[Any] = []
    with hostile({"it": hostile_server.once(hostile_server.whole(b"<a/>"))}, tls=tls) as servers:
        url = f"https://{HOST}:{servers['it'].port}/wsman"
        options = {"auth_method": "basic", "username": "a", "password": "b", "read_timeout_sec": 2}
        one = BoundedTransport(Transport(url, server_cert_validation="ignore", **options), CancelToken())

        def look(response: Any, **_unused: Any) -> None:
            seen.append(HttpNtlmAuth("a", "b")._get_server_cert(response))

        one.build_session().hooks["response"].append(look)
        assert one.send_message("<b/>") == b"<a/>"
        traffic = one.wire.traffic()
        assert (traffic.requests, bool(traffic.bytes_sent)) == (1, True)
        checked = BoundedTransport(Transport(url, server_cert_validation="validate", **options), CancelToken())
        with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED") as raised:
            checked.send_message("<b/>")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----BEGIN PRIVATE")])).digest()
    assert seen == [digest]
    assert "ansible_winrm_ca_trust_path" in connection_hint(str(raised.value))


def test_proxies_are_gone_through_and_bounded(tmp_path: pathlib.Path) -> None:
    tls = hostile_server.self_signed(tmp_path)
    tricks = {
        "plain": hostile_server.once(hostile_server.whole(b"<a/>")),
        "tunnel": hostile_server.tunnel(tls, hostile_server.whole(b"<a/>")),
        "drip": TRICKS["drip-head"][0],
    }
    with hostile(tricks) as servers:
        for url, name in (
            ("http://192.0.2.1:5985", "plain"),
            ("https://192.0.2.1:5986", "tunnel"),
            ("https://192.0.2.1", "drip"),
        ):
            proxy = f"http://{HOST}:{servers[name].port}"
            options = {"auth_method": "basic", "username": "a", "password": "b", "read_timeout_sec": 1, "proxy": proxy}
            one = BoundedTransport(Transport(f"{url}/wsman", server_cert_validation="ignore", **options), CancelToken())
            if name == "drip":
                began = time.monotonic()
                with pytest.raises(TimeoutError, match="not complete within 1 seconds"):
                    one.send_message("<b/>")
                assert time.monotonic() - began < 3
            else:
                assert one.send_message("<b/>") == b"<a/>"
                assert one.send_message("<b/>") == b"<a/>", "over the same connection"
                assert one.wire.requests == 2


def test_a_connection_that_another_task_made_is_bounded_too() -> None:
    on = machine()
    with serve_in_thread({wire_host.ADDRESS: SimulatedHost(on)}) as server:
        connection = wire_host.Connection(server.port, on)
        connection.connect()
        shell, protocol = connection.shell_id, connection.protocol
        host = WinrmHost(connection, "pc", (Exception,))
        assert host.run("ver", timeout=10, max_bytes=1000).exit_code == 0
        assert (connection.shell_id, connection.protocol) == (shell, protocol)
        assert isinstance(protocol.transport, FastTransport)
        command = protocol.run_command(shell, "echo", ["a"])
        assert protocol.get_command_output(shell, command)[0] == b"a\r\n", "the other task goes on with it"
        host.reset()
        assert server.shells(wire_host.ADDRESS) == []


def test_names_with_many_addresses_have_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host may write its own addresses into a dynamic DNS."""
    nowhere = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 9))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_unused, **_options: [nowhere] * 50)

    def connect(sock: socket.socket, _address: Any) -> None:
        time.sleep(sock.gettimeout() or 0)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", connect)
    for kind in (FastTransport, BoundedTransport):
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="no answer in time: nothing received within 1 seconds"):
            transport(kind, 9, auth_method="basic").send_message("<a/>")
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "date", ["", "x", "Tue, 24 Nov " + "9" * 30 + " 12:00:00 GMT", "Tue, 24 Nov 2026 12:00:00 GMT" + " " * 60000]
)
def test_a_date_that_is_none_is_no_clock(date: str) -> None:
    host = WinrmHost(Connection("lean-basic", 9), "pc", (Exception,))
    host._note_answer(Answer(200, (("date", date),), b"", False))
    assert host.clock_skew() is None


BOMBS = {
    "names": b"<a>" + b"<b/>" * soap.MAX_NAMES + b"</a>",
    "attributes": b"<a " + b" ".join(b'a%d=""' % n for n in range(soap.MAX_NAMES)) + b"/>",
    "a long tag": b"<" + b"a" * 5000 + b"/>",
    "a namespace that each name repeats": b'<a xmlns="' + b"u" * 5000 + b'">' + b"<b/>" * 5000 + b"</a>",
    "a bracket in quotes": b'<a xmlns=">' + b"u" * 5000 + b'">' + b"<b/>" * 5000 + b"</a>",
    "a namespace within a tag": '<a xmlns:b="{}">'.format("\U0001f600" * 1000).encode() + b"<b:c/>" * 5000 + b"</a>",
    "a second namespace": b"<a xmlns='u:a' xmlns:b='" + b"u" * 300 + b"'><b:c/></a>",
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "a comment": b"<!-- a --><a/>",
    "UTF-16": "<a/>".encode("utf-16"),
    "UTF-16 without a mark": "<a/>".encode("utf-16-le"),
    "EBCDIC": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".encode("cp037"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_no_parser_gets(name: str) -> None:
    with pytest.raises(soap.NotWsman):
        soap.envelope(BOMBS[name])
    assert len(soap.error(BOMBS[name])) < 700


def test_an_envelope_keeps_what_it_says() -> None:
    assert soap.envelope('\ufeff<?xml version="1.0" encoding="cp037"?><a b="c">日本語</a>'.encode()) == (
        '<a b="c">日本語</a>'.encode()
    )


def test_ids_are_short() -> None:
    envelope = '<w Name="ShellId">{}</w>'
    assert soap.shell_id(envelope.format("A" * 36).encode()) == "A" * 36
    for bad in ("", "A" * 257):
        with pytest.raises(soap.NotWsman):
            soap.shell_id(envelope.format(bad).encode())
