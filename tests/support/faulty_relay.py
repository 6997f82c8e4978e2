"""A relay between a client and a served host that breaks one request, once: before it is carried out, or its answer.

Requests are counted over all connections, those of a handshake too, until the fault; then everything passes.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .hostile_server import message, whole


class Broken(Exception):
    """Both connections are to be given up."""


def _reset(client: socket.socket, _answer: bytes) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Broken


def _instead(answer: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda client, _answer: client.sendall(answer)


def _truncated(client: socket.socket, answer: bytes) -> None:
    client.sendall(answer[: len(answer) - max(1, len(answer) // 3)])
    raise Broken


def _stalled(client: socket.socket, _answer: bytes) -> None:
    """Says nothing until the client leaves."""
    client.settimeout(30)
    with contextlib.suppress(OSError):
        client.recv(1)
    raise Broken


PAGE = b"<html><body>The proxy could not handle the request.</body></html>"
FAULTS: dict[str, Callable[[socket.socket, bytes], None]] = {
    "reset before": _reset,
    "reset after": _reset,
    "500": _instead(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"),
    "503": _instead(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
    "401": _instead(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n"),
    "garbage": _instead(whole(PAGE, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")),
    "truncated": _truncated,
    "stalled": _stalled,
}
"""What comes instead of the answer; all but the first after the host carried the request out."""
BEFORE = "reset before"


@dataclass
class Relay:
    """Listens on a port of its own at `host`, or at `listens_at`, in front of `port` of that host."""

    host: str
    port: int
    fault: str = ""
    """One of FAULTS; empty: none."""
    at: int = 0
    """The number of the request that it meets, from 1."""
    requests: int = 0
    listens_at: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        where = self.listens_at or self.host
        family = socket.AF_INET6 if ":" in where else socket.AF_INET
        self._listener = socket.create_server((where, 0), family=family, backlog=20)
        self.listens_on = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Wakes the thread that accepts first: one that sleeps over a closed listener can wake over another's."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _unused = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, Broken), client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with (
                socket.create_connection((self.host, self.port)) as upstream,
                client.makefile("rb") as asked,
                upstream.makefile("rb") as answered,
            ):
                upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while request := message(asked):
                    self._pass_on(client, upstream, request, answered)

    def _pass_on(self, client: socket.socket, upstream: socket.socket, request: bytes, answered: object) -> None:
        with self._lock:
            self.requests += 1
            fault = self.fault if self.requests == self.at else ""
        if fault == BEFORE:
            _reset(client, b"")
        upstream.sendall(request)
        answer = message(answered)
        if not fault:
            client.sendall(answer)
        else:
            FAULTS[fault](client, answer)
