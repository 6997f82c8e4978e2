"""The sealing of what is said over HTTP after a handshake of NTLM, Kerberos or CredSSP; the cryptography is pyspnego's.

[MS-WSMV] 2.2.9.1: after the handshake, which belongs to one TCP connection, a message travels as multipart/encrypted in
two parts; the second holds the length of the signature, the signature, and the sealed message. CredSSP seals at most
16 KB at once, and has two parts for each piece. What is sent is what pywinrm and pypsrp send for the same options.
"""

from __future__ import annotations

import struct
from typing import Any

PROTOCOL = b"application/HTTP-SPNEGO-session-encrypted"
KERBEROS = b"application/HTTP-Kerberos-session-encrypted"
CREDSSP = b"application/HTTP-CredSSP-session-encrypted"
MOST_OF_CREDSSP = 16 * 1024
"""Bytes that CredSSP seals at once: a record of TLS."""

_BOUNDARY = b"Encrypted Boundary"
_SEALED = b"application/octet-stream\r\n"
_HEAD = 1024
"""Bytes of what comes before the sealed message; Windows needs about 250."""


class NotSealed(ConnectionError):
    """The other side does not speak NTLM as it should, or what it sent was tampered with."""


class Seal:
    """The security context of one TCP connection. Whatever a token or a body of the other side does to the library, it
    is told as NotSealed."""

    def __init__(self, context: Any, protocol: bytes = PROTOCOL) -> None:
        self._context = context
        self._protocol = protocol

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

    def wrap(self, message: bytes) -> tuple[str, bytes]:
        """The type of content, and the body that carries a message."""
        piece = MOST_OF_CREDSSP if self._protocol is CREDSSP else len(message) or 1
        parts = [self._part(message[start : start + piece]) for start in range(0, len(message), piece)]
        kind = f"multipart/{'encrypted' if len(parts) == 1 else 'x-multi-encrypted'}"
        kind += f';protocol="{self._protocol.decode()}";boundary="Encrypted Boundary"'
        return kind, b"".join((*parts, b"--Encrypted Boundary--\r\n"))

    def _part(self, message: bytes) -> bytes:
        signature, sealed, padding = self._context.wrap_winrm(message)
        return b"".join(
            (
                b"--Encrypted Boundary\r\n\tContent-Type: ",
                self._protocol,
                b"\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n"
                % (len(message) + padding),
                b"--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n",
                struct.pack("<i", len(signature)),
                signature,
                sealed,
            )
        )

    def sealed(self, kind: str) -> bool:
        """Whether content of this type is sealed as this context seals."""
        return self._protocol.decode() in kind

    def unwrap(self, body: bytes) -> bytes:
        """The message in a body."""
        if self._protocol is not CREDSSP:
            return self._unwrapped(body)
        ends = b"--" + _BOUNDARY
        first, *pieces = body.split(ends)
        if first or len(pieces) < 3 or len(pieces) % 2 == 0 or pieces[-1].strip() != b"--":
            raise NotSealed("the answer is not sealed as WS-Management seals it")
        pairs = zip(pieces[:-1:2], pieces[1:-1:2], strict=True)
        return b"".join(self._unwrapped(b"".join((ends, head, ends, data, ends, b"--\r\n"))) for head, data in pairs)

    def _unwrapped(self, body: bytes) -> bytes:
        head, found, _rest = body[:_HEAD].partition(_SEALED)
        length = head.lower().rpartition(b"length=")[2].partition(b"\r")[0].strip()
        whole = body.removesuffix(b"\r\n")
        until = whole.removesuffix(_BOUNDARY + b"--").rstrip(b" \t")
        closed = len(until) < len(whole) and until.endswith(b"--")
        if not found or not closed or head.count(_BOUNDARY) != 2 or not length.isdigit() or len(length) > 10:
            raise NotSealed("the answer is not sealed as WS-Management seals it")
        sealed = until[len(head) + len(found) : -2]
        signature = 4 + int.from_bytes(sealed[:4], "little")
        if not 4 < signature <= len(sealed):
            raise NotSealed("the length of the signature of the sealed answer is wrong")
        try:
            message = self._context.unwrap_winrm(sealed[4:signature], sealed[signature:])
        except Exception as error:
            raise NotSealed(f"the answer's seal is broken: {error}") from error
        if len(message) != int(length):
            raise NotSealed("the length of the answer does not match the specified length")
        return bytes(message)
