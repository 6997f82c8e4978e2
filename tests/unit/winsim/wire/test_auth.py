"""The handshake and the sealing, without a network, against pyspnego's client."""

from __future__ import annotations

import base64
import os
import struct

import pytest
import spnego
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.wire.auth import Authenticator
from ansible_collections.windefend.maps.winsim.wire.backend import Credential, Limits
from ansible_collections.windefend.maps.winsim.wire.sealing import Sealed, Unsealable
from hypothesis import given, settings, strategies as st

BOUNDARY = b"--Encrypted Boundary"


def header(token: bytes | None) -> str:
    return f"Negotiate {base64.b64encode(token or b'').decode()}"


def shake(
    authenticator: Authenticator, user: str, password: str, protocol: str = "negotiate"
) -> tuple[spnego.ContextProxy, str | None]:
    """Goes through a handshake; gives the client's context and the user that the server took it for."""
    options = spnego.NegotiateOptions.use_ntlm if protocol == "ntlm" else spnego.NegotiateOptions.use_negotiate
    client = spnego.client(user, password, protocol=protocol, options=options)
    answer = authenticator.check(header(client.step()), Limits())
    while answer.user is None:
        (name, value), *more = answer.fields
        if more or " " not in value:
            return client, None
        assert name == "WWW-Authenticate"
        token = client.step(base64.b64decode(value.partition(" ")[2]))
        answer = authenticator.check(header(token), Limits())
    assert answer.handshake
    for _unused, value in answer.fields:
        client.step(base64.b64decode(value.partition(" ")[2]))
    assert client.complete
    return client, answer.user


def sealed(client: spnego.ContextProxy, message: bytes, length: int | None = None) -> bytes:
    wrapped = client.wrap_winrm(message)
    size = len(message) if length is None else length
    return (
        BOUNDARY + b"\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
        b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % size
        + BOUNDARY + b"\r\n\tContent-Type: application/octet-stream\r\n"
        + struct.pack("<i", len(wrapped.header)) + wrapped.header + wrapped.data + BOUNDARY + b"--\r\n"
    )  # fmt: skip


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator(FakeHost(users=[Credential("alice", "secret")]))


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_both_ways_with_every_byte(authenticator: Authenticator, protocol: str) -> None:
    client, user = shake(authenticator, "alice", "secret", protocol)
    assert user == "alice"
    for number in range(5):
        message = bytes(range(256)) * number + BOUNDARY + b"--\r\n"
        assert authenticator.unseal(sealed(client, message)).message == message
        _type, reply = authenticator.seal(Sealed(message, "SPNEGO"))
        payload = reply.split(b"application/octet-stream\r\n")[1][: -len(BOUNDARY) - 4]
        (length,) = struct.unpack("<i", payload[:4])
        assert client.unwrap_winrm(payload[4 : 4 + length], payload[4 + length :]) == message


def test_a_message_that_was_tampered_with(authenticator: Authenticator) -> None:
    client, _unused = shake(authenticator, "alice", "secret")
    body = bytearray(sealed(client, b"<Delete/>"))
    body[-len(BOUNDARY) - 6] ^= 1
    with pytest.raises(Unsealable):
        authenticator.unseal(bytes(body))


def test_a_message_sent_twice(authenticator: Authenticator) -> None:
    client, _unused = shake(authenticator, "alice", "secret")
    body = sealed(client, b"<Create/>")
    authenticator.unseal(body)
    with pytest.raises(Unsealable):
        authenticator.unseal(body)


def test_a_length_that_is_not_true(authenticator: Authenticator) -> None:
    client, _unused = shake(authenticator, "alice", "secret")
    with pytest.raises(Unsealable):
        authenticator.unseal(sealed(client, b"<a/>", 3))


@settings(max_examples=200)
@given(st.binary(max_size=100), st.booleans())
def test_any_bytes_for_a_sealed_message(data: bytes, framed: bool) -> None:
    authenticator = Authenticator(FakeHost(users=[Credential("alice", "secret")]))
    client, _unused = shake(authenticator, "alice", "secret", "ntlm")
    if framed:
        start = sealed(client, b"").split(b"octet-stream\r\n")[0] + b"octet-stream\r\n"
        data = start + data + BOUNDARY + b"--\r\n"
    with pytest.raises(Unsealable):
        authenticator.unseal(data)


@settings(max_examples=200)
@given(
    st.lists(st.binary(max_size=80).map(lambda data: b"NTLMSSP\0\1\0\0\0" + data) | st.binary(max_size=80), max_size=3)
)
def test_no_token_breaks_the_handshake_or_lets_anybody_in(tokens: list[bytes]) -> None:
    authenticator = Authenticator(FakeHost(users=[Credential("alice", "secret")]))
    for token in tokens:
        assert authenticator.check(header(token), Limits()).user is None
    assert authenticator.check(None, Limits()).user is None
    assert shake(authenticator, "alice", "secret")[1] == "alice"


@pytest.mark.parametrize("password", ["", "a:b:c", "päß wörd", "日本語", "line\nbreak", "x" * 127])
def test_passwords_of_every_kind(password: str) -> None:
    host = FakeHost(users=[Credential("alice", password or "x")])
    assert shake(Authenticator(host), "alice", password or "x")[1] == "alice"
    assert shake(Authenticator(host), "alice", password + "!")[1] is None


def test_a_user_of_one_host_is_unknown_to_another() -> None:
    one = Authenticator(FakeHost(users=[Credential("alice", "secret")]))
    other = Authenticator(FakeHost(users=[Credential("bob", "secret")]))
    before = os.environ.get("NTLM_USER_FILE", "")
    assert shake(one, "alice", "secret")[1] == "alice"
    assert shake(other, "alice", "secret")[1] is None
    assert os.environ["NTLM_USER_FILE"] == before, "not deleted: other threads may be going through the variables"


def test_a_failed_handshake_ends_what_was_established(authenticator: Authenticator) -> None:
    shake(authenticator, "alice", "secret")
    assert authenticator.check(None, Limits()).user == "alice"
    assert shake(authenticator, "alice", "wrong")[1] is None
    assert not authenticator.established
    assert authenticator.check(None, Limits()).user is None
