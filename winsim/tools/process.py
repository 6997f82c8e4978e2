"""A running process: what a tool may see and write.

A tool is a function `(Process, arguments) -> exit code`, `arguments` being the raw tail of its command line, as
Windows hands it over: splitting is each program's own business.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..machine.accounts import Token
from ..machine.locale import LIKE_ASCII, codec
from ..machine.model import Machine
from . import messages

_LONE = re.compile("[\ud800-\udfff]")


class Failed(Exception):
    """Ends a tool: a text of its table, on standard error, and an exit code."""

    def __init__(self, key: str, code: int = 1, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.code = code
        self.values = values


class Terminated(Exception):
    """The client sent Signal terminate, or closed the shell."""


class Input:
    """A standard input that blocks until data or its end arrives. `Input(b"..")` is complete from the start."""

    def __init__(self, content: bytes | None = None) -> None:
        self._data = bytearray(content or b"")
        self._ended = content is not None
        self._changed = threading.Condition()

    def feed(self, data: bytes, end: bool = False) -> None:
        """Adds data; with `end`, nothing comes after it."""
        with self._changed:
            self._data += data
            self._ended = self._ended or end
            self._changed.notify_all()

    def read(self) -> bytes:
        """Everything up to the end, blocking until it came."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended)
            data = bytes(self._data)
            self._data.clear()
            return data


Sink = Callable[[bytes], None]
Due = Callable[[Machine], None]
"""Starts the tasks of a machine whose time has come."""


def nothing_due(_machine: Machine) -> None:
    """For a process by itself: no task starts while it runs."""


@dataclass
class Console:
    """What the processes of one command share."""

    code_page: int
    terminated: threading.Event = field(default_factory=threading.Event)
    unknown: list[str] = field(default_factory=list)
    """What winsim did not know: command names, options, syntax."""
    seconds: float = 0.0


@dataclass
class Process:
    """One process of a machine."""

    machine: Machine
    token: Token
    console: Console
    stdin: Input
    stdout: Sink
    stderr: Sink
    environment: dict[str, str]
    """By upper-case name."""
    directory: str = "C:\\"
    start_due: Due = nothing_due
    """What cmd.exe calls before it starts a program: the scheduler lies above it, since its tasks run in a cmd.exe."""

    def but(self, **changes: Any) -> Process:
        """The same with other handles or another place: `dataclasses.replace`, for the dozens in a command line."""
        return Process(**{**vars(self), **changes})

    def write(self, text: str) -> None:
        """Writes text to standard output in the console's code page; what it lacks becomes `?`, and half of a surrogate
        pair U+FFFD where the code page has that (Microsoft Learn, WideCharToMultiByte: sure)."""
        self._check()
        self.stdout(_encoded(_LONE.sub("\ufffd", text) if not text.isascii() else text, self.console.code_page))

    def write_error(self, text: str) -> None:
        """The same to standard error."""
        self._check()
        self.stderr(_encoded(text, self.console.code_page))

    def message(self, key: str, **values: object) -> str:
        """The text `key` (`tool.name`) in the language that this console speaks."""
        return messages.text(self.machine.locale.spoken(self.console.code_page), key, **values)

    def unknown(self, what: str) -> None:
        """Notes what winsim does not simulate, so that no test passes over it in silence."""
        self.console.unknown.append(what)

    def sleep(self, seconds: float) -> None:
        """Waits as the real program would; ends at once when terminated."""
        if self.console.terminated.wait(seconds):
            raise Terminated

    def _check(self) -> None:
        if self.console.terminated.is_set():
            raise Terminated


def _encoded(text: str, code_page: int) -> bytes:
    """The bytes of a text; the codecs of most code pages take many times as long for what ASCII says as well."""
    if text.isascii() and code_page in LIKE_ASCII:
        return text.encode("ascii")
    return text.encode(codec(code_page), "replace")


Tool = Callable[[Process, str], int]
