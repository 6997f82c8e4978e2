"""Reads one answer of HTTP/1.1 from a connection that stays open (RFC 9112), strictly and within bounds.

The standard library reads headers with its parser for electronic mail, which costs as much as all of NTLM.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

MAX_HEAD = 64 * 1024
"""Bytes of status line and headers."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes; a WS-Management service answers with envelopes of the size that it was asked for, 150 KB with pywinrm."""

_STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?\r?\n\Z")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n]*)\r?\n\Z")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n\Z")


class NoAnswer(ConnectionError):
    """What came is no answer of HTTP/1.1, is too large, or ended too early."""


@dataclass(frozen=True)
class Answer:
    """An answer, its body unchunked."""

    status: int
    fields: tuple[tuple[str, str], ...]
    """Headers in their order, names in lower case."""
    body: bytes
    closes: bool
    """The connection ends with this answer."""

    def all(self, name: str) -> list[str]:
        """Every value of a header; `name` in lower case."""
        return [value for field, value in self.fields if field == name]

    def get(self, name: str) -> str:
        """The first value of a header, empty where there is none; `name` in lower case."""
        return next(iter(self.all(name)), "")


def read(stream: BinaryIO) -> Answer:
    """The next answer to a request that was no HEAD. Raises NoAnswer, OSError."""
    while True:
        version, status = _status(stream)
        fields = _fields(stream)
        if status >= 200:
            break
    head = Answer(status, fields, b"", False)
    connection = ",".join(head.all("connection")).lower()
    closes = "close" in connection or (version == 0 and "keep-alive" not in connection)
    coding, lengths = head.get("transfer-encoding"), set(head.all("content-length"))
    if coding:
        if coding.lower() != "chunked" or lengths:
            raise NoAnswer(f"no HTTP answer: transfer encoding {coding[:100]!r}")
        body = _chunks(stream)
    elif lengths:
        length = lengths.pop()
        if lengths or not re.fullmatch(r"\d{1,10}", length):
            raise NoAnswer("no HTTP answer: its length is no number")
        body = _exactly(stream, int(length))
    elif status in (204, 304):
        body = b""
    else:
        body, closes = stream.read(MAX_BODY + 1), True
        if len(body) > MAX_BODY:
            raise NoAnswer("the answer is too large")
    return Answer(status, fields, body, closes)


def _status(stream: BinaryIO) -> tuple[int, int]:
    line = stream.readline(MAX_HEAD + 1)
    if not line:
        raise NoAnswer("the connection was closed without an answer")
    found = _STATUS.match(line)
    if found is None:
        raise NoAnswer(f"no HTTP answer: it starts with {line[:100]!r}")
    return int(found[1]), int(found[2])


def _fields(stream: BinaryIO) -> tuple[tuple[str, str], ...]:
    fields = []
    size = 0
    while (line := stream.readline(MAX_HEAD + 1)) not in (b"\r\n", b"\n"):
        size += len(line)
        found = _FIELD.match(line)
        if found is None or size > MAX_HEAD:
            raise NoAnswer(f"no HTTP answer: header {line[:100]!r}")
        fields.append((found[1].decode("ascii").lower(), found[2].strip(b" \t").decode("latin-1")))
    return tuple(fields)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    if length > MAX_BODY:
        raise NoAnswer("the answer is too large")
    body = stream.read(length)
    if len(body) != length:
        raise NoAnswer("the connection was closed in the middle of an answer")
    return body


def _chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while True:
        found = _CHUNK.match(stream.readline(MAX_HEAD + 1))
        if found is None:
            raise NoAnswer("no HTTP answer: a chunk without its size")
        size = int(found[1], 16)
        if not size:
            _fields(stream)  # trailers
            return bytes(body)
        if len(body) + size > MAX_BODY:
            raise NoAnswer("the answer is too large")
        body += _exactly(stream, size)
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise NoAnswer("no HTTP answer: a chunk longer than its size")
