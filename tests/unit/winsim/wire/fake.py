"""A host for tests of the wire: it answers a handful of command lines and remembers what it was asked."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ansible_collections.windefend.maps.winsim.wire.backend import (
    Credential,
    Domain,
    Limits,
    Output,
    RunningCommand,
    ShellOptions,
    ShellRefused,
)

USER, PASSWORD = "alice", "Pa:ss wörd"
NOW = dt.datetime(2026, 11, 24, 12, 0, 0, tzinfo=dt.UTC)
TERMINATED = 0xC000013A
"""STATUS_CONTROL_C_EXIT."""


class FakeCommand:
    """A command in a thread of its own."""

    def __init__(self, work: Callable[[FakeCommand], int], output: Output, done: Callable[[int], None]) -> None:
        self.output = output
        self.stdin = bytearray()
        self.ended = threading.Event()
        self.terminated = threading.Event()
        self._work = work
        self._done = done
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        code = self._work(self)
        self._done(TERMINATED if self.terminated.is_set() else code)

    def send(self, data: bytes, end: bool) -> None:
        self.stdin += data
        if end:
            self.ended.set()

    def terminate(self) -> None:
        self.terminated.set()
        self.ended.set()


class FakeShell:
    def __init__(self, host: FakeHost, options: ShellOptions) -> None:
        self.host = host
        self.options = options
        self.closed = False
        self.commands: list[FakeCommand] = []

    def start(self, line: str, skip_cmd: bool, output: Output, done: Callable[[int], None]) -> RunningCommand:
        self.host.lines.append(line)
        if skip_cmd and not line.startswith("C:\\"):
            raise FileNotFoundError(line)
        command = FakeCommand(lambda command: self.run(line, command), output, done)
        self.commands.append(command)
        return command

    def run(self, line: str, command: FakeCommand) -> int:
        line = re.sub(r"^cmd(\.exe)? /c ", "", line, flags=re.IGNORECASE)
        if line in self.host.recorded:
            for chunk in self.host.recorded[line]:
                if chunk == "go":
                    self.host.go.wait()
                elif chunk == "input":
                    command.ended.wait()
                elif isinstance(chunk, bytes):
                    command.output("stdout", chunk)
            return 0
        if line == "echo out && echo err>&2 && exit 1":
            command.output("stdout", b"out \r\n")
            command.output("stderr", b"err \r\n")
            return 1
        if match := re.fullmatch(r"echo ([^&]*)(?:&exit (-?\d+))?", line):
            command.output("stdout", match[1].encode() + b"\r\n")
            return int(match[2] or 0)
        if match := re.fullmatch(r"exit (-?\d+)", line):
            return int(match[1])
        if match := re.fullmatch(r"type (\S+)", line):
            content = self.host.files[match[1]]
            for start in range(0, len(content), 7001):
                command.output("stdout", content[start : start + 7001])
            return 0
        if line == 'findstr "^"':
            command.ended.wait()
            command.output("stdout", bytes(command.stdin))
            return 0
        if line == "pause":
            command.output("stdout", b"Press any key to continue . . . ")
            command.ended.wait()
            return 0
        command.output("stderr", f"'{line}' is not recognized\r\n".encode())
        return 1

    def close(self) -> None:
        self.closed = True
        for command in self.commands:
            command.terminate()


@dataclass
class FakeHost:
    """Everything a test may want to set or see."""

    name: str = "FAKE"
    version: str = "10.0.20348"
    member_of: Domain = field(default_factory=Domain)
    clock: dt.datetime = NOW
    allowed: Limits = field(default_factory=Limits)
    users: list[Credential] = field(default_factory=lambda: [Credential(USER, PASSWORD)])
    mapped: dict[str, str] = field(default_factory=dict)
    """Accounts by the user principal name of a certificate."""
    passwords: list[tuple[str, bool]] = field(default_factory=list)
    """Each user who gave a password, and whether it was right."""
    refused: frozenset[str] = frozenset()
    """Users to whom no shell is given, in lower case."""
    files: dict[str, bytes] = field(default_factory=dict)
    recorded: dict[str, list[bytes | str]] = field(default_factory=dict)
    """What to print for a line, chunk by chunk; "go" waits for `go`, "input" for the end of the input."""
    lines: list[str] = field(default_factory=list)
    shells: list[FakeShell] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def domain(self) -> Domain:
        return self.member_of

    def limits(self) -> Limits:
        return self.allowed

    def credentials(self) -> Sequence[Credential]:
        return self.users

    def password_rejected(self, user: str) -> None:
        self.passwords.append((user, False))

    def password_accepted(self, user: str) -> None:
        self.passwords.append((user, True))

    def mapped_account(self, principal: str) -> str | None:
        return self.mapped.get(principal)

    def now(self) -> dt.datetime:
        return self.clock

    def open_shell(self, user: str, options: ShellOptions) -> FakeShell:
        if user.rpartition("\\")[2].lower() in self.refused:
            raise ShellRefused
        shell = FakeShell(self, options)
        self.shells.append(shell)
        return shell
