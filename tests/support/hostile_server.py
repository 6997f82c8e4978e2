"""Servers that answer as no WinRM service does: each listens on a port of its own and knows one trick.

A trick is a function that gets the connection and the number of the request on it. It runs before any logon, or, with
`after_logon`, on the first Receive: until then the server speaks Basic and answers Create and Command as it should.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import gzip
import pathlib
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Trick = Callable[["Server", socket.socket], None]
HOST = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"'
    ' xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Body>{}</s:Body></s:Envelope>'
)
CREATED = ENVELOPE.format('<w:Selector Name="ShellId">11111111-2222-3333-4444-555555555555</w:Selector>')
STARTED = ENVELOPE.format("<rsp:CommandId>AAAAAAAA-2222-3333-4444-555555555555</rsp:CommandId>")
TIMED_OUT = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Detail><f:WSManFault '
    'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="2150858793"/></s:Detail></s:Fault></s:Body>'
    "</s:Envelope>"
)
PAUSE = 0.1
"""Seconds between two bytes of a drip."""


def whole(body: bytes, head: bytes = OK) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def output(name: str, data: bytes) -> bytes:
    """A ReceiveResponse of a command that runs on."""
    text = base64.b64encode(data).decode()
    return whole(ENVELOPE.format(f'<rsp:Stream Name="{name}" CommandId="A">{text}</rsp:Stream>').encode())


def once(answer: bytes) -> Trick:
    """One answer for each request."""
    return lambda server, sock: sock.sendall(answer)


def for_ever(begin: bytes, again: bytes, pause: float = 0.0) -> Trick:
    """Goes on until the client leaves or the server is closed; at most 1 GB, so that nothing is filled for ever."""

    def trick(server: Server, sock: socket.socket) -> None:
        sock.sendall(begin)
        for _unused in range(2**30 // len(again)):
            sock.sendall(again)
            if server.closed.wait(pause) if pause else server.closed.is_set():
                return

    return trick


def silent(begin: bytes = b"") -> Trick:
    def trick(server: Server, sock: socket.socket) -> None:
        sock.sendall(begin)
        server.closed.wait(60)

    return trick


def cut(answer: bytes) -> Trick:
    def trick(server: Server, sock: socket.socket) -> None:
        sock.sendall(answer)
        raise ConnectionAbortedError

    return trick


def tunnel(tls: ssl.SSLContext, answer: bytes) -> Trick:
    """A proxy that answers CONNECT, and then plays the host behind it."""

    def trick(server: Server, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(sock, server_side=True) as wrapped, wrapped.makefile("rb") as stream:
            while message(stream):
                wrapped.sendall(answer)

    return trick


def relay(address: tuple[str, int], passed: int, trick: Trick) -> Trick:
    """A host on whose first so many requests of a connection a real one answers, with its whole logon."""
    upstreams: weakref.WeakKeyDictionary[socket.socket, list[socket.socket]] = weakref.WeakKeyDictionary()

    def play(server: Server, sock: socket.socket) -> None:
        used = upstreams.setdefault(sock, [])
        if len(used) >= passed:
            trick(server, sock)
            return
        used.append(used[0] if used else socket.create_connection(address))
        used[0].sendall(server.last)
        with used[0].makefile("rb") as stream:
            sock.sendall(message(stream))

    return play


def redirect(status: int, where: str = "http://{trap}/internal/api") -> Trick:
    def trick(server: Server, sock: socket.socket) -> None:
        location = where.format(trap=f"{HOST}:{server.trap}")
        sock.sendall(b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location.encode()))

    return trick


UNAUTHORIZED = b"HTTP/1.1 401 \r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "%s">]><a>%s</a>' % (b"c" * 9999, b"&b;" * 9999)
NO_LOGON = "does not authenticate by"
NO_NTLM = f"{NO_LOGON} (?:NTLM|negotiate)"
"""Said of an answer that comes instead of a challenge: it is not looked at any further."""
NO_END = "did not finish within|not finished within"
TRICKS: dict[str, tuple[Trick, str]] = {
    "drip-head": (for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"a", PAUSE), "not complete within"),
    "drip-body": (for_ever(OK + b"Content-Length: 9000\r\n\r\n", b"a", PAUSE), "not complete within"),
    "silent": (silent(), "no answer in time"),
    "half-head": (silent(b"HTTP/1.1 200 OK\r\nDate: Tue"), "not complete within"),
    "no-end": (silent(OK + b"Content-Length: 9\r\n\r\nabc"), "not complete within"),
    "big": (for_ever(OK + b"Content-Length: 2900000000\r\n\r\n", b"a" * 65536), "larger than"),
    "big-undeclared": (for_ever(OK + b"\r\n", b"a" * 65536), "larger than"),
    "big-chunks": (for_ever(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"), "larger than"),
    "small-chunks": (for_ever(CHUNKED, b"1\r\na\r\n" * 10000), "chunks"),
    "gzip": (once(whole(gzip.compress(bytes(10**8)), OK + b"Content-Encoding: gzip\r\n")), "content encoding 'gzip'"),
    "endless-100": (for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "interim answers"),
    "many-headers": (for_ever(OK, b"X: y\r\n" * 1000), "headers"),
    "long-header": (for_ever(OK + b"X: ", b"a" * 65536), "a header of more than"),
    "blanks": (once(OK + b"A:" + b" " * 6000 + b"\rX\r\n\r\n"), "header"),
    "long-reason": (for_ever(b"HTTP/1.1 200 ", b"O" * 65536), "first line"),
    "too-short": (cut(OK + b"Content-Length: 9\r\n\r\nabc"), "closed in the middle"),
    "negative-length": (once(OK + b"Content-Length: -1\r\n\r\n"), "not a number"),
    "two-lengths": (once(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "not a number"),
    "garbage": (once(bytes(range(256)) * 10), "starts with"),
    "http-0.9": (cut(b"<html>It works!</html>"), "starts with"),
    "closes": (cut(b""), "closed without an answer"),
    "commas": (
        once(whole(b"", UNAUTHORIZED + b"WWW-Authenticate: %s\r\n" % (b"," * 60000))),
        f"credentials|{NO_LOGON}",
    ),
    "deep-xml": (once(whole(b"<a>" * 300_000)), f"elements|not sealed|{NO_NTLM}"),
    "entities": (once(whole(ENTITIES)), f"document type|not sealed|{NO_NTLM}"),
    **{f"redirect-{status}": (redirect(status), "it redirected to") for status in (301, 302, 303, 307, 308)},
    "redirect-relative": (redirect(307, "/internal/api"), "it redirected to"),
}
"""What a server does before any logon, and a pattern of what is said of it."""
RECEIVED: dict[str, tuple[Trick, str]] = {
    **{
        f"then-{name}": TRICKS[name]
        for name in ("drip-body", "big-chunks", "gzip", "redirect-307", "deep-xml", "entities", "blanks")
    },
    "then-nothing": (once(whole(ENVELOPE.format("").encode())), NO_END),
    "then-timed-out": (once(whole(TIMED_OUT.encode(), b"HTTP/1.1 500 \r\n")), NO_END),
    "then-a-byte": (once(output("stdout", b"a")), NO_END),
    "then-exit-code": (
        once(
            whole(
                ENVELOPE.format(
                    f'<rsp:CommandState State="x/Done"><rsp:ExitCode>{"9" * 5000}</rsp:ExitCode></rsp:CommandState>'
                ).encode()
            )
        ),
        "exit code",
    ),
}
"""The same for what it does when it is asked for output."""
FLOODS: dict[str, Trick] = {
    f"then-floods-{name}": once(output(name, b"a" * 100_000)) for name in ("stdout", "stderr", "other")
}
"""Servers whose commands say more than is taken; that it was cut is no failure of the connection."""


@dataclass
class Server:
    """A hostile server."""

    trick: Trick
    after_logon: bool
    trap: int
    tls: ssl.SSLContext | None
    closed: threading.Event = field(default_factory=threading.Event)
    requests: int = 0
    last: bytes = b""
    """The request that is answered."""

    def __post_init__(self) -> None:
        self._listener = socket.create_server((HOST, 0), backlog=50)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self.closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _unused = self._listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(60)
        with contextlib.suppress(OSError), sock:
            if self.tls is None:
                self._answer(sock)
            else:
                with self.tls.wrap_socket(sock, server_side=True) as wrapped:
                    self._answer(wrapped)

    def _answer(self, sock: socket.socket) -> None:
        with sock.makefile("rb") as stream:
            while request := message(stream):
                self.requests += 1
                self.last = request
                if not self.after_logon or b"shell/Receive" in request:
                    self.trick(self, sock)
                elif b"Authorization: Basic" not in request:
                    sock.sendall(whole(b"", UNAUTHORIZED + b'WWW-Authenticate: Basic realm="WSMAN"\r\n'))
                else:
                    body = CREATED if b"transfer/Create" in request else STARTED
                    sock.sendall(whole(body.encode()))


def message(stream: object) -> bytes:
    """A request or an answer with a length, whole; empty at the end."""
    head = b""
    while (line := stream.readline()) not in (b"\r\n", b""):  # type: ignore[attr-defined]
        head += line
    lengths = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    body = stream.read(*lengths) if lengths else b""  # type: ignore[attr-defined]
    return head + b"\r\n" + body if head else b""


@contextlib.contextmanager
def hostile(
    tricks: dict[str, Trick], after_logon: bool = False, tls: ssl.SSLContext | None = None, trap: int = 0
) -> Iterator[dict[str, Server]]:
    """A server for each trick, by its name."""
    servers = {name: Server(trick, after_logon, trap, tls) for name, trick in tricks.items()}
    try:
        yield servers
    finally:
        for server in servers.values():
            server.close()


def self_signed(folder: pathlib.Path) -> ssl.SSLContext:
    """A server's TLS with a certificate that is in no trust store."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hostile")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "hostile.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "hostile.pem")
    return context
