"""A forward proxy before served hosts."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from .faulty_relay import Broken, Relay
from .hostile_server import message


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
