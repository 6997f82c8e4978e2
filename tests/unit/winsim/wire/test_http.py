"""The HTTP under it all: what is malformed ends the connection, and only that."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import logging
import socket
import ssl
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.wire.client import envelope
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import PASSWORD, USER, FakeHost
from ansible_collections.windefend.maps.winsim.wire import http as wire_http
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread
from ansible_collections.windefend.maps.winsim.wire.wsman import Service
from hypothesis import HealthCheck, given, settings, strategies as st

ADDRESS = "127.0.73.1"
BASIC = b"Authorization: Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode())
CREATE = envelope("Create", "<rsp:Shell/>")


@pytest.fixture(autouse=True)
def no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def exchange(server: Server, data: bytes, end: bool = True) -> bytes:
    """Everything that the server answers to these bytes until it closes the connection."""
    with socket.create_connection((ADDRESS, server.port), timeout=20) as sock:
        sock.sendall(data)
        if end:
            sock.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := sock.recv(65536):
                answer += part
        except ConnectionResetError:
            # The server closed with bytes of ours unread.
            pass
        return answer


def post(*fields: bytes, body: bytes = CREATE, target: bytes = b"/wsman", version: bytes = b"1.1") -> bytes:
    lines = [b"POST %s HTTP/%s" % (target, version), b"Host: h", BASIC, *fields, b"", body]
    return b"\r\n".join(lines)


def length(body: bytes = CREATE) -> bytes:
    return b"Content-Length: %d" % len(body)


def test_requests_in_one_go_are_answered_in_order(server: Server) -> None:
    answers = exchange(server, post(length()) * 3 + b"\r\n" + post(length(b"bad"), body=b"bad") + post(length()))
    statuses = [line.split()[1] for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    found = [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert found == [b"200", b"200", b"200", b"500", b"200"]
    assert statuses[0] == b"200"
    assert len(server.shells(ADDRESS)) == 4


def test_headers_of_an_answer(server: Server) -> None:
    head = exchange(server, post(length())).split(b"\r\n\r\n")[0].split(b"\r\n")
    assert head[:4] == [
        b"HTTP/1.1 200 ",
        b"Content-Type: application/soap+xml;charset=UTF-8",
        b"Server: Microsoft-HTTPAPI/2.0",
        b"Date: Tue, 24 Nov 2026 12:00:00 GMT",
    ]


@pytest.mark.parametrize("hello", [b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"\x80\x2e\x01\x03\x01"])
def test_tls_on_the_plain_port_is_answered_at_once(server: Server, hello: bytes) -> None:
    """The client keeps its side open and waits, as one does that shakes hands."""
    assert exchange(server, hello + b"a" * 500, end=False).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_client_of_tls_says_what_is_wrong(server: Server) -> None:
    context = ssl.create_default_context()
    with socket.create_connection((ADDRESS, server.port), timeout=20) as sock, pytest.raises(ssl.SSLError):
        context.wrap_socket(sock, server_hostname="h")


def test_chunks_are_put_together(server: Server) -> None:
    middle = len(CREATE) // 2
    chunks = b"".join(b"%X;x=y\r\n%s\r\n" % (len(part), part) for part in (CREATE[:middle], CREATE[middle:]))
    answer = exchange(server, post(b"Transfer-Encoding: chunked", body=chunks + b"0\r\nT: x\r\n\r\n" + post(length())))
    assert answer.count(b"HTTP/1.1 200 ") == 2


def test_expectation_is_answered_before_the_body_comes(server: Server) -> None:
    with socket.create_connection((ADDRESS, server.port), timeout=20) as sock:
        sock.sendall(post(length(), b"Expect: 100-continue", body=b""))
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(CREATE)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\r\n\r\n\r\n\r\nGET\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\n", 400),
        (b"post /wsman HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"no end of the head", 400),
        (b"POST /wsman HTTP/1.1\r\nA: " + b"a" * 40_000 + b"\r\n\r\n", 400),
        (post(b"no colon", length()), 400),
        (post(b" folded: x", length()), 400),
        (post(b"A : x", length()), 400),
        (post(b"Content-Length: -1"), 400),
        (post(b"Content-Length: 1x"), 400),
        (post(length(), length()), 400),
        (post(length(), b"Transfer-Encoding: chunked"), 400),
        (post(b"Transfer-Encoding: gzip"), 400),
        (post(b"Transfer-Encoding: chunked", body=b"x\r\n"), 400),
        (post(b"Transfer-Encoding: chunked", body=b"1\r\nabc\r\n"), 400),
        (post(b"Transfer-Encoding: chunked", body=b"0\r\n" + b"T: x\r\n" * 9000 + b"\r\n"), 400),
        (post(b"Transfer-Encoding: chunked", body=b"FFFFFFF\r\n"), 413),
        (post(b"Content-Length: 99999999"), 413),
        (post(), 411),
        (post(length(), target=b"/"), 404),
        (b"GET /wsman HTTP/1.1\r\n\r\n", 405),
        (b"OPTIONS /wsman HTTP/1.1\r\n\r\n", 405),
    ],
)
def test_a_malformed_request_is_refused_and_ends_the_connection(server: Server, data: bytes, status: int) -> None:
    answer = exchange(server, data + post(length()))
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close\r\n" in answer
    assert server.shells(ADDRESS) == []


def test_a_request_cut_short_does_nothing(server: Server) -> None:
    assert exchange(server, post(length(), body=CREATE[:-1])) == b""
    assert exchange(server, b"") == b""
    assert server.shells(ADDRESS) == []


@pytest.mark.parametrize(
    "data",
    [post(length(), version=b"1.0"), post(length(), b"Connection: keep-alive, Close")],
)
def test_a_connection_that_shall_end_ends(server: Server, data: bytes) -> None:
    assert exchange(server, data + data, end=False).count(b"HTTP/1.1 200 ") == 1


def test_sealed_garbage_without_a_handshake(server: Server) -> None:
    kind = b'Content-Type: multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted"'
    assert exchange(server, post(kind, length())).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "value", ["Basic", "Basic !", "Basic eA==", "Negotiate", "Negotiate eA==", "NTLM eA==", "", "x y"]
)
def test_nonsense_for_an_authorization(server: Server, value: str) -> None:
    connection = http.client.HTTPConnection(ADDRESS, server.port, timeout=20)
    for _unused in range(2):
        connection.request("POST", "/wsman", CREATE, {"Authorization": value})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 401
        assert answer.headers.get_all("WWW-Authenticate") == ["Negotiate", 'Basic realm="WSMAN"']


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.from_regex(rb"\A[A-Z]{1,5} /[a-z]{0,9} HTTP/1\.[019](\r\n[^\n]{0,20}){0,6}\Z"))
def test_any_bytes_are_a_head_or_a_bad_request(data: bytes) -> None:
    with contextlib.suppress(wire_http.BadRequest):
        head = wire_http.parse_head(data)
        assert head.length is None or head.length >= 0


@pytest.fixture(scope="module")
def lasting() -> Iterator[Server]:
    host = FakeHost()
    with serve_in_thread({ADDRESS: host}) as server:
        yield server


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"\r\n", b"\r\n\r\n", b"POST /wsman HTTP/1.1", length()])))
def test_any_bytes_on_the_wire_neither_hang_nor_break_the_server(lasting: Server, parts: list[bytes]) -> None:
    answer = exchange(lasting, b"".join(parts))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                *(f"<{mark}rsp:{name}>" for mark in ("", "/") for name in ("Shell", "Command", "Send", "Stream")),
                "<rsp:Stream CommandId='x' Name='stdin' End='1'/>",
                "<![CDATA[",
                "]]>",
                "&amp;",
                "&x;",
                "\x00",
                "é",
            ]
        )
    ).map("".join),
    st.sampled_from(["Create", "Command", "Send", "Receive", "Signal", "Delete", "x", ""]),
    st.text(max_size=40),
)
def test_any_body_is_answered(body: str, action: str, shell: str) -> None:
    data = envelope(action, body, shell).decode().encode("utf-8", "replace")
    answered(data)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_for_xml_are_answered(data: bytes) -> None:
    answered(data)


def answered(data: bytes) -> None:
    """The dispatcher gives an envelope for `data` whatever it is."""
    with ThreadPoolExecutor(1) as pool:
        service = Service(FakeHost(), pool)
        status, answer = asyncio.run(service.answer(data, USER, "127.0.0.1", ADDRESS))
    assert status in (200, 500)
    assert ET.fromstring(answer).tag.endswith("Envelope")  # noqa: S314
