"""A connection to a host that does not come about, as WinrmHost sees it, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.protocol import FastProtocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.winrm import WinrmHost

from .hostile_server import HOST
from .link import PlayedLink


class Connection(PlayedLink):
    """As much of Ansible's winrm connection as WinrmHost uses; an error of its own, as the plugin's, is a text."""

    seconds = 20.0
    """For an answer: a server that answers does so at once, however busy the machine is."""

    def __init__(self, port: int = 5985, method: str = "basic", scheme: str = "http", **options: Any) -> None:
        super().__init__()
        self._options = {"remote_addr": HOST, "port": port, "remote_user": "svc-ansible"}
        self._endpoint, self._method = f"{scheme}://{HOST}:{port}/wsman", method
        self._given: dict[str, Any] = {"username": "svc-ansible", "password": "Winsim-only-1", "proxy": None} | options

    def get_option(self, name: str) -> Any:
        return self._options[name]

    def connect(self) -> None:
        if self.protocol is not None:
            return
        try:
            protocol = FastProtocol(
                self._endpoint, self._method, read_timeout_sec=2, operation_timeout_sec=1, **self._given
            )
            protocol.transport.read_timeout_sec = self.seconds
            self.shell_id = protocol.open_shell(codepage=65001)
        except Exception as error:
            raise ConnectionFailed(f"{self._method}: {str(error).strip()}") from error
        self.protocol = protocol


class ConnectionFailed(Exception):
    """Ansible's."""


class Said(Connection):
    """A connection of which a library says something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def connect(self) -> None:
        raise ConnectionFailed(self._text)


def told(connection: Connection) -> str:
    """What is said of a connection that does not come about."""
    with pytest.raises(Unreachable) as raised:
        WinrmHost(connection, "pc", (ConnectionFailed,)).run("ver", timeout=2, max_bytes=1000)
    text = str(raised.value)
    assert "pc (127.0.0.1), port" in text, "where"
    assert ", as svc-ansible" in text, "as whom"
    assert "Winsim-only-1" not in text
    assert len(text) < 1800
    return text
