"""What of psrp no playbook reaches: seals of other contexts than NTLM's, times, and errors without pywinrm."""

from __future__ import annotations

import builtins
import importlib.util
import socket
import sys
import time
from typing import Any

import pytest
import spnego
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import (
    faults,
    optional_imports,
    sealing,
    soap,
    variables,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.hints import HINTS
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.sealing import NotSealed, Seal
from ansible_collections.windefend.maps.tests.support.hostile_server import TIMED_OUT, hostile, once, whole
from pypsrp.encryption import WinRMEncryption

from .test_bounds import psrp_protocol

LONG = "<a>" + "b" * 40_000 + "</a>"


class Played:
    """A security context that adds a signature of so many bytes, and turns the bits around."""

    complete = True

    def __init__(self, signature: int) -> None:
        self._signature = b"s" * signature

    def wrap_winrm(self, message: bytes) -> tuple[bytes, bytes, int]:
        return self._signature, bytes(byte ^ 255 for byte in message), 0

    def unwrap_winrm(self, signature: bytes, data: bytes) -> bytes:
        assert signature == self._signature
        return bytes(byte ^ 255 for byte in data)


@pytest.mark.parametrize("protocol", [sealing.PROTOCOL, sealing.KERBEROS, sealing.CREDSSP])
@pytest.mark.parametrize("signature", [16, 60])
@pytest.mark.parametrize("message", ["<a/>", LONG])
def test_every_kind_of_seal_is_put_on_and_taken_off(protocol: bytes, signature: int, message: str) -> None:
    seal = Seal(Played(signature), protocol)
    kind, body = seal.wrap(message.encode())
    pieces = 3 if protocol is sealing.CREDSSP and message is LONG else 1
    assert body.count(b"OriginalContent") == pieces, "a record of TLS holds 16 KB"
    assert kind.startswith("multipart/x-multi-encrypted;" if pieces > 1 else "multipart/encrypted;")
    assert f'protocol="{protocol.decode()}"' in kind
    assert seal.sealed(kind)
    assert seal.unwrap(body) == message.encode()


@pytest.mark.parametrize("body", [b"", b"<a/>", b"--Encrypted Boundary", b"--Encrypted Boundary" * 999])
def test_what_is_no_seal(body: bytes) -> None:
    for protocol in (sealing.PROTOCOL, sealing.CREDSSP):
        with pytest.raises(NotSealed):
            Seal(Played(16), protocol).unwrap(body)


def test_credssp_of_pyspnego_seals_as_is_expected(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users").write_text("corp:a:b\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(tmp_path / "users"))
    client = spnego.client(r"corp\a", "b", protocol="credssp", hostname="pc", options=spnego.NegotiateOptions.use_ntlm)
    server = spnego.server(protocol="credssp", options=spnego.NegotiateOptions.use_ntlm)
    token = None
    while not (client.complete and server.complete):
        token = client.step(token)
        token = server.step(token) if token else None
    ours, theirs = Seal(client, sealing.CREDSSP), Seal(server, sealing.CREDSSP)
    assert theirs.unwrap(ours.wrap(LONG.encode())[1]) == LONG.encode()
    assert ours.unwrap(theirs.wrap(LONG.encode())[1]) == LONG.encode()
    pypsrps = WinRMEncryption(server, WinRMEncryption.CREDSSP)
    assert pypsrps.unwrap_message(ours.wrap(LONG.encode())[1], "Encrypted Boundary") == LONG.encode()
    assert ours.unwrap(pypsrps.wrap_message(LONG.encode())[1]) == LONG.encode()


def test_a_connection_has_a_time_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(sock: socket.socket, _address: Any) -> None:
        time.sleep(sock.gettimeout() or 0)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", connect)
    protocol = psrp_protocol("http", "basic", 9, connection_timeout=0.3, read_timeout=20)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no answer in time: no connection within 0\.3 seconds"):
        protocol.open_shell()
    assert time.monotonic() - began < 3


def test_an_answer_comes_before_the_read_time_out() -> None:
    assert psrp_protocol("http", "ntlm", 9, operation_timeout=20, read_timeout=10).operation_timeout_sec == 9
    assert psrp_protocol("http", "ntlm", 9, operation_timeout=20, read_timeout=30).operation_timeout_sec == 20
    assert psrp_protocol("http", "ntlm", 9, operation_timeout=1, read_timeout=1).operation_timeout_sec == 1


def test_a_fault_leaves_the_connection_as_it_is_and_a_failure_ends_it() -> None:
    fault = whole(TIMED_OUT.encode(), b"HTTP/1.1 500 \r\n")
    with hostile({"fault": once(fault), "none": once(whole(b"no envelope <!"))}) as servers:
        for proxy, held in ((None, "_stream"), ("", "_session")):
            protocol = psrp_protocol("http", "basic", servers["fault"].port, proxy=proxy)
            with pytest.raises(optional_imports.WinRMOperationTimeoutError):
                protocol.open_shell()
            assert getattr(protocol.transport, held) is not None
            protocol = psrp_protocol("http", "basic", servers["none"].port, proxy=proxy)
            with pytest.raises(soap.NotWsman):
                protocol.open_shell()
            assert getattr(protocol.transport, held) is None


def test_an_answer_in_clear_to_a_sealed_message_is_refused() -> None:
    """pypsrp takes it."""
    with hostile({"clear": once(whole(b"<a/>"))}) as servers:
        protocol = psrp_protocol("http", "ntlm", servers["clear"].port, proxy="")
        protocol.transport.build_session()
        protocol.transport._seal = Seal(Played(16))
        with pytest.raises(NotSealed, match="anyone on the network"):
            protocol.transport.send_message("<b/>")


def test_netrc_is_not_asked(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login account password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with hostile({"it": once(whole(b"<a/>"))}) as servers:
        transport = psrp_protocol("http", "basic", servers["it"].port, proxy="").transport
        transport.build_session()
        transport._session.auth = None  # as with a certificate
        transport.send_message("<b/>")
        assert b"Authorization" not in servers["it"].last


def test_no_message_for_psrp_names_a_variable_of_winrm() -> None:
    for text in (*(hint.text for hint in HINTS), *(fault.text for fault in faults.FAULTS.values())):
        said = variables.in_words_of_psrp(text)
        assert "ansible_winrm_" not in said
        assert "pywinrm" not in said


def test_without_pywinrm_its_errors_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "winrm":
            raise ImportError("No module named 'winrm'")
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    spec = importlib.util.spec_from_file_location("ours", str(sys.modules[optional_imports.__name__].__file__))
    assert spec is not None
    assert spec.loader is not None
    ours: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ours)
    assert str(ours.MISSING) == "No module named 'winrm'"
    monkeypatch.undo()
    body = TIMED_OUT.replace("2150858793", "2150859173").replace(
        "<s:Detail>", "<s:Reason><s:Text>too many</s:Text></s:Reason><s:Detail>"
    )
    theirs = soap.fault(optional_imports.WinRMTransportError("http", 500, body))
    monkeypatch.setattr(soap, "WSManFaultError", ours.WSManFaultError)
    error = ours.WinRMTransportError("http", 500, body)
    assert str(error) == str(optional_imports.WinRMTransportError("http", 500, body))
    assert str(soap.fault(error)) == str(theirs)
