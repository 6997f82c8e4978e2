"""What a transport may take from a host: the deadline of each exchange, and the one TCP connection that it holds.

A time-out of a socket counts from each byte, so a host that sends one every three seconds never reaches it. Here a
deadline is set for connecting, sending and the whole answer together, and what is left of it is the socket's time-out
before each call.
"""

from __future__ import annotations

import contextlib
import io
import math
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from . import http_answer
from .answered import LOOKED_AT, is_wsman
from .host import Traffic
from .http_answer import Answer, NoAnswer
from .optional_imports import RequestsTimeout
from .traffic import bytes_of

PIECE = 16 * 1024
"""Bytes that are sent at a time, a record of TLS: a TLS socket of Python's has its time-out for each record."""


class TooLate(RequestsTimeout, TimeoutError):
    """The deadline of an exchange has passed. Ansible's connection knows the first of these classes."""


@dataclass
class CancelToken:
    """What whoever watches over a host sets, and its transports obey."""

    deadline: float | None = None
    """`time.monotonic()` after which no answer is waited for; None: none."""
    stopped: bool = False
    """The next request is refused, once: what follows is the cleaning up."""
    why_not: str = ""
    """What the lean transport could not do, so that the client library's own is used."""
    acquires: bool = False
    """The transport acquires a Kerberos ticket with the password, because kinit did not run."""
    proxy: str = ""
    """The controller's proxy that the last session goes through, in words; empty where there is none."""

    def remaining(self, otherwise: float) -> float:
        """Seconds that an answer may take. Raises TimeoutError, ConnectionAbortedError."""
        if self.stopped:
            self.stopped = False
            raise ConnectionAbortedError("the run was interrupted")
        if self.deadline is None:
            return otherwise
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time limit for this host has expired")
        return min(otherwise, left)


class Wire:
    """A transport's connection, and the deadline of its exchange. For one thread, but for `break_off`."""

    def __init__(self, cancel: CancelToken) -> None:
        self.cancel = cancel
        self.sock: Any = None
        """The socket that is open, or was the last."""
        self.heard: Callable[[Answer], None] | None = None
        """Called with each answer."""
        self.last: Answer | None = None
        """The last answer of who may be no WinRM service, with the beginning of its body."""
        self.connect_timeout = math.inf
        """Seconds that a connection may take to come about, where that is less than the exchange's."""
        self.requests = 0
        """How many were sent, over all connections."""
        self.failure: Exception | None = None
        """The bound that this exchange reached: the libraries in between wrap it, and its text is lost."""
        self._seconds = self._ends = 0.0
        self._came = 0

    def begin(self, otherwise: float) -> None:
        """Starts an exchange of at most so many seconds. Raises what the token does."""
        self._seconds = self.cancel.remaining(otherwise)
        self._ends = time.monotonic() + self._seconds
        self._came = 0
        self.failure = None

    def left(self) -> float:
        """Seconds that are left for the exchange. Raises TooLate."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self.late()
        return left

    def late(self, before: str = "") -> TooLate:
        """The error for an exchange whose time is over, or, `before` it began, that of its connection."""
        within = f"within {self._seconds:.3g} seconds (ansible_winrm_read_timeout_sec, or the rest of host_timeout)"
        said = f"the answer was not complete {within}, {self._came} bytes received" if self._came else ""
        if before and time.monotonic() < self._ends:
            said = f"no answer in time: {before}"
        self.failure = error = TooLate(said or f"no answer in time: nothing received {within}")
        return error

    def connect(self, hostname: str, port: int) -> socket.socket:
        """A TCP connection to one of the name's addresses, all within the exchange's time. Raises OSError."""
        error: OSError = OSError(f"{hostname} has no address")
        seconds = min(self.left(), self.connect_timeout)
        ends = time.monotonic() + seconds
        for family, kind, protocol, _name, address in socket.getaddrinfo(hostname, port, type=socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(max(0.001, min(self.left(), ends - time.monotonic())))  # 0 would not wait
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(self.left())  # for a handshake of TLS
                return sock
            except OSError as failed:
                sock.close()
                error = (
                    self.late(f"no connection within {seconds:.3g} seconds")
                    if isinstance(failed, TimeoutError)
                    else failed
                )
        raise error

    def send(self, sock: Any, data: bytes, send: Callable[[bytes], Any]) -> None:
        """Gives `send` the data in pieces, for each of which the socket has the time that is left. Raises OSError."""
        for start in range(0, len(data), PIECE):
            sock.settimeout(self.left())
            send(data[start : start + PIECE])

    def stream(self, sock: Any) -> BinaryIO:
        """What comes from a socket, for as long as the exchange may take."""
        return cast("BinaryIO", io.BufferedReader(_Timed(sock, self)))

    def answer(self, stream: BinaryIO) -> Answer:
        """The next answer. Raises NoAnswer, TooLate, OSError."""
        try:
            answer = http_answer.read(stream)
        except NoAnswer as error:
            self.failure = error
            raise
        self._came = 0
        self.last = None if is_wsman(answer) else replace(answer, body=answer.body[:LOOKED_AT])
        if self.heard is not None:
            self.heard(answer)
        return answer

    def break_off(self) -> None:
        """Ends the waiting of another thread in an exchange: it raises there."""
        if isinstance(self.sock, socket.socket):
            with contextlib.suppress(OSError):  # not the TLS socket's own: that one frees what the other thread uses
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def traffic(self) -> Traffic:
        """What the transport has cost: requests of all its connections, bytes of the one that is open."""
        counted = bytes_of(self.sock)
        return Traffic(self.requests, *counted) if counted else Traffic(self.requests)


class _Timed(io.RawIOBase):
    """A socket as a raw stream whose every read has what is left of the exchange's time."""

    def __init__(self, sock: Any, wire: Wire) -> None:
        self._sock = sock
        """By this name requests_ntlm and pywinrm look for the server's certificate."""
        self._raw = sock.makefile("rb", buffering=0)
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._wire.left())
        try:
            count = int(self._raw.readinto(buffer) or 0)
        except TimeoutError:
            raise self._wire.late() from None
        self._wire._came += count
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
