"""A transport for pywinrm's Protocol without `requests`, which is most of what a host costs when there are many.

It speaks HTTP with the standard library and NTLM with pyspnego (or Basic), as pywinrm's own transport would with the
same settings. What it cannot do it leaves to pywinrm: `why_not` names it.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import os
import re
import socket
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from . import http_answer
from .host import Traffic
from .http_answer import Answer
from .libraries import InvalidCredentialsError, WinRMTransportError
from .sealing import CONTENT_TYPE, PROTOCOL, Seal
from .traffic import bytes_of

REFUSED = 400
UNAUTHORIZED = 401
REJECTED = "the specified credentials were rejected by the server"
"""pywinrm's words."""
PLAIN = "application/soap+xml;charset=UTF-8"
BASIC = ("basic", "plaintext")
"""What pywinrm calls Basic over http; `ssl` is the same over https."""
_CHALLENGE = re.compile(r"(?:^|,)\s*(Negotiate|NTLM)(?:\s+([A-Za-z0-9+/=]+))?\s*(?=,|$)", re.IGNORECASE)


def why_not(settings: Any) -> str:
    """What of the settings of a winrm.transport.Transport this one cannot do; empty when it can do them all."""
    url = urllib.parse.urlsplit(settings.endpoint)
    if url.scheme != "http":
        return "TLS"
    if settings.auth_method not in ("ntlm", *BASIC):
        return f"{settings.auth_method} authentication"
    if settings.auth_method == "ntlm" and not (settings.username and settings.password):
        return "credentials from a cache"
    if settings.auth_method in BASIC and settings.message_encryption == "always":
        return "message_encryption: always"  # pywinrm says why that is impossible
    if _proxy(settings, url.hostname or ""):
        return "a proxy"
    return ""


def _proxy(settings: Any, hostname: str) -> bool:
    if settings.proxy is None:
        return False
    if settings.proxy != "legacy_requests":
        return True
    known = _proxies_known(*map(os.environ.get, _PROXY_VARIABLES))
    return bool(known.get("http") or known.get("all")) and not urllib.request.proxy_bypass(hostname)


_PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "REQUEST_METHOD")


@functools.lru_cache(maxsize=8)
def _proxies_known(*_variables: str | None) -> dict[str, str]:
    """What the standard library finds: it looks at every variable of the environment, and so for every host."""
    return urllib.request.getproxies()


@dataclass
class Leash:
    """What whoever watches over a host sets, and its transports obey."""

    deadline: float | None = None
    """`time.monotonic()` after which no answer is waited for; None: none."""
    stopped: bool = False
    """The next request is refused, once: what follows is the cleaning up."""
    why_not: str = ""
    """What the lean transport could not do, so that pywinrm's own is used."""

    def remaining(self, otherwise: float) -> float:
        """Seconds that an answer may take. Raises TimeoutError, ConnectionAbortedError."""
        if self.stopped:
            self.stopped = False
            raise ConnectionAbortedError("the run was interrupted")
        if self.deadline is None:
            return otherwise
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this host is over")
        return min(otherwise, left)


class LeanTransport:
    """In place of a winrm.transport.Transport: as much of it as Protocol and WinrmHost use. For one thread."""

    session = None
    """pywinrm's has the session of requests here."""

    def __init__(self, settings: Any, leash: Leash) -> None:
        """`settings` is the winrm.transport.Transport that pywinrm made; `why_not` must have nothing against it."""
        self._settings = settings
        self._leash = leash
        url = urllib.parse.urlsplit(settings.endpoint)
        self._hostname, self._port = url.hostname or "", url.port or 80
        self._head = (f"POST {url.path or '/'} HTTP/1.1", f"Host: {url.netloc}", "User-Agent: windefend.maps")
        self._sock: socket.socket | None = None
        self._stream: BinaryIO | None = None
        self._seal: Seal | None = None
        self._requests = 0
        self.read_timeout_sec: float = settings.read_timeout_sec
        self.heard: Callable[[Answer], None] | None = None
        """Called with each answer."""

    def build_session(self) -> None:
        """Connects and authenticates, unless that is done."""
        if self._sock is not None:
            return
        wait = self._leash.remaining(self.read_timeout_sec)
        self._sock = socket.create_connection((self._hostname, self._port), wait)
        try:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = self._sock.makefile("rb")
            if self._settings.auth_method == "ntlm":
                self._authenticate()
        except BaseException:
            self.close_session()
            raise

    def close_session(self) -> None:
        """Leaves the host; the next message connects again."""
        stream, sock = self._stream, self._sock
        self._stream = self._sock = self._seal = None
        for one in (stream, sock):
            if one is not None:
                one.close()

    def break_off(self) -> None:
        """Ends the waiting of another thread in `send_message`: it raises there."""
        sock = self._sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def send_message(self, message: str | bytes) -> bytes:
        """Sends an envelope and returns the answer's. Raises what pywinrm's transport raises, and OSError."""
        self.build_session()
        wait = self._leash.remaining(self.read_timeout_sec)  # before the sealing, which counts messages
        body = message.encode() if isinstance(message, str) else message
        seal = self._seal if self._settings.message_encryption != "never" else None
        fields = {"Content-Type": CONTENT_TYPE if seal else PLAIN}
        if seal is None and self._settings.auth_method in BASIC:
            fields["Authorization"] = _basic(self._settings.username, self._settings.password)
        answer = self._exchange(seal.wrap(body) if seal else body, fields, wait)
        if answer.status == UNAUTHORIZED:
            raise InvalidCredentialsError(REJECTED)
        data = answer.body
        if seal is not None and PROTOCOL.decode() in answer.get("content-type"):
            data = seal.unwrap(data)
        if answer.status >= REFUSED:
            raise WinRMTransportError("http", answer.status, data.decode(errors="replace"))
        return data

    def traffic(self) -> Traffic:
        """What this transport has cost: requests of all its connections, bytes of the one that is open."""
        counted = bytes_of(self._sock)
        return Traffic(self._requests, *counted) if counted else Traffic(self._requests)

    def _authenticate(self) -> None:
        """The handshake with empty bodies: what follows can be sealed. Raises InvalidCredentialsError."""
        scheme = "Negotiate"
        seal = Seal(self._settings.username, self._settings.password, self._hostname)
        answer = self._offer(scheme, seal.step())
        challenge = _challenge(answer, scheme)
        if challenge is None and _challenge(answer, "NTLM") is not None:
            scheme = "NTLM"  # the service offers it under its own name alone
            seal = Seal(self._settings.username, self._settings.password, self._hostname)
            answer = self._offer(scheme, seal.step())
            challenge = _challenge(answer, scheme)
        if answer.status == UNAUTHORIZED and challenge:
            answer = self._offer(scheme, seal.step(challenge))
        if answer.status == UNAUTHORIZED:
            raise InvalidCredentialsError(REJECTED)
        if answer.status >= REFUSED:
            raise WinRMTransportError("http", answer.status, "")
        if not seal.complete:
            raise InvalidCredentialsError("the server does not authenticate by NTLM")
        self._seal = seal

    def _offer(self, scheme: str, token: bytes) -> Answer:
        fields = {"Authorization": f"{scheme} {base64.b64encode(token).decode()}"}
        return self._exchange(b"", fields, self._leash.remaining(self.read_timeout_sec))

    def _exchange(self, body: bytes, fields: dict[str, str], wait: float) -> Answer:
        if self._sock is None or self._stream is None:  # a new connection would not be authenticated
            raise ConnectionAbortedError("the server closed the connection")
        self._sock.settimeout(wait)
        self._requests += 1
        lines = [*self._head, *(f"{name}: {value}" for name, value in fields.items()), f"Content-Length: {len(body)}"]
        self._sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        answer = http_answer.read(self._stream)
        if answer.closes:
            self.close_session()
        if self.heard is not None:
            self.heard(answer)
        return answer


def _challenge(answer: Answer, scheme: str) -> bytes | None:
    """The token that a service sent under a scheme: empty when it offers the scheme alone, None when not even that."""
    for field in answer.all("www-authenticate"):
        for offered, token in _CHALLENGE.findall(field):
            if offered.lower() == scheme.lower():
                return base64.b64decode(token)
    return None


def _basic(username: str, password: str) -> str:
    """As requests writes it: Latin-1 where that is possible (RFC 7617 leaves it open)."""
    pair = f"{username}:{password}"
    try:
        raw = pair.encode("latin-1")
    except UnicodeEncodeError:
        raw = pair.encode()
    return f"Basic {base64.b64encode(raw).decode()}"
