"""A server that lets no one in and writes down as whom each host was asked for: it takes nothing but Basic.

All its hosts are on one loopback port; `ansible_winrm_path` tells them apart.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class CredentialLog:
    """What was sent to whom."""

    port: int = 0
    sent: set[tuple[str, str]] = field(default_factory=set)
    """Path without its slash, and `user:password` of Basic; the first message of NTLM holds neither."""


@contextlib.contextmanager
def credential_log() -> Iterator[CredentialLog]:
    """Serves in a thread until the context ends."""
    log = CredentialLog()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            scheme, _space, token = self.headers.get("Authorization", "").partition(" ")
            if scheme == "Basic":
                log.sent.add((self.path.strip("/"), base64.b64decode(token).decode()))
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="WSMAN"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_unused: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    log.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield log
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
