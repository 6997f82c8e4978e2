"""A small machine and a session on it in which a test runs command lines."""

from __future__ import annotations

from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN
from ansible_collections.windefend.maps.winsim.machine.accounts import Token
from ansible_collections.windefend.maps.winsim.machine.locale import Locale, codec
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools.command_line import run_line

PROGRAMS = ("cmd", "find", "findstr", "hostname", "more", "ping", "sort", "timeout", "where")
WORK = "C:\\work"


def small_machine(language: str = "en") -> Machine:
    """A machine with cmd.exe, the text tools and an empty `C:\\work`."""
    locale = Locale("ja", 932, 932) if language == "ja" else Locale()
    machine = Machine("HOST", locale=locale)
    for name in PROGRAMS:
        machine.files.install(f"C:\\Windows\\System32\\{name}.exe", name)
    machine.files.make_directory(WORK)
    return machine


class CommandLine:
    """Runs lines as `cmd /c LINE` in `C:\\work`, keeping what the last one wrote."""

    def __init__(self, machine: Machine | None = None, token: Token = ADMIN, code_page: int = 65001) -> None:
        self.machine = machine or small_machine()
        self.token = token
        self.code_page = code_page
        self.code = 0
        self.out = ""
        self.err = ""
        self.unknown: list[str] = []

    def run(self, line: str, stdin: bytes = b"") -> str:
        """Standard output of a line."""
        self.unknown = []
        self.code, out, err = run_line(
            self.machine, self.token, f"cd /d {WORK}&{line}", self.code_page, stdin, self.unknown
        )
        self.out, self.err = out.decode(codec(self.code_page)), err.decode(codec(self.code_page))
        return self.out

    def known(self, line: str, stdin: bytes = b"") -> str:
        """The same for a line that winsim must know all of."""
        out = self.run(line, stdin)
        assert self.unknown == []
        return out

    def write(self, name: str, *lines: str) -> None:
        """Puts a text file into `C:\\work`, or where its full path says."""
        path = name if ":" in name else f"{WORK}\\{name}"
        self.machine.files.write(path, "".join(line + "\r\n" for line in lines).encode(codec(self.code_page)))

    def content(self, name: str) -> bytes:
        """What a file of `C:\\work` holds."""
        return self.machine.files.read(f"{WORK}\\{name}")
