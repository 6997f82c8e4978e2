"""Recordings of hosts: the files that the collection's option `record` writes, replayed as a host.

A file is JSON Lines: first `{"format": "windefend.maps.recording/1", ...}`, then each command line with its answers. A
line of the collection is many commands with marks between them; here it is taken apart, so an answer is found although
another version asks the same commands together with others. A command that was recorded several times is answered in
that order, and then as the last time. One that was not recorded is answered with an error, on both streams, and with
the exit code of an unknown program; it counts as unknown, so tests fail and `winsim commands --unknown` lists it.
"""

from __future__ import annotations

import json
import pathlib
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .host import SimulatedHost
from .machine.accounts import Token
from .machine.model import LoggedCommand, Machine
from .overrides import Invalid, mapping, typed
from .wire.backend import Output, ShellOptions, ShellRefused

FORMAT = "windefend.maps.recording/"
VERSION = "1"
NOT_RECORDED = 9009
"""What cmd.exe sets errorlevel to where it knows no such program (Wine's tests of cmd.exe; sure)."""
BROKEN = 1
_LINE = re.compile(r"echo #([A-Za-z0-9]{8,64})& ver>nul& (.*)\Z", re.DOTALL)
_OF_A_RUN = re.compile(r"windefend-maps-[0-9a-f]{1,12}-[0-9a-f]{1,32}")
"""Names that the collection gives to folders and tasks for one run."""
_SOME_RUN = "windefend-maps-0-0"


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code; None: its end never came."""

    output: bytes
    code: int | None
    errors: bytes = b""
    """Standard error of the whole line in which it was asked."""


@dataclass
class Recording:
    """The answers by command, in the order in which they came."""

    head: Mapping[str, object]
    answers: dict[str, list[Answer]]
    skew: float = 0.0
    """Seconds that the host's clock was ahead."""
    failed: int = 0
    """Lines that were not answered: a time-out, a lost connection."""
    _given: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def load(cls, path: pathlib.Path, where: str = "recording") -> Recording:
        """Reads a file. Raises Invalid."""
        try:
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except OSError as error:
            raise Invalid(where, f"{path}: {error.strerror}") from None
        except ValueError as error:
            raise Invalid(where, f"{path} is no recording: {error}") from None
        if not lines or mapping(lines[0], where).get("format") != FORMAT + VERSION:
            raise Invalid(where, f"{path} is no recording of the format {FORMAT}{VERSION}")
        found = cls(lines[0], {})
        for number, line in enumerate(lines[1:], 2):
            found._add(mapping(line, f"{where}, line {number}"), f"{where}, line {number}")
        return found

    def _add(self, line: Mapping[str, object], where: str) -> None:
        skew = line.get("skew")
        if isinstance(skew, (int, float)):
            self.skew = float(skew)
        self.failed += "error" in line
        errors = _bytes(mapping(line.get("errors") or {"text": ""}, where), where)
        for answer in typed(line.get("answers"), list, f"{where}.answers"):
            given = mapping(answer, where)
            code = given.get("code")
            asked = canonical(typed(given.get("asked"), str, f"{where}.asked"))
            one = Answer(_bytes(given, where), None if code is None else typed(code, int, f"{where}.code"), errors)
            self.answers.setdefault(asked, []).append(one)

    def next_answer(self, command: str) -> Answer | None:
        """The answer to a command, None where it was not recorded. May come from any thread."""
        key = canonical(command)
        found = self.answers.get(key)
        if not found:
            return None
        with self._lock:
            number = self._given.get(key, 0)
            self._given[key] = min(number + 1, len(found) - 1)
        return found[number]


def _bytes(given: Mapping[str, object], where: str) -> bytes:
    text = typed(given.get("text"), str, f"{where}.text")
    encodings = {None: "utf-8", "utf-16": "utf-16-le", "ansi": "latin-1"}
    encoding = given.get("encoding")
    if encoding is not None and encoding not in encodings:
        raise Invalid(f"{where}.encoding", f"{encoding!r} is unknown; allowed: utf-16, ansi")
    return text.encode(encodings[encoding], "replace" if encoding else "surrogatepass")


def canonical(command: str) -> str:
    """A command without what is another one in each run."""
    return _OF_A_RUN.sub(_SOME_RUN, command)


def commands(line: str) -> tuple[str, list[str]]:
    """The token of a line and its commands; a line that has no marks is one command, and its token is empty."""
    found = _LINE.match(line)
    if found is None:
        return "", [line]
    token, rest = found[1], found[2]
    return token, re.split(rf" & call echo #{token}:\d+:%\^errorlevel%(?:& ver>nul& )?", rest)[:-1]


class _Finished:
    """A command that has ended before anybody can do something to it."""

    def send(self, data: bytes, end: bool) -> None:
        """Nobody reads it."""

    def terminate(self) -> None:
        """It has ended."""


class ReplayedShell:
    """A shell that answers from a recording; see wire.backend.Shell."""

    def __init__(self, recording: Recording, machine: Machine, token: Token) -> None:
        self._recording = recording
        self._machine = machine
        self._token = token

    def start(self, line: str, skip_cmd: bool, output: Output, done: object) -> _Finished:
        """Answers at once."""
        run = _OF_A_RUN.search(line)
        token, asked = commands(line)
        unknown: list[str] = []
        errors: dict[bytes, None] = {}
        code = 0
        if token:
            output("stdout", f"#{token}\r\n".encode())
        for number, command in enumerate(asked):
            answer = self._recording.next_answer(command)
            if answer is None:
                unknown.append(f"not in the recording: {command}")
                message = f"winsim: not in this recording: {command}\r\n".encode()
                answer = Answer(message, NOT_RECORDED, message)
            if answer.output:
                output("stdout", _of_this_run(answer.output, run[0] if run else ""))
            errors[answer.errors] = None
            if answer.code is None:
                code = BROKEN
                break
            code = answer.code
            if token:
                output("stdout", f"#{token}:{number}:{answer.code}\r\n".encode())
        for text in errors:
            if text:
                output("stderr", text)
        self._machine.log.append(LoggedCommand(line, self._token.name, tuple(unknown), code))
        done(0 if token and code != BROKEN else code)  # type: ignore[operator]
        return _Finished()

    def close(self) -> None:
        """Nothing runs in it."""


def _of_this_run(output: bytes, name: str) -> bytes:
    return _OF_A_RUN.sub(name, output.decode("latin-1")).encode("latin-1") if name else output


class ReplayedHost(SimulatedHost):
    """A machine that logs clients on and answers command lines from a recording."""

    def __init__(self, machine: Machine, recording: Recording) -> None:
        super().__init__(machine)
        self._recording = recording

    def open_shell(self, user: str, options: ShellOptions) -> ReplayedShell:  # type: ignore[override]
        """See wire.backend.Host."""
        token = self.machine.logon(user)
        if token is None:
            raise ShellRefused(user)
        return ReplayedShell(self._recording, self.machine, token)


def every_command(recording: Recording) -> Iterator[tuple[str, Answer]]:
    """Each command with each of its answers."""
    for command, answers in recording.answers.items():
        for answer in answers:
            yield command, answer
