"""NTLM over HTTP and the sealing of what is said over it; the cryptography is pyspnego's.

[MS-WSMV] 2.2.9.1: after the handshake, which belongs to one TCP connection, a message travels as multipart/encrypted in
two parts; the second holds the length of the signature, the signature, and the sealed message. What is sent is what
requests_ntlm and pywinrm send for the same options, without the first request that only asks for the challenge.
"""

from __future__ import annotations

import base64
import functools
import struct

from .optional_imports import spnego

try:  # pyspnego shows no way to hash a password once and to use it for many hosts; without these it hashes for each
    from spnego._ntlm_raw.crypto import lmowfv1, ntowfv1
except ImportError:
    lmowfv1 = ntowfv1 = None  # type: ignore[assignment]

PROTOCOL = b"application/HTTP-SPNEGO-session-encrypted"
CONTENT_TYPE = f'multipart/encrypted;protocol="{PROTOCOL.decode()}";boundary="Encrypted Boundary"'
SIGNATURE = 16
"""Bytes that [MS-NLMP] 2.2.2.9.1 puts before a sealed message."""

_BOUNDARY = b"Encrypted Boundary"
_SEALED = b"application/octet-stream\r\n"
_HEAD = 1024
"""Bytes of what comes before the sealed message; Windows needs about 250."""


class NotSealed(ConnectionError):
    """The other side does not speak NTLM as it should, or what it sent was tampered with."""


class Seal:
    """The security context of one TCP connection. Whatever a token or a body of the other side does to the library, it
    is told as NotSealed."""

    def __init__(self, username: str, password: str, hostname: str) -> None:
        self._context = spnego.client(
            *_credential(username, password),
            protocol="ntlm",
            hostname=hostname,
            service="http",
            options=spnego.NegotiateOptions.use_ntlm,  # as requests_ntlm: never the credentials of a cache
        )

    def step(self, token: bytes | None = None) -> bytes:
        """The next token of the handshake."""
        try:
            return self._context.step(token) or b""
        except Exception as error:
            raise NotSealed(f"the server's challenge cannot be answered: {error}") from error

    @property
    def complete(self) -> bool:
        """Whether the handshake is over, so that messages can be sealed."""
        return bool(self._context.complete)

    def wrap(self, message: bytes) -> bytes:
        """The body that carries a message."""
        sealed = self._context.wrap(message, encrypt=True).data
        return b"".join(
            (
                b"--Encrypted Boundary\r\n\tContent-Type: ",
                PROTOCOL,
                b"\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % len(message),
                b"--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n",
                struct.pack("<i", SIGNATURE),
                sealed,
                b"--Encrypted Boundary--\r\n",
            )
        )

    def unwrap(self, body: bytes) -> bytes:
        """The message in a body."""
        head, found, _rest = body[:_HEAD].partition(_SEALED)
        length = head.lower().rpartition(b"length=")[2].partition(b"\r")[0].strip()
        whole = body.removesuffix(b"\r\n")
        until = whole.removesuffix(_BOUNDARY + b"--").rstrip(b" \t")
        closed = len(until) < len(whole) and until.endswith(b"--")
        if not found or not closed or head.count(_BOUNDARY) != 2 or not length.isdigit() or len(length) > 10:
            raise NotSealed("the answer is not sealed as WS-Management seals it")
        sealed = until[len(head) + len(found) : -2]
        if sealed[:4] != struct.pack("<i", SIGNATURE):
            raise NotSealed("the signature of the sealed answer does not have the length of an NTLM signature")
        try:
            message = self._context.unwrap(sealed[4:]).data
        except Exception as error:
            raise NotSealed(f"the answer's seal is broken: {error}") from error
        if len(message) != int(length):
            raise NotSealed("the length of the answer does not match the specified length")
        return bytes(message)


def _credential(username: str, password: str) -> tuple[str | spnego.NTLMHash, str | None]:
    if lmowfv1 is None:
        return username, password
    lm_hash, nt_hash = _hashes(password)
    return spnego.NTLMHash(username, lm_hash, nt_hash), None


@functools.lru_cache(maxsize=256)
def _hashes(password: str) -> tuple[str, str]:
    """The hashes of a password as hex: with them a context costs a thirtieth (measured)."""
    lm_hash, nt_hash = (base64.b16encode(one(password)).decode() for one in (lmowfv1, ntowfv1))
    return lm_hash, nt_hash
