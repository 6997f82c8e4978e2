"""A Link for tests, whose connection is made by the test's own class."""

from __future__ import annotations

from typing import Any


class PlayedLink:
    """What a WinrmHost asks of Ansible's connection beside the connecting itself."""

    protocol: Any = None
    shell_id: str | None = None

    def __init__(self) -> None:
        self.finished: list[tuple[str, str]] = []

    def forget(self) -> None:
        self.protocol = self.shell_id = None

    def close(self) -> None:
        if self.protocol is not None:
            self.protocol.close_shell(self.shell_id)
        self.forget()

    def worded(self, message: str) -> str:
        return message
