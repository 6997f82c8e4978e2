"""What a host of WinRM needs of Ansible's connection to it, whichever plugin that is of."""

from __future__ import annotations

from typing import Any, Protocol


class Link(Protocol):
    """A connection with a cmd shell of code page 65001, which belongs to the user and not to the TCP connection."""

    finished: list[tuple[str, str]]
    """Shell and command id of what ended and was not signalled. The items of a loop share it."""

    @property
    def protocol(self) -> Any:
        """A Conversation; None until it is connected."""

    @property
    def shell_id(self) -> str | None:
        """None until it is connected."""

    def get_option(self, name: str) -> Any:
        """One of `remote_addr`, `port`, `remote_user` and `remote_password`."""

    def connect(self) -> None:
        """Logs on and opens the shell, unless that is done."""

    def forget(self) -> None:
        """The next `connect` begins anew."""

    def close(self) -> None:
        """Deletes the shell and leaves the host."""

    def worded(self, message: str) -> str:
        """A message that names variables of the connection winrm, with the names that they have for this one."""
