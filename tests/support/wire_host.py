"""A connection such as Ansible's, over real pywinrm, to a machine that is served: for WinrmHost without Ansible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.windefend.maps.winsim.machine.model import Machine
from winrm.protocol import Protocol

from .link import PlayedLink

ADDRESS = "127.0.73.1"


class Connection(PlayedLink):
    """As much of Ansible's winrm connection as WinrmHost uses, over real pywinrm."""

    def __init__(self, port: int, on: Machine, **shell: Any) -> None:
        super().__init__()
        account = on.accounts[0]
        self._open: Callable[[], Protocol] = lambda: Protocol(
            f"http://{ADDRESS}:{port}/wsman", "ntlm", account.name, account.password, proxy=None
        )
        self._shell = {"codepage": 65001, **shell}

    def get_option(self, name: str) -> str:
        return ADDRESS

    def connect(self) -> None:
        if self.protocol is None:
            protocol = self._open()
            self.shell_id = protocol.open_shell(**self._shell)
            self.protocol = protocol
