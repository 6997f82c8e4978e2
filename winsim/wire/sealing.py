"""Sealed messages: how a SOAP envelope travels once a handshake gave both sides keys ([MS-WSMV] 2.2.9.1)."""

from __future__ import annotations

import re
import struct

import spnego
from spnego.exceptions import SpnegoError

SEALED = "application/HTTP-SPNEGO-session-encrypted"
SEALED_TYPE = f'multipart/encrypted;protocol="{SEALED}";boundary="Encrypted Boundary"'
SOAP_TYPE = "application/soap+xml;charset=UTF-8"

_SEALED_BODY = re.compile(
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:\s*application/HTTP-SPNEGO-session-encrypted\r\n"
    rb"\s*OriginalContent:\s*type=[^\r\n]{1,200}?;Length=(\d{1,10})\r\n"
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:\s*application/octet-stream\r\n",
    re.IGNORECASE,
)
_SEALED_END = re.compile(rb"--\s*Encrypted Boundary--(?:\r\n)?\Z")


class Unsealable(Exception):
    """A sealed message that is malformed, tampered with, or came before a handshake."""


def unseal(context: spnego.ContextProxy, body: bytes) -> bytes:
    """The message in a multipart/encrypted body. Raises Unsealable."""
    start, end = _SEALED_BODY.match(body), _SEALED_END.search(body)
    if not start or not end or end.start() < start.end() + 4:
        raise Unsealable
    data = body[start.end() : end.start()]
    (length,) = struct.unpack("<I", data[:4])
    try:
        message = context.unwrap_winrm(data[4 : 4 + length], data[4 + length :])
    except (SpnegoError, ValueError, struct.error, IndexError):
        raise Unsealable from None
    if len(message) != int(start[1]):
        raise Unsealable
    return message


def seal(context: spnego.ContextProxy, message: bytes) -> bytes:
    """A multipart/encrypted body that holds the message."""
    sealed = context.wrap_winrm(message)
    length = len(message) + sealed.padding_length
    return (
        b"--Encrypted Boundary\r\n"
        b"\tContent-Type: " + SEALED.encode() + b"\r\n"
        b"\tOriginalContent: type=" + SOAP_TYPE.encode() + b";Length=%d\r\n" % length
        + b"--Encrypted Boundary\r\n"
        b"\tContent-Type: application/octet-stream\r\n"
        + struct.pack("<i", len(sealed.header)) + sealed.header + sealed.data
        + b"--Encrypted Boundary--\r\n"
    )  # fmt: skip
