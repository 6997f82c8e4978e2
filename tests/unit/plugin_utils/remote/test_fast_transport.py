"""The lean transport: against winsim it does what pywinrm's does; against others it gives up in an orderly way."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import logon, sealing
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.fast_transport import FastTransport
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.http_answer import Answer
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.settings import Settings, of_pywinrm
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.wire import CancelToken
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.wire.server import serve_in_thread
from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMTransportError
from winrm.transport import Transport

ADDRESS = "127.0.74.1"


def pywinrms(port: int = 5985, **changed: Any) -> Transport:
    """What pywinrm made of the options of a connection."""
    options = {"auth_method": "ntlm", "username": "ansible", "password": "Winsim-only-1", "proxy": None, **changed}
    endpoint = options.pop("endpoint", f"http://{ADDRESS}:{port}/wsman")
    return Transport(endpoint, read_timeout_sec=20, **options)


def settings(port: int = 5985, **changed: Any) -> Settings:
    made = of_pywinrm(pywinrms(port, **changed))
    assert isinstance(made, Settings)
    return made


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, ""),
        ({"auth_method": "basic"}, ""),
        ({"auth_method": "plaintext", "message_encryption": "never"}, ""),
        ({"endpoint": "https://pc:5986/wsman"}, ""),
        ({"endpoint": "https://pc:5986/wsman", "auth_method": "ssl"}, ""),
        ({"endpoint": "https://p\u00fc:5986/wsman"}, "a name that is not ASCII"),
        ({"auth_method": "kerberos"}, "kerberos authentication with a ticket from a cache"),
        ({"auth_method": "credssp"}, "credssp authentication"),
        ({"auth_method": "basic", "message_encryption": "always"}, "message_encryption: always"),
        ({"password": ""}, "credentials from a cache"),
        ({"proxy": "http://proxy.corp.example:3128"}, "a proxy"),
    ],
)
def test_what_it_cannot_do_it_names(changed: dict[str, Any], reason: str) -> None:
    made = of_pywinrm(pywinrms(**changed))
    assert (made if isinstance(made, str) else "") == reason


def test_a_proxy_of_the_environment_counts_unless_it_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = pywinrms(proxy="legacy_requests")
    assert isinstance(of_pywinrm(made), Settings)
    monkeypatch.setenv("http_proxy", "http://proxy.corp.example:3128")
    assert of_pywinrm(made) == "a proxy"
    monkeypatch.setenv("no_proxy", ADDRESS)
    assert isinstance(of_pywinrm(made), Settings)


@pytest.fixture
def served() -> Iterator[Any]:
    """A machine that lets in NTLM and Basic."""
    on = machine(overrides={"winrm": {"allow_basic": True, "allow_unencrypted": True}})
    with serve_in_thread({ADDRESS: SimulatedHost(on)}) as server:
        yield server


IDENTIFY = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">'
    "<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("changed", "requests"),
    [({}, 3), ({"message_encryption": "never"}, 2), ({"auth_method": "basic"}, 1)],
    ids=["sealed", "not sealed", "basic"],
)
def test_an_answer_comes_back(served: Any, changed: dict[str, Any], requests: int) -> None:
    transport = FastTransport(settings(served.port, **changed), CancelToken())
    assert b"IdentifyResponse" in transport.send_message(IDENTIFY)
    traffic, seen = transport.wire.traffic(), served.traffic(ADDRESS)
    assert traffic.requests == requests == seen.requests
    assert traffic.bytes_received == seen.bytes_sent
    assert traffic.bytes_sent is not None
    assert traffic.bytes_sent - seen.bytes_received in (0, 1), "the kernel may count the SYN"
    transport.close_session()
    assert b"IdentifyResponse" in transport.send_message(IDENTIFY.encode())
    assert served.traffic(ADDRESS).connections == 2
    transport.close_session()


@pytest.mark.parametrize("method", ["ntlm", "basic"])
def test_a_wrong_password_is_told_in_pywinrms_words(served: Any, method: str) -> None:
    transport = FastTransport(settings(served.port, auth_method=method, password="wrong"), CancelToken())
    with pytest.raises(InvalidCredentialsError, match="credentials were rejected"):
        transport.send_message(IDENTIFY)
    transport.close_session()


def test_a_fault_is_pywinrms_transport_error(served: Any) -> None:
    transport = FastTransport(settings(served.port), CancelToken())
    with pytest.raises(WinRMTransportError) as raised:
        transport.send_message("<no-envelope/>")
    assert raised.value.code == 500
    assert "Fault" in raised.value.response_text
    transport.close_session()


def test_without_hashes_the_password_itself_is_given(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logon, "lmowfv1", None)
    transport = FastTransport(settings(served.port), CancelToken())
    assert b"IdentifyResponse" in transport.send_message(IDENTIFY)
    transport.close_session()


class Scripted:
    """Answers the requests of one connection with given bytes, then closes it; None: waits for the client to leave."""

    def __init__(self, *answers: bytes | None) -> None:
        self._answers = answers
        self._listener = socket.create_server((ADDRESS, 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _unused = self._listener.accept()
        with connection:
            for answer in self._answers:
                connection.recv(65536)
                if answer is None:
                    connection.recv(1)
                    return
                connection.sendall(answer)


def unauthorized(*offers: str) -> bytes:
    fields = "".join(f"WWW-Authenticate: {offer}\r\n" for offer in offers)
    return f"HTTP/1.1 401 \r\n{fields}Content-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    "answers",
    [
        (unauthorized('Basic realm="WSMAN"'),),
        (unauthorized("Kerberos, Negotiate"), unauthorized()),
        (unauthorized("Negotiate AAAA"),),
        (unauthorized("NTLM"), unauthorized("NTLM AAAA")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        (b"SSH-2.0-OpenSSH_9.2\r\n",),
        (b"",),
    ],
)
def test_who_does_not_speak_ntlm_is_left(answers: tuple[bytes, ...]) -> None:
    with Scripted(*answers) as server:
        transport = FastTransport(settings(server.port), CancelToken())
        with pytest.raises((InvalidCredentialsError, WinRMError, OSError)) as raised:
            transport.send_message(IDENTIFY)
        assert "Winsim-only-1" not in str(raised.value)
        transport.close_session()


def refused(cancel: CancelToken) -> None:
    cancel.stopped = True


def late(cancel: CancelToken) -> None:
    cancel.deadline = time.monotonic() - 1


@pytest.mark.parametrize(("pull", "error"), [(refused, ConnectionAbortedError), (late, TimeoutError)])
def test_it_obeys_its_cancel_token(served: Any, pull: Callable[[CancelToken], None], error: type[Exception]) -> None:
    cancel = CancelToken()
    transport = FastTransport(settings(served.port), cancel)
    transport.send_message(IDENTIFY)
    before = served.traffic(ADDRESS).requests
    pull(cancel)
    with pytest.raises(error):
        transport.send_message(IDENTIFY)
    assert served.traffic(ADDRESS).requests == before, "nothing was sent"
    cancel.deadline = None
    assert b"IdentifyResponse" in transport.send_message(IDENTIFY), "once; then it may clean up"
    transport.close_session()


def test_waiting_ends_at_the_deadline_and_when_it_is_broken_off() -> None:
    with Scripted(None) as server:
        transport = FastTransport(settings(server.port), CancelToken(deadline=time.monotonic() + 0.2))
        with pytest.raises(TimeoutError):
            transport.send_message(IDENTIFY)
    with Scripted(None) as server:
        transport = FastTransport(settings(server.port), CancelToken())
        threading.Timer(0.2, transport.wire.break_off).start()
        with pytest.raises(OSError, match="closed without an answer"):
            transport.send_message(IDENTIFY)
        transport.close_session()


def test_a_seal_that_was_tampered_with_is_no_answer(served: Any) -> None:
    transport = FastTransport(settings(served.port), CancelToken())
    transport.build_session()
    seal: Any = transport._seal
    body = seal.wrap(b"<a/>")[1]
    longer = body.replace(struct.pack("<i", 16), struct.pack("<i", 99))
    for broken in (body, longer, body[:-30], b"<a/>"):  # the first one is our own, not the server's
        with pytest.raises(sealing.NotSealed):
            seal.unwrap(broken)
    transport.close_session()


@pytest.mark.parametrize(
    ("status", "error"), [(200, sealing.NotSealed), (204, sealing.NotSealed), (500, WinRMTransportError)]
)
def test_an_answer_in_clear_to_a_sealed_message_is_refused(
    monkeypatch: pytest.MonkeyPatch, status: int, error: type[Exception]
) -> None:
    """Whoever is on the way could have written it. An error says no more than that there was one."""
    transport = FastTransport(settings(), CancelToken())
    monkeypatch.setattr(transport, "build_session", lambda: None)
    monkeypatch.setattr(
        transport, "_seal", SimpleNamespace(wrap=lambda body: ("sealed", body), sealed=lambda kind: False)
    )
    answer = Answer(status, (("content-type", "application/soap+xml;charset=UTF-8"),), b"<a/>", False)
    monkeypatch.setattr(transport, "_exchange", lambda _body, _fields: answer)
    with pytest.raises(error):
        transport.send_message("<b/>")
