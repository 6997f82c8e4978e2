"""Sealed messages: how a SOAP envelope travels once a handshake gave both sides keys ([MS-WSMV] 2.2.9.1)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import spnego
from spnego.exceptions import SpnegoError

SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_CREDSSP = "CredSSP"
_CHUNK = 16 * 1024
"""Bytes that CredSSP seals at once, one record of TLS ([MS-WSMV] 2.2.9.1.3: sure)."""
_PART = re.compile(
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:\s*application/HTTP-(SPNEGO|Kerberos|CredSSP)-session-encrypted\r\n"
    rb"\s*OriginalContent:\s*type=[^\r\n]{1,200}?;Length=(\d{1,10})\r\n"
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:\s*application/octet-stream\r\n",
    re.IGNORECASE,
)
_END = re.compile(rb"--\s*Encrypted Boundary--(?:\r\n)?\Z")


class Unsealable(Exception):
    """A sealed message that is malformed, tampered with, or came before a handshake."""


@dataclass(frozen=True)
class Sealed:
    """What was sealed, and in whose manner: SPNEGO, Kerberos or CredSSP. The answer is sealed in the same one."""

    message: bytes
    manner: str


def is_sealed(content_type: str) -> bool:
    """Whether a body of this type is sealed."""
    return content_type.lower().startswith(("multipart/encrypted", "multipart/x-multi-encrypted"))


def unseal(context: spnego.ContextProxy, body: bytes) -> Sealed:
    """The message in a multipart body. Raises Unsealable."""
    end = _END.search(body)
    part = _PART.match(body)
    if not end or not part:
        raise Unsealable
    manner, message = part[1].decode(), b""
    while part:
        following = _PART.search(body, part.end())
        message += _opened(context, part, body[part.end() : following.start() if following else end.start()])
        part = following
    return Sealed(message, manner)


def _opened(context: spnego.ContextProxy, part: re.Match[bytes], data: bytes) -> bytes:
    if len(data) < 4:
        raise Unsealable
    (length,) = struct.unpack("<I", data[:4])
    try:
        message = context.unwrap_winrm(data[4 : 4 + length], data[4 + length :])
    except (SpnegoError, ValueError, struct.error, IndexError):
        raise Unsealable from None
    if len(message) != int(part[2]):
        raise Unsealable
    return message


def seal(context: spnego.ContextProxy, answer: Sealed) -> tuple[str, bytes]:
    """The content type and the multipart body that holds the message."""
    size = _CHUNK if answer.manner == _CREDSSP else len(answer.message)
    chunks = [answer.message[start : start + size] for start in range(0, len(answer.message), size)]
    kind = "x-multi-encrypted" if len(chunks) > 1 else "encrypted"
    sealed = f"application/HTTP-{answer.manner}-session-encrypted"
    body = b"".join(_sealed(context, chunk, sealed.encode()) for chunk in chunks) + b"--Encrypted Boundary--\r\n"
    return f'multipart/{kind};protocol="{sealed}";boundary="Encrypted Boundary"', body


def _sealed(context: spnego.ContextProxy, chunk: bytes, kind: bytes) -> bytes:
    sealed = context.wrap_winrm(chunk)
    return (
        b"--Encrypted Boundary\r\n"
        b"\tContent-Type: " + kind + b"\r\n"
        b"\tOriginalContent: type=%s;Length=%d\r\n" % (SOAP_TYPE.encode(), len(chunk) + sealed.padding_length)
        + b"--Encrypted Boundary\r\n"
        b"\tContent-Type: application/octet-stream\r\n"
        + struct.pack("<i", len(sealed.header)) + sealed.header + sealed.data
    )  # fmt: skip
