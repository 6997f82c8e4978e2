"""pywinrm's own transport within the bounds of the lean one: for TLS, Kerberos, CredSSP, certificates and proxies.

Authentication, TLS and proxies stay those of `requests` and what is built on it. The answers are read by `http_answer`
over a `Wire`, so both transports obey the same bounds, and refuse the same with the same words. The libraries get to
parse only what they need: one of pywinrm's patterns for Kerberos takes exponential time on a header of commas.
"""

from __future__ import annotations

import http.client
import io
import types
from typing import Any, BinaryIO

from . import soap
from .fast_transport import NOT_OFFERED, challenges
from .http_answer import Answer
from .optional_imports import (
    HTTPAdapter,
    InvalidCredentialsError,
    NewConnectionError,
    RequestException,
    RequestsTimeout,
    Transport,
    WinRMTransportError,
    select_proxy,
)
from .wire import CancelToken, Wire

_SCHEMES = {
    "kerberos": ("negotiate",),
    "ntlm": ("ntlm", "negotiate"),
    "credssp": ("credssp",),
}
"""Of what a server offers, what the library for a method of authentication looks for."""
_OFFERS = ("www-authenticate", "proxy-authenticate")
_FRAMING = ("content-length", "transfer-encoding", "content-encoding", "connection", "set-cookie", "set-cookie2")
"""Headers that say how a body was sent, which it is no more; urllib3 would inflate one that calls itself identity. And
cookies, which no WinRM service has."""


class BoundedTransport(Transport):  # type: ignore[misc]
    """In place of the winrm.transport.Transport that a Protocol made; for one thread."""

    def __init__(self, made: Any, cancel: CancelToken) -> None:
        """`made` is pywinrm's transport, which is not used any more."""
        self.__dict__.update(vars(made))
        self.wire = Wire(cancel)

    def build_session(self) -> Any:
        """See Transport.build_session."""
        session = super().build_session()
        session.trust_env = False  # .netrc is not read; proxies of the environment are in the session already
        return session

    def setup_encryption(self, session: Any) -> None:
        """See Transport.setup_encryption. Raises InvalidCredentialsError where no handshake came about."""
        try:
            super().setup_encryption(session)
            if self.auth_method == "ntlm" and getattr(session.auth, "session_security", None) is None:
                raise InvalidCredentialsError(f"{NOT_OFFERED}NTLM")
        except BaseException:  # pywinrm keeps the session, and would send the next message over it in clear
            self.encryption = None
            self.close_session()
            raise

    def send_message(self, message: str | bytes) -> bytes:
        """See Transport.send_message. The answer may be parsed. Raises ValueError for one that may not."""
        try:
            return soap.envelope(super().send_message(message))
        except WinRMTransportError as error:
            text = soap.error(error.response_text.encode())
            raise WinRMTransportError(error.protocol, error.code, text) from None

    def _send_message_request(self, session: Any, prepared_request: Any) -> Any:
        """One deadline for everything: TCP, a proxy's tunnel, TLS, and each leg of an authentication."""
        if not isinstance(session.get_adapter(self.endpoint), BoundedAdapter):
            adapter = BoundedAdapter(self.wire, _SCHEMES.get(self.auth_method, ()))
            session.mount("http://", adapter)
            session.mount("https://", adapter)
        set_by = "ansible_winrm_proxy" if self.proxy != "legacy_requests" else ""
        tell_proxy(self.wire.cancel, self.endpoint, session.proxies, set_by)
        self.wire.begin(self.read_timeout_sec)
        try:
            return super()._send_message_request(session, prepared_request)
        except RequestException as error:
            # Of a time-out in the handshake of TLS no wire knows.
            raise self.wire.failure or (self.wire.late() if isinstance(error, RequestsTimeout) else error) from error


def tell_proxy(cancel: CancelToken, endpoint: str, proxies: Any, set_by: str) -> None:
    """Notes for messages through which of a session's proxies the controller connects; `set_by` names the variable."""
    if proxy := select_proxy(endpoint, proxies):
        shown = proxy.rpartition("//")[2].rpartition("@")[2].rstrip("/")
        cancel.proxy = f"{shown} ({set_by or 'the environment of Ansible'})"


class BoundedAdapter(HTTPAdapter):
    """Gives the connections of urllib3's pools, a proxy's among them, to a wire. No request is sent again."""

    def __init__(self, wire: Wire, schemes: tuple[str, ...], key_password: str | None = None) -> None:
        """`key_password` opens the key of the client's certificate."""
        self._wire = wire
        self._schemes = schemes
        self._of_pools: dict[str, Any] = {} if key_password is None else {"key_password": key_password}
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> Any:
        """See HTTPAdapter.init_poolmanager."""
        return super().init_poolmanager(connections, maxsize, block, **options, **self._of_pools)

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        """See HTTPAdapter.get_connection_with_tls_context."""
        pool = super().get_connection_with_tls_context(*arguments, **options)
        kind = pool.ConnectionCls
        if not issubclass(kind, _Connection):
            ours = {"wire": self._wire, "schemes": self._schemes}
            pool.ConnectionCls = type(kind.__name__, (_Connection, kind), ours)
        return pool

    def add_headers(self, request: Any, **_options: Any) -> None:
        """See HTTPAdapter.add_headers. Without this one urllib3 asks for an unencoded body."""
        request.headers.pop("Accept-Encoding", None)

    def send(self, *arguments: Any, **options: Any) -> Any:
        """See HTTPAdapter.send."""
        self._wire.requests += 1
        return super().send(*arguments, **options)


class _Connection:
    """Before one of urllib3's connection classes: what it connects, sends and reads is bounded by a wire."""

    wire: Wire
    schemes: tuple[str, ...]

    def _new_conn(self: Any) -> Any:
        if hasattr(self, "_socks_options"):
            return super()._new_conn()  # type: ignore[misc]
        try:
            return self.wire.connect(self._dns_host, self.port)
        except OSError as error:
            raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from error

    def _tunnel(self: Any) -> None:
        super()._tunnel()  # type: ignore[misc]
        self.sock.settimeout(self.wire.left())  # for the handshake of TLS that follows

    def connect(self: Any) -> None:
        super().connect()  # type: ignore[misc]
        self.wire.sock = self.sock

    def send(self: Any, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self.wire.send(self.sock, bytes(data), super().send)  # type: ignore[misc]

    def response_class(self: Any, sock: Any, method: str | None = None, **_options: Any) -> _Answered:
        return _Answered(sock, self.wire, self.schemes, method)


class _Answered(http.client.HTTPResponse):
    """An answer that `http_answer` has read to its end, given on as the standard library's own."""

    def __init__(self, sock: Any, wire: Wire, schemes: tuple[str, ...], method: str | None) -> None:
        self._wire = wire
        self._schemes = schemes
        super().__init__(types.SimpleNamespace(makefile=lambda _mode: wire.stream(sock)), method=method)  # type: ignore[arg-type]

    def begin(self, **_options: Any) -> None:
        """See http.client.HTTPResponse.begin."""
        if self.headers is not None:
            return
        answer = self._wire.answer(self.fp)
        self.code = self.status = answer.status
        self.reason, self.version = "", 11
        self.headers = self.msg = self._headers(answer)
        self.chunked, self.will_close, self.length = False, answer.closes, len(answer.body)
        self.fp = _Body(answer.body, self.fp)

    def _headers(self, answer: Answer) -> http.client.HTTPMessage:
        headers = http.client.HTTPMessage()
        for name, value in answer.fields:
            if name not in (*_FRAMING, *_OFFERS):
                headers[name] = value
        for name in _OFFERS:
            offers = {scheme.lower(): (scheme, token) for scheme, token in challenges(answer.all(name))}
            for scheme in self._schemes:
                if scheme in offers:
                    headers[name] = " ".join(offers[scheme]).strip()
        headers["content-length"] = str(len(answer.body))
        return headers


class _Body(io.BytesIO):
    """The body, with the stream it came from, at whose socket libraries look for the server's certificate."""

    def __init__(self, body: bytes, stream: BinaryIO) -> None:
        super().__init__(body)
        self._stream = stream
        self.raw = getattr(stream, "raw", None)

    def close(self) -> None:
        self._stream.close()
        super().close()
