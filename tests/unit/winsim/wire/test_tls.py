"""HTTPS listeners and what belongs to one connection, without Ansible."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import pathlib
import socket
import ssl
from collections.abc import Iterator

import pytest
import spnego
from ansible_collections.windefend.maps.tests.unit.winsim.wire.client import envelope
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import PASSWORD, USER, FakeHost
from ansible_collections.windefend.maps.winsim.authority import Authority
from ansible_collections.windefend.maps.winsim.wire.auth import Authenticator
from ansible_collections.windefend.maps.winsim.wire.backend import ChannelBinding, Credential, Limits
from ansible_collections.windefend.maps.winsim.wire.sealing import Sealed, Unsealable
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread
from ansible_collections.windefend.maps.winsim.wire.tls import MUTUAL, Listener
from spnego.channel_bindings import GssChannelBindings

ADDRESS = "127.0.73.2"
ENDPOINT = b"tls-server-end-point:"
OTHER = GssChannelBindings(application_data=ENDPOINT + hashlib.sha256(b"another").digest())


@pytest.fixture
def authority(tmp_path: pathlib.Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def listener(authority: Authority) -> Listener:
    return Listener(authority.issue("pc", ADDRESS), authority.path)


@contextlib.contextmanager
def served(host: FakeHost, listener: Listener) -> Iterator[Server]:
    with serve_in_thread({ADDRESS: host}, listeners={ADDRESS: listener}) as server:
        yield server


def connected(server: Server, authority: Authority, client: pathlib.Path | None = None) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(authority.path))
    if client:
        context.load_cert_chain(client)
    return http.client.HTTPSConnection(ADDRESS, server.port, timeout=20, context=context)


def post(connection: http.client.HTTPConnection, authorization: str) -> int:
    headers = {"Authorization": authorization, "Content-Type": "application/soap+xml;charset=UTF-8"}
    connection.request("POST", "/wsman", envelope("Create", "<rsp:Shell/>"), headers)
    response = connection.getresponse()
    response.read()
    return response.status


def broken(connection: http.client.HTTPConnection, authorization: str) -> bool:
    """Whether the connection ends without an answer."""
    try:
        post(connection, authorization)
    except (http.client.HTTPException, OSError):
        return True
    return False


def basic() -> str:
    return f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


def test_unsealed_messages_are_taken_and_a_plain_client_is_not(authority: Authority, listener: Listener) -> None:
    """TLS is the encryption that AllowUnencrypted asks for."""
    with served(FakeHost(allowed=Limits(allow_basic=True)), listener) as server:
        assert post(connected(server, authority), basic()) == 200
        assert broken(http.client.HTTPConnection(ADDRESS, server.port, timeout=20), basic())
        assert server.traffic(ADDRESS).connections == 1


@pytest.mark.parametrize(("version", "spoken"), [("10.0.17763", "TLSv1.2"), ("10.0.20348", "TLSv1.3")])
def test_older_windows_speaks_tls_1_2(authority: Authority, listener: Listener, version: str, spoken: str) -> None:
    with served(FakeHost(version=version), listener) as server:
        connection = connected(server, authority)
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        assert connection.sock.version() == spoken
        connection.close()


def test_the_binding_is_what_clients_compute(listener: Listener, authority: Authority) -> None:
    """RFC 5929: the digest of the certificate that the client is shown."""
    with served(FakeHost(), listener) as server:
        connection = connected(server, authority)
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        shown = connection.sock.getpeercert(binary_form=True)
        connection.close()
    assert shown
    assert listener.bindings().application_data == ENDPOINT + hashlib.sha256(shown).digest()


def logon(level: ChannelBinding, mine: GssChannelBindings | None, theirs: GssChannelBindings | None) -> str | None:
    """The user that a host takes a client of NTLM for; `mine` are the bindings of the connection."""
    host = FakeHost(users=[Credential("alice", "secret")])
    authenticator, limits = Authenticator(host, ADDRESS, mine), Limits(channel_binding=level)
    client = spnego.client("alice", "secret", protocol="ntlm", channel_bindings=theirs)
    token, user = client.step(), None
    while token:
        answer = authenticator.check(f"Negotiate {base64.b64encode(token).decode()}", limits)
        user = answer.user
        value = answer.fields[0][1].partition(" ")[2] if answer.fields else ""
        token = client.step(base64.b64decode(value)) if value and not client.complete else None
    return user


@pytest.mark.parametrize("level", ChannelBinding)
@pytest.mark.parametrize("sent", ["right", "wrong", "none"])
def test_how_strictly_a_token_is_asked_for(listener: Listener, level: ChannelBinding, sent: str) -> None:
    mine = listener.bindings()
    theirs = {"right": mine, "wrong": OTHER, "none": None}[sent]
    refused = {("relaxed", "wrong"), ("strict", "wrong"), ("strict", "none")}
    assert logon(level, mine, theirs) == (None if (level.value, sent) in refused else "alice")
    assert logon(level, None, theirs) == "alice", "without TLS there is nothing to bind to"


def test_a_certificate_is_mapped_where_the_host_takes_one(authority: Authority, listener: Listener) -> None:
    certificate, server_only = authority.issue_to_user("kim"), authority.issue("kim")
    other = Authority(authority.path.parent / "other").issue_to_user("kim")
    host = FakeHost(allowed=Limits(allow_certificate=True), mapped={"kim@localhost": "kim"})
    with served(host, listener) as server:
        assert post(connected(server, authority, certificate), MUTUAL) == 200
        assert post(connected(server, authority), MUTUAL) == 401
        assert post(connected(server, authority, certificate), basic()) == 401
        assert broken(connected(server, authority, server_only), MUTUAL)
        assert broken(connected(server, authority, other), MUTUAL)
        host.mapped.clear()
        assert post(connected(server, authority, certificate), MUTUAL) == 401
        host.mapped["kim@localhost"] = "kim"
        host.allowed = Limits()
        assert post(connected(server, authority, certificate), MUTUAL) == 401
    assert len(host.shells) == 1


def test_a_cut_reaches_tls_connections(authority: Authority, listener: Listener) -> None:
    with served(FakeHost(allowed=Limits(allow_basic=True)), listener) as server:
        server.cut_after(ADDRESS, 2)
        connection = connected(server, authority)
        assert post(connection, basic()) == 200
        assert broken(connection, basic())


def test_a_client_that_does_not_trust_leaves_the_server_as_it_is(authority: Authority, listener: Listener) -> None:
    with served(FakeHost(allowed=Limits(allow_basic=True)), listener) as server:
        raw = socket.create_connection((ADDRESS, server.port), timeout=20)
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(raw, server_hostname=ADDRESS)
        assert post(connected(server, authority), basic()) == 200


def credssp(password: str, allowed: bool = True) -> tuple[spnego.ContextProxy, Authenticator, str | None]:
    host = FakeHost(users=[Credential("alice", "secret")])
    authenticator, limits = Authenticator(host), Limits(allow_credssp=allowed)
    client = spnego.client("alice", password, protocol="credssp")
    token, user = client.step(), None
    while token and user is None:
        answer = authenticator.check(f"CredSSP {base64.b64encode(token).decode()}", limits)
        user = answer.user
        value = next((value for _name, value in answer.fields if value.startswith("CredSSP ")), "")
        if not value:
            break
        token = client.step(base64.b64decode(value.partition(" ")[2]))
    return client, authenticator, user


@pytest.mark.parametrize("size", [1, 16384, 16385, 100000])
def test_credssp_seals_in_pieces_of_16_kb(size: int) -> None:
    client, authenticator, user = credssp("secret")
    assert (user, client.complete) == ("alice", True)
    message = bytes(number % 251 for number in range(size))
    pieces = range(0, size, 16384)
    kind, body = authenticator.seal(Sealed(message, "CredSSP"))
    assert kind.startswith("multipart/x-multi-encrypted" if len(pieces) > 1 else "multipart/encrypted")
    parts = body.split(b"--Encrypted Boundary\r\n")[2::2]
    assert len(parts) == len(pieces)
    opened = b""
    for part in parts:
        data = part.partition(b"octet-stream\r\n")[2].removesuffix(b"--Encrypted Boundary--\r\n")
        length = 4 + int.from_bytes(data[:4], "little")
        opened += client.unwrap_winrm(data[4:length], data[length:])
    assert opened == message
    assert authenticator.unseal(sealed(client, message)) == Sealed(message, "CredSSP")
    with pytest.raises(Unsealable):
        authenticator.unseal(sealed(client, message).replace(b";Length=", b";Length=1"))


def sealed(client: spnego.ContextProxy, message: bytes) -> bytes:
    body = b""
    for start in range(0, len(message), 16384):
        piece = message[start : start + 16384]
        wrapped = client.wrap_winrm(piece)
        body += (
            b"--Encrypted Boundary\r\n\tContent-Type: application/HTTP-CredSSP-session-encrypted\r\n"
            b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % len(piece)
            + b"--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n"
            + len(wrapped.header).to_bytes(4, "little") + wrapped.header + wrapped.data
        )  # fmt: skip
    return body + b"--Encrypted Boundary--\r\n"


def test_credssp_is_refused_where_it_is_not_allowed() -> None:
    assert credssp("secret", allowed=False)[2] is None


def test_a_wrong_password_over_credssp() -> None:
    with pytest.raises(spnego.exceptions.SpnegoError):
        credssp("wrong")
