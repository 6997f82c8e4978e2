"""Reads one answer of HTTP/1.1 from a connection that stays open (RFC 9112), strictly and within bounds.

Whatever comes costs time in proportion to its length, and its length is limited: no pattern is matched, and lines,
heads, bodies and counts have bounds (docs/decisions/0014-bounds.md says why these). The deadline is the stream's.
"""

from __future__ import annotations

import functools
import io
import string
from dataclasses import dataclass
from typing import BinaryIO

MAX_LINE = 64 * 1024
"""Bytes of a status line or header: a token of Windows has at most 48,000 (MaxTokenSize), 64,000 in base64 (likely)."""
MAX_HEAD = 128 * 1024
"""Bytes of status line and headers."""
MAX_FIELDS = 100
"""Headers of an answer, as in Python's http.client; a WinRM service sends below ten."""
MAX_INTERIM = 8
"""Answers 1xx before the real one. No request asks for any."""
MAX_BODY = 4 * 1024 * 1024
"""Bytes; a WS-Management service answers with envelopes of the size that it was asked for, 150 KB with pywinrm."""
MAX_CHUNKS = 4096
"""Chunks of a body: one for each KiB of the largest."""
MAX_CHUNK_LINE = 1024
"""Bytes of the line that says how long a chunk is."""
SHOWN = 200
"""Bytes of an answer that a message quotes."""

KNOWN = 1024
"""Bytes of a head that is remembered; all that are remembered have 128 KiB of text at most."""

_END = b"\r\n\r\n"
_NAME = (string.ascii_letters + string.digits + "!#$%&'*+.^_`|~-").encode()
_SIZE = string.hexdigits.encode()


class NoAnswer(ConnectionError):
    """What came is no answer of a WinRM service over HTTP/1.1, is too large, or ended too early."""


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
        for field, value in self.fields:
            if field == name:
                return value
        return ""


def read(stream: BinaryIO) -> Answer:
    """The next answer to a request that was no HEAD. Raises NoAnswer, OSError.

    A redirection is no answer: whoever follows one carries this host's logon to an address that the inventory does not
    name. Nor is an encoded body, which nothing here asked for and which can grow a thousandfold.
    """
    for _unused in range(MAX_INTERIM + 1):
        head = _head(stream)
        if head.status >= 200:
            break
    else:
        raise _none(f"more than {MAX_INTERIM} interim answers (HTTP 1xx) and no other")
    closes = head.closes
    if head.chunked:
        body = _chunks(stream)
    elif head.length is not None:
        body = _exactly(stream, head.length)
    elif head.status == 204:
        body = b""
    else:
        body, closes = stream.read(MAX_BODY + 1), True
        if len(body) > MAX_BODY:
            raise _too_large()
    return Answer(head.status, head.fields, body, closes)


def _none(what: str) -> NoAnswer:
    return NoAnswer(f"no answer of a WinRM service: {what}")


def _too_large() -> NoAnswer:
    return _none(f"its body is larger than {MAX_BODY} bytes")


@dataclass(frozen=True)
class _Head:
    """An answer without its body."""

    status: int
    fields: tuple[tuple[str, str], ...]
    closes: bool = False
    chunked: bool = False
    length: int | None = None


def _head(stream: BinaryIO) -> _Head:
    """The next one. Hosts that are asked the same answer with the same heads, so one that is there as a whole, and
    short, is looked up."""
    waiting = stream.peek() if isinstance(stream, io.BufferedReader) else b""
    end = waiting.find(_END, 0, KNOWN)
    if end < 0:
        return _read_head(stream)
    head, length = _known(waiting[: end + len(_END)])
    stream.read(length)
    return head


@functools.lru_cache(maxsize=128)
def _known(text: bytes) -> tuple[_Head, int]:
    """The head that a text begins with, and its length."""
    stream = io.BytesIO(text)
    return _read_head(stream), stream.tell()


def _read_head(stream: BinaryIO) -> _Head:
    version, status = _status(stream)
    fields = _fields(stream)
    return _framed(version, Answer(status, fields, b"", False)) if status >= 200 else _Head(status, fields)


def _framed(version: bytes, head: Answer) -> _Head:
    if 300 <= head.status < 400:
        where = repr(head.get("location")[:SHOWN]) if head.get("location") else "another address"
        raise _none(f"it redirected to {where} (HTTP {head.status}), and nothing was sent there")
    encoding = ",".join(head.all("content-encoding"))
    if any(one.strip().lower() not in ("", "identity") for one in encoding.split(",")):
        raise _none(f"its body has the content encoding {encoding[:SHOWN]!r}, which was not requested")
    connection = ",".join(head.all("connection")).lower()
    closes = "close" in connection or (version == b"0" and "keep-alive" not in connection)
    codings, lengths = head.all("transfer-encoding"), set(head.all("content-length"))
    coding = ",".join(codings)
    if codings and (coding.lower() != "chunked" or lengths):
        raise _none(f"transfer encoding {coding[:SHOWN]!r}" + (" together with a length" if lengths else ""))
    return _Head(head.status, head.fields, closes, bool(codings), _length(lengths) if lengths else None)


def _status(stream: BinaryIO) -> tuple[bytes, int]:
    line = stream.readline(MAX_LINE + 1)
    if not line:
        raise NoAnswer("the connection was closed without an answer")
    protocol, code, rest = line[:9], line[9:12], line[12:13]
    if protocol not in (b"HTTP/1.0 ", b"HTTP/1.1 ") or not code.isdigit() or code < b"100" or rest.strip():
        raise _none(f"it starts with {line[:SHOWN]!r}")
    if not line.endswith(b"\n"):
        raise _none(f"a first line of more than {MAX_LINE} bytes, or one without an end")
    return protocol[7:8], int(code)


def _fields(stream: BinaryIO) -> tuple[tuple[str, str], ...]:
    fields: list[tuple[str, str]] = []
    left = MAX_HEAD
    while (line := stream.readline(MAX_LINE + 1)) not in (b"\r\n", b"\n"):
        left -= len(line)
        if not line.endswith(b"\n"):
            raise _none(f"a header of more than {MAX_LINE} bytes, or one without an end: {line[:SHOWN]!r}")
        if left < 0 or len(fields) >= MAX_FIELDS:
            raise _none(f"more than {MAX_FIELDS} headers, or {MAX_HEAD} bytes of them")
        name, colon, value = line.removesuffix(b"\n").removesuffix(b"\r").partition(b":")
        value = value.strip(b" \t")
        if not name or not colon or name.translate(None, _NAME) or b"\r" in value or b"\0" in value:
            raise _none(f"header {line[:SHOWN]!r}")
        fields.append((name.decode("ascii").lower(), value.decode("latin-1")))
    return tuple(fields)


def _length(lengths: set[str]) -> int:
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdigit()):
        raise _none("its length is not a number")
    if len(length) > len(str(MAX_BODY)):
        raise _too_large()
    return int(length)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    if length > MAX_BODY:
        raise _too_large()
    body = stream.read(length)
    if len(body) != length:
        raise NoAnswer("the connection was closed in the middle of an answer")
    return body


def _chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    for _unused in range(MAX_CHUNKS):
        line = stream.readline(MAX_CHUNK_LINE + 1)
        digits = line.partition(b";")[0].strip()
        if not line.endswith(b"\n") or not 1 <= len(digits) <= 8 or digits.translate(None, _SIZE):
            raise _none(f"a chunk without its size: {line[:SHOWN]!r}")
        size = int(digits, 16)
        if not size:
            _fields(stream)  # trailers
            return bytes(body)
        if len(body) + size > MAX_BODY:
            raise _too_large()
        body += _exactly(stream, size)
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise _none("a chunk longer than its size")
    raise _none(f"more than {MAX_CHUNKS} chunks")
