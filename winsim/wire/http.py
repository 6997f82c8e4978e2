"""HTTP/1.1 as far as WinRM's clients need it: keep-alive, bounded, strict.

A request that is not understood ends its connection: what follows it cannot be told from its body.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_HEAD = 32 * 1024
"""Bytes of request line and headers. HTTP.sys takes 16 KB by default (recalled); NTLM's messages are far smaller."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_FIRST = re.compile(rb"[A-Z\r\n]")
"""What a request may begin with. HTTP.sys answers TLS on a plain port with 400 and a page "Invalid Verb" (recalled)."""
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) (\S{1,8000}) HTTP/1\.([01])", re.ASCII)
_PHRASES = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required"}
"""The reason phrases of HTTP.sys; WinRM itself sends none (recalled)."""


class BadRequest(Exception):
    """The request is refused with `status`, and the connection closed."""

    def __init__(self, status: int = 400) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Head:
    """Request line and headers, these by lower-case name; of a repeated one the values joined by commas."""

    method: str
    target: str
    keep_alive: bool
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int | None:
        """Bytes of the body; None when it comes in chunks. Raises BadRequest."""
        coding = self.headers.get("transfer-encoding")
        length = self.headers.get("content-length")
        if coding is not None:
            if coding.strip().lower() != "chunked" or length is not None:
                raise BadRequest
            return None
        if length is None:
            if self.method == "POST":
                raise BadRequest(411)
            return 0
        if not re.fullmatch(r"[0-9]{1,15}", length):
            raise BadRequest
        return int(length)


@dataclass(frozen=True)
class Request:
    """A whole request and how many bytes it took."""

    head: Head
    body: bytes
    size: int


def parse_head(data: bytes) -> Head:
    """Reads what stands before the blank line. Raises BadRequest."""
    line, *fields = data.decode("latin-1").split("\r\n")
    match = _REQUEST_LINE.fullmatch(line)
    if not match:
        raise BadRequest
    headers: dict[str, str] = {}
    for text in fields:
        name, colon, value = text.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or any(c in value for c in "\0\r\n"):
            raise BadRequest
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
    keep = "keep-alive" in tokens if match[3] == "0" else "close" not in tokens
    return Head(match[1], match[2], keep, headers)


async def read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body_limit: Callable[[], int]
) -> Request | None:
    """The next request of a connection, None at its end. Raises BadRequest for one that is malformed or too large.

    The reader's own limit must be MAX_HEAD."""
    data = await reader.read(1)
    if data and not _FIRST.fullmatch(data):
        raise BadRequest  # now: a client that speaks TLS would wait for an answer, and never send a blank line
    try:
        data += await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if (data + error.partial).strip():
            raise BadRequest from None
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest from None
    # A client may send an empty line after a body (RFC 9112, section 2.2).
    stripped = data.lstrip(b"\r\n")
    head = parse_head(stripped[:-4]) if stripped.endswith(b"\r\n\r\n") else None
    if head is None:
        raise BadRequest
    length, max_body = head.length, body_limit()
    if length is not None and length > max_body:
        raise BadRequest(413)
    if length != 0 and head.headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        body = await _chunks(reader, max_body) if length is None else await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest from None
    return Request(head, body, len(data) + len(body))


async def _chunks(reader: asyncio.StreamReader, max_body: int) -> bytes:
    body = bytearray()
    while True:
        line = (await reader.readuntil(b"\r\n"))[:-2].split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", line):
            raise BadRequest
        size = int(line, 16)
        if size == 0:
            break
        if len(body) + size > max_body:
            raise BadRequest(413)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise BadRequest
    trailers = 0
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        trailers += len(line)
        if trailers > MAX_HEAD:
            raise BadRequest
    return bytes(body)


def response(
    status: int,
    now: dt.datetime,
    body: bytes = b"",
    content_type: str = "",
    fields: list[tuple[str, str]] | None = None,
) -> bytes:
    """An answer as WinRM behind HTTP.sys writes it; `now` is the machine's clock, in UTC."""
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, '')}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines.append("Server: Microsoft-HTTPAPI/2.0")
    lines += [f"{name}: {value}" for name, value in fields or []]
    lines.append(f"Date: {email.utils.format_datetime(now.astimezone(dt.UTC), usegmt=True)}")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def refusal(status: int, now: dt.datetime) -> bytes:
    """What HTTP.sys says before WinRM sees anything; the connection is closed after it (page recalled)."""
    phrase = _PHRASES.get(status, "")
    page = f"<HTML><HEAD><TITLE>{phrase}</TITLE></HEAD><BODY><h2>{phrase}</h2></BODY></HTML>\r\n" if phrase else ""
    return response(
        status, now, page.encode(), "text/html; charset=us-ascii" if page else "", [("Connection", "close")]
    )
