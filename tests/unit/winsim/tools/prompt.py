"""A console in which a test runs one tool, without cmd.exe in front of it."""

from __future__ import annotations

from ansible_collections.windefend.maps.winsim.machine.accounts import (
    ADMINISTRATORS_SID,
    REMOTE_MANAGEMENT_USERS_SID,
    USERS_SID,
    Token,
)
from ansible_collections.windefend.maps.winsim.machine.locale import codec
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools.process import Console, Input, Process, Tool

ADMIN = Token("HOST\\admin", "S-1-5-21-1-2-3-500", (ADMINISTRATORS_SID, USERS_SID), elevated=True)
USER = Token("HOST\\user", "S-1-5-21-1-2-3-1001", (REMOTE_MANAGEMENT_USERS_SID, USERS_SID), elevated=False)


class Prompt:
    """A console of one account on one machine, for one tool."""

    def __init__(
        self, tool: Tool, machine: Machine | None = None, token: Token = ADMIN, code_page: int = 65001
    ) -> None:
        self.tool = tool
        self.machine = machine or Machine("HOST")
        self.token = token
        self.code_page = code_page
        self.unknown: list[str] = []
        """What the last command line held that winsim does not simulate."""
        self.error = ""
        """What the last command line wrote to standard error."""

    def run(self, arguments: str, stdin: bytes = b"") -> tuple[int, str]:
        """Exit code and standard output of `TOOL ARGUMENTS`."""
        out, err = bytearray(), bytearray()
        console = Console(self.code_page)
        process = Process(self.machine, self.token, console, Input(stdin), out.extend, err.extend, {})
        code = self.tool(process, arguments)
        self.unknown = console.unknown
        self.error = err.decode(codec(self.code_page))
        return code, out.decode(codec(self.code_page))
