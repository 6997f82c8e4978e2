"""What stands before a served host: TLS, and a forward proxy."""

from __future__ import annotations

import base64
import pathlib
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from ansible_collections.windefend.maps.winsim.wire import tls

from .faulty_relay import Broken, Relay
from .hostile_server import message

_LOGON = re.compile(rb"\r\nAuthorization: [^\r\n]*", re.IGNORECASE)


@dataclass
class TlsFront(Relay):
    """Ends TLS. Who shows a certificate of `clients` is logged on as `account`, as WinRM maps certificates."""

    certificate: pathlib.Path | None = None
    clients: pathlib.Path | None = None
    account: str = ""
    """`user:password`."""

    def __post_init__(self) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(str(self.certificate))
        if self.clients is not None:
            self._tls.load_verify_locations(str(self.clients))
            self._tls.verify_mode = ssl.CERT_OPTIONAL
        super().__post_init__()

    def _serve(self, client: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(client, server_side=True) as wrapped:
                super()._serve(wrapped)
        except OSError:  # it did not accept the certificate
            client.close()

    def _pass_on(self, client: Any, upstream: socket.socket, request: bytes, answered: object) -> None:
        if tls.MUTUAL.encode() in request:
            logon = f"\r\nAuthorization: Basic {base64.b64encode(self.account.encode()).decode()}".encode()
            request = _LOGON.sub(logon if client.getpeercert() else b"", request, count=1)
        super()._pass_on(client, upstream, request, answered)


@dataclass
class ForwardProxy(Relay):
    """A proxy of HTTP; `port` is not used. What it passes on it counts in `requests`."""

    port: int = 0

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as asked:
            upstream: socket.socket | None = None
            while request := message(asked):
                method, url, rest = request.split(b" ", 2)
                host, _colon, port = url.removeprefix(b"http://").partition(b"/")[0].decode().partition(":")
                if upstream is None:
                    upstream = socket.create_connection((host, int(port)))
                    answered = upstream.makefile("rb")
                path = b"/" + url.removeprefix(b"http://").partition(b"/")[2]
                try:
                    self._pass_on(client, upstream, b" ".join((method, path, rest)), answered)
                except (OSError, Broken):
                    break
            if upstream is not None:
                upstream.close()
