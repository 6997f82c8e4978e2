"""A transport without `requests`, which is most of what a host costs when there are many.

It speaks HTTP and TLS with the standard library, and logs on with Basic, a certificate, or by what pyspnego speaks. It
sends what pywinrm's or pypsrp's transport would send with the same settings. What it cannot do it leaves to theirs:
`settings` names it.
"""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Iterator
from typing import BinaryIO

from . import soap
from .http_answer import Answer
from .logon import Logon
from .optional_imports import InvalidCredentialsError, WinRMTransportError
from .sealing import NotSealed, Seal
from .settings import NEGOTIATED, Settings
from .tls import channel_bindings, wrapped
from .wire import CancelToken, Wire

REFUSED = 400
UNAUTHORIZED = 401
REJECTED = "the specified credentials were rejected by the server"
"""pywinrm's words."""
NOT_OFFERED = "the server does not authenticate by "
UNSEALED = "the answer to a sealed message is not sealed, so anyone on the network may have written it"
PLAIN = "application/soap+xml;charset=UTF-8"
MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""In place of a logon, where the client's certificate is one (DSP0226, C.3.4)."""
MAX_LEGS = 8
"""Tokens that a logon may take; NTLM takes two, and Kerberos one."""


class FastTransport:
    """In place of a library's transport: as much of it as a Conversation and WinrmHost use. For one thread."""

    session = None
    """pywinrm's has the session of requests here."""

    def __init__(self, settings: Settings, cancel: CancelToken) -> None:
        self._settings = settings
        url = urllib.parse.urlsplit(settings.endpoint)
        self._tls = url.scheme == "https"
        self._hostname, self._port = url.hostname or "", url.port or (443 if self._tls else 80)
        self._head = (f"POST {url.path or '/'} HTTP/1.1", f"Host: {url.netloc}", "User-Agent: windefend.maps")
        self._negotiates = settings.method in NEGOTIATED
        self._logon = Logon(settings, self._hostname)
        self._fields = {} if self._negotiates else {"Authorization": _authorization(settings)}
        self._each = False
        """The service wants a logon for each message."""
        self._stream: BinaryIO | None = None
        self._seal: Seal | None = None
        """The context of the logon on this connection; messages are sealed with it only if the settings say so."""
        self.read_timeout_sec: float = settings.read_timeout
        self.wire = Wire(cancel)
        self.wire.connect_timeout = settings.connect_timeout

    def build_session(self) -> None:
        """Connects, and logs on where messages are sealed, unless that is done."""
        if self._stream is not None:
            return
        self.wire.begin(self.read_timeout_sec)
        sock = self.wire.connect(self._hostname, self._port)
        if self._tls:
            of = self._settings
            sock = wrapped(sock, self.wire, self._hostname, of.verify, of.certificate, of.key_password)
        self.wire.sock = sock
        self._stream = self.wire.stream(sock)
        if self._settings.seals:
            answer = self._log_on(b"")
            if answer.status >= REFUSED:
                self.close_session()
                raise WinRMTransportError("http", answer.status, soap.error(answer.body))

    def close_session(self) -> None:
        """Leaves the host; the next message connects again."""
        stream, self._stream, self._seal = self._stream, None, None
        self._logon.close()
        if stream is not None:
            stream.close()
            self.wire.sock.close()

    def send_message(self, message: str | bytes) -> bytes:
        """Sends an envelope and returns the answer's. Raises what pywinrm's transport raises, and OSError."""
        self.build_session()
        self.wire.begin(self.read_timeout_sec)  # before the sealing, which counts messages
        body = message.encode() if isinstance(message, str) else message
        seal = self._seal if self._settings.seals else None
        if seal is not None:
            kind, data = seal.wrap(body)
            answer = self._exchange(data, {"Content-Type": kind})
        elif self._negotiates and (self._seal is None or self._each):
            answer = self._log_on(body)
        else:
            answer = self._exchange(body, {"Content-Type": PLAIN, **self._fields})
            if answer.status == UNAUTHORIZED and self._negotiates and not answer.closes:
                self._each = True  # as HTTP.sys does for Kerberos, unless it is set otherwise
                answer = self._log_on(body)
        try:
            return opened(answer.status, answer.get("content-type"), answer.body, seal)
        except (NotSealed, soap.NotWsman):  # the context counts messages, so what follows would not be understood
            self.close_session()
            raise

    def _log_on(self, body: bytes) -> Answer:
        """The handshake, whose every leg carries the body: empty, where what follows can be sealed. The answer to the
        last leg. Raises InvalidCredentialsError."""
        try:
            seal, answer = self._handshake(body)
        except BaseException:
            self.close_session()
            raise
        self._seal = seal if seal.complete and self._stream is not None else None
        return answer

    def _handshake(self, body: bytes) -> tuple[Seal, Answer]:
        channel = channel_bindings(self.wire.sock) if self._tls and self._settings.binds_channel else None
        scheme, *others = self._settings.schemes
        seal, token = self._logon.begin(scheme, channel)
        answer = self._offer(scheme, token, body)
        challenge = _challenge(answer, scheme)
        other = next((one for one in others if challenge is None and _challenge(answer, one) is not None), "")
        if other:  # the service offers it under this name alone
            scheme = other
            seal, token = self._logon.begin(scheme, channel)
            answer = self._offer(scheme, token, body)
            challenge = _challenge(answer, scheme)
        for _leg in range(MAX_LEGS):
            if not challenge or seal.complete:
                break
            token = seal.step(challenge)
            if not token:
                break
            answer = self._offer(scheme, token, body)
            challenge = _challenge(answer, scheme)
        return seal, self._accepted(answer, seal)

    def _accepted(self, answer: Answer, seal: Seal) -> Answer:
        if answer.status == UNAUTHORIZED:
            raise InvalidCredentialsError(REJECTED)
        if not seal.complete and answer.status < REFUSED:
            raise InvalidCredentialsError(NOT_OFFERED + self._settings.method.replace("ntlm", "NTLM"))
        return answer

    def _offer(self, scheme: str, token: bytes, body: bytes) -> Answer:
        fields = {"Authorization": f"{scheme} {base64.b64encode(token).decode()}"}
        return self._exchange(body, {"Content-Type": PLAIN, **fields} if body else fields)

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


def _authorization(settings: Settings) -> str:
    """What each message carries. As requests writes it: Latin-1 where that is possible (RFC 7617 leaves it open)."""
    if settings.method == "certificate":
        return MUTUAL
    pair = f"{settings.username}:{settings.password}"
    try:
        raw = pair.encode("latin-1")
    except UnicodeEncodeError:
        raw = pair.encode()
    return f"Basic {base64.b64encode(raw).decode()}"
