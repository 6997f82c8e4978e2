"""Answers of HTTP/1.1: whole, in chunks, and those that are none."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import http_answer
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.http_answer import NoAnswer, read
from hypothesis import example, given, strategies as st


def test_an_answer_and_the_next_one() -> None:
    stream = io.BytesIO(
        b"HTTP/1.1 401 \r\nWWW-Authenticate: Negotiate\r\n"
        b'WWW-Authenticate: Basic realm="a"\r\nContent-Length: 0\r\n\r\n'
        b"HTTP/1.1 200 OK\r\nDate:Tue, 24 Nov 2026 12:00:00 GMT\r\ncontent-length:  3 \r\n\r\nabc"
    )
    first = read(stream)
    assert (first.status, first.all("www-authenticate"), first.body) == (401, ["Negotiate", 'Basic realm="a"'], b"")
    assert not first.closes
    second = read(stream)
    assert (second.status, second.get("date"), second.body) == (200, "Tue, 24 Nov 2026 12:00:00 GMT", b"abc")
    assert second.get("server") == ""


def test_chunks_with_extension_and_trailer() -> None:
    stream = io.BytesIO(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nrest"
    )
    assert read(stream).body == b"abc0123456789"
    assert stream.read() == b"rest"


def test_what_comes_before_the_answer_is_passed_over() -> None:
    answer = read(io.BytesIO(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"))
    assert (answer.status, answer.body, answer.closes) == (204, b"", False)
    hint = b"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: gzip\r\nLocation: /\r\n\r\n"
    assert read(io.BytesIO(hint + b"HTTP/1.1 204 No Content\r\n\r\n")).status == 204


@pytest.mark.parametrize(
    ("head", "closes"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
    ],
)
def test_whether_the_connection_ends(head: bytes, closes: bool) -> None:
    answer = read(io.BytesIO(head + b"x"))
    assert (answer.body, answer.closes) == (b"x", closes)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding:\r\nContent-Encoding: deflate\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: identity, br\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * http_answer.MAX_HEAD + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * http_answer.MAX_HEAD + b"\r\n",
    ],
)
def test_no_answer(data: bytes) -> None:
    with pytest.raises(NoAnswer):
        read(io.BytesIO(data))


@given(st.binary(max_size=200), st.integers(0, 200))
def test_a_cut_answer_is_never_taken_for_a_whole_one(body: bytes, cut: int) -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert read(io.BytesIO(whole)).body == body
    if cut < len(whole):
        with pytest.raises(NoAnswer):
            read(io.BytesIO(whole[:cut]))


PIECES = (
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 401 \r\n", b"HTTP/1.1 100 Continue\r\n", b"HTTP/1.1 302 Found\r\n"),
    *(b"Content-Length: 1\r\n", b"Content-Length: 0\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"),
    *(b"Date: now\r\n", b"X: " + b"y" * http_answer.KNOWN + b"\r\n", b"1\r\nz\r\n0\r\n", b"\r\n", b"\r\n", b"\n", b"x"),
)


def all_of(stream: BinaryIO) -> list[object]:
    """Every answer in a stream, and why there is no further one."""
    found: list[object] = []
    try:
        while True:
            found.append(read(stream))
    except NoAnswer as error:
        return [*found, str(error)]


@given(st.lists(st.sampled_from(PIECES)))
@example([b"HTTP/1.1 204 \n\n", b"HTTP/1.1 204 \r\n\r\n", b"HTTP/1.1 204 \r\n\r\n"])
def test_a_head_that_is_known_says_what_it_said_the_first_time(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    wanted = all_of(io.BytesIO(data))
    assert all_of(io.BufferedReader(io.BytesIO(data))) == wanted
    assert all_of(io.BufferedReader(Piecemeal(data))) == wanted


class Piecemeal(io.BytesIO):
    """Of which a reader gets little at a time, as from a socket."""

    def readinto(self, buffer: Any) -> int:
        found = self.read(min(len(buffer), 40))
        buffer[: len(found)] = found
        return len(found)


def test_long_heads_are_not_remembered() -> None:
    http_answer._known.cache_clear()
    for length in (10, http_answer.KNOWN):
        head = b"HTTP/1.1 204 No Content\r\nX: " + b"y" * length + b"\r\n\r\n"
        assert len(read(io.BufferedReader(io.BytesIO(head))).get("x")) == length
    assert http_answer._known.cache_info().currsize == 1
