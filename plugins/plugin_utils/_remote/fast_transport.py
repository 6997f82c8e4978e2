"""A transport for pywinrm's Protocol without `requests`, which is most of what a host costs when there are many.

It speaks HTTP with the standard library and NTLM with pyspnego (or Basic), as pywinrm's own transport would with the
same settings. What it cannot do it leaves to pywinrm: `unsupported_reason` names it.
"""

from __future__ import annotations

import base64
import functools
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any, BinaryIO

from . import soap
from .http_answer import Answer
from .optional_imports import InvalidCredentialsError, WinRMTransportError
from .sealing import NotSealed, Seal, ntlm
from .wire import CancelToken, Wire

REFUSED = 400
UNAUTHORIZED = 401
REJECTED = "the specified credentials were rejected by the server"
"""pywinrm's words."""
NO_NTLM = "the server does not authenticate by NTLM"
UNSEALED = "the answer to a sealed message is not sealed, so anyone on the network may have written it"
PLAIN = "application/soap+xml;charset=UTF-8"
BASIC = ("basic", "plaintext")
"""What pywinrm calls Basic over http; `ssl` is the same over https."""


def unsupported_reason(settings: Any) -> str:
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


class FastTransport:
    """In place of a winrm.transport.Transport: as much of it as Protocol and WinrmHost use. For one thread."""

    session = None
    """pywinrm's has the session of requests here."""

    def __init__(self, settings: Any, cancel: CancelToken) -> None:
        """`settings` is the winrm.transport.Transport that pywinrm made, for which `unsupported_reason` is empty."""
        self._settings = settings
        url = urllib.parse.urlsplit(settings.endpoint)
        self._hostname, self._port = url.hostname or "", url.port or 80
        self._head = (f"POST {url.path or '/'} HTTP/1.1", f"Host: {url.netloc}", "User-Agent: windefend.maps")
        self._stream: BinaryIO | None = None
        self._seal: Seal | None = None
        self.read_timeout_sec: float = settings.read_timeout_sec
        self.wire = Wire(cancel)

    def build_session(self) -> None:
        """Connects and authenticates, unless that is done."""
        if self._stream is not None:
            return
        self.wire.begin(self.read_timeout_sec)
        self.wire.sock = self.wire.connect(self._hostname, self._port)
        self._stream = self.wire.stream(self.wire.sock)
        if self._settings.auth_method == "ntlm":
            try:
                self._authenticate()
            except BaseException:
                self.close_session()
                raise

    def close_session(self) -> None:
        """Leaves the host; the next message connects again."""
        stream, self._stream, self._seal = self._stream, None, None
        if stream is not None:
            stream.close()
            self.wire.sock.close()

    def send_message(self, message: str | bytes) -> bytes:
        """Sends an envelope and returns the answer's. Raises what pywinrm's transport raises, and OSError."""
        self.build_session()
        self.wire.begin(self.read_timeout_sec)  # before the sealing, which counts messages
        body = message.encode() if isinstance(message, str) else message
        seal = self._seal if self._settings.message_encryption != "never" else None
        kind, data = seal.wrap(body) if seal else (PLAIN, body)
        fields = {"Content-Type": kind}
        if seal is None and self._settings.auth_method in BASIC:
            fields["Authorization"] = _basic(self._settings.username, self._settings.password)
        answer = self._exchange(data, fields)
        return opened(answer.status, answer.get("content-type"), answer.body, seal)

    def _authenticate(self) -> None:
        """The handshake with empty bodies: what follows can be sealed. Raises InvalidCredentialsError."""
        scheme = "Negotiate"
        seal = ntlm(self._settings.username, self._settings.password, self._hostname)
        answer = self._offer(scheme, seal.step())
        challenge = _challenge(answer, scheme)
        if challenge is None and _challenge(answer, "NTLM") is not None:
            scheme = "NTLM"  # the service offers it under its own name alone
            seal = ntlm(self._settings.username, self._settings.password, self._hostname)
            answer = self._offer(scheme, seal.step())
            challenge = _challenge(answer, scheme)
        if answer.status == UNAUTHORIZED and challenge:
            answer = self._offer(scheme, seal.step(challenge))
        if answer.status == UNAUTHORIZED:
            raise InvalidCredentialsError(REJECTED)
        if answer.status >= REFUSED:
            raise WinRMTransportError("http", answer.status, soap.error(answer.body))
        if not seal.complete:
            raise InvalidCredentialsError(NO_NTLM)
        self._seal = seal

    def _offer(self, scheme: str, token: bytes) -> Answer:
        fields = {"Authorization": f"{scheme} {base64.b64encode(token).decode()}"}
        return self._exchange(b"", fields)

    def _exchange(self, body: bytes, fields: dict[str, str]) -> Answer:
        if self._stream is None:  # a new connection would not be authenticated
            raise ConnectionAbortedError("the server closed the connection")
        self.wire.requests += 1
        lines = [*self._head, *(f"{name}: {value}" for name, value in fields.items()), f"Content-Length: {len(body)}"]
        try:
            sock = self.wire.sock
            self.wire.send(sock, "\r\n".join([*lines, "", ""]).encode("latin-1") + body, sock.sendall)
            answer = self.wire.answer(self._stream)
        except BaseException:  # the rest of an answer must not be taken for the next one
            self.close_session()
            raise
        if answer.closes:
            self.close_session()
        return answer


def opened(status: int, kind: str, body: bytes, seal: Seal | None) -> bytes:
    """The envelope in an answer, which may be parsed. Raises InvalidCredentialsError, WinRMTransportError, NotSealed,
    NotWsman."""
    if status == UNAUTHORIZED:
        raise InvalidCredentialsError(REJECTED)
    if seal is not None and seal.sealed(kind):
        body = seal.unwrap(body)
    elif seal is not None and status < REFUSED:
        raise NotSealed(UNSEALED)
    if status >= REFUSED:
        raise WinRMTransportError("http", status, soap.error(body))
    return soap.envelope(body)


def _challenge(answer: Answer, scheme: str) -> bytes | None:
    """The token that a service sent under a scheme: empty when it offers the scheme alone, None when not even that."""
    for offered, token in challenges(answer.all("www-authenticate")):
        if offered.lower() == scheme.lower():
            return base64.b64decode(token)
    return None


def challenges(fields: list[str]) -> Iterator[tuple[str, str]]:
    """The schemes that WWW-Authenticate headers offer, each with its token: the form that Windows' schemes have."""
    for one in ",".join(fields).split(","):
        scheme, _blank, token = one.strip().partition(" ")
        yield scheme, token.strip()


def _basic(username: str, password: str) -> str:
    """As requests writes it: Latin-1 where that is possible (RFC 7617 leaves it open)."""
    pair = f"{username}:{password}"
    try:
        raw = pair.encode("latin-1")
    except UnicodeEncodeError:
        raw = pair.encode()
    return f"Basic {base64.b64encode(raw).decode()}"
