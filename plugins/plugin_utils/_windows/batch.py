"""Many commands in one line of cmd.exe, and their outcomes told apart again."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from .cmdline import LINE_LIMIT, OVERHEAD, Command, Outcome, Unread
from .outcome import WORTH_KEEPING

_TOKEN = re.compile(r"[A-Za-z0-9]{8,64}\Z")
_LINE_END = re.compile(rb"[ \t]*\r?\n")
_CODE = re.compile(rb"(-?\d{1,10})[ \t]*\r?\n")
MARKERS: Final = 4096
"""Bytes of a line's output beside that of its commands: the marks between them, and what a console adds."""


class LineTooLong(ValueError):
    """A line above cmd.exe's limit: `length` and `limit` in characters, `overhead` included in neither."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"the command line has {length} characters, but the limit of cmd.exe is {limit}")
        self.length = length
        self.limit = limit


@dataclass(frozen=True)
class Batch:
    """Many commands in one line, told apart again in the output.

    `token` (8 to 64 ASCII letters and digits) must be random for each call, so that no output can imitate a marker.
    Each command is preceded by `ver>nul`, which sets errorlevel to 0 (several of cmd.exe's own commands leave it as it
    was), and followed by `call echo #TOKEN:INDEX:%^errorlevel%`: the caret keeps the name from being expanded when the
    line is read, and `call` reads it again when the command has ended. This tells the exit code even of a command that
    printed nothing, for which WinRS may report 0 whatever happened (WinRb/WinRM issue 154: *sure*).
    After `a && b` the code is that of the last one that ran, after `a | b` that of `b` (*recalled*).
    """

    commands: Mapping[str, Command]
    token: str

    def __post_init__(self) -> None:
        if not _TOKEN.match(self.token):
            raise ValueError("the token must be 8 to 64 ASCII letters and digits")

    @property
    def line(self) -> str:
        """The line for `cmd /c`. Raises :class:`LineTooLong`."""
        line = _line(tuple([one.text for one in self.commands.values()])).replace(_MARKED_PLACE, self.token)
        if len(line) > LINE_LIMIT - OVERHEAD:
            raise LineTooLong(len(line), LINE_LIMIT - OVERHEAD)
        return line

    @property
    def most(self) -> int:
        """Bytes that the line may print."""
        marker = len(self.token) + 24
        return MARKERS + sum([command.most + marker for command in self.commands.values()])

    @staticmethod
    def length_of_none(token: str) -> int:
        """Characters of a line before its first command."""
        return len(_begun(token))

    @staticmethod
    def length_of_one(token: str, index: int, text: str) -> int:
        """Characters that a command of this text adds to a line in which it is the one of this number, from 0."""
        return len(_ended(token, index, text))

    def split(self, stdout: bytes) -> dict[str, Outcome]:
        """The outcome of each command, by name, in order.

        `stdout` is the joined output stream. A command whose marker never came has `exit_code` None and what was
        printed before the end; those after it are empty. One that printed more than it may is Unread. A marker counts
        only in its turn and with its line end (a cut line could hold half of a number); it need not start a line,
        because output may end without line end.
        """
        token, limits = self.token.encode("ascii"), tuple([(name, one.most) for name, one in self.commands.items()])
        mark = b"#%s" % token
        found = None
        if len(stdout) <= WORTH_KEEPING and _SHARED_MARK not in stdout and stdout.count(mark) == len(limits) + 1:
            found = _split_again(limits, stdout.replace(mark, _SHARED_MARK))
        return _split(mark, limits, stdout) if found is None else found.copy()


_MARKED_PLACE: Final = "\0"
"""Stands in the place of the token: no command holds one."""


@functools.lru_cache(maxsize=128)
def _line(texts: tuple[str, ...]) -> str:
    """The line of commands of these texts. A sweep sends the same ones to each host."""
    parts = [_ended(_MARKED_PLACE, index, text) for index, text in enumerate(texts)]
    return "".join((_begun(_MARKED_PLACE), *parts))


_SHARED_MARK: Final = b"#" + uuid.uuid4().hex[:8].encode("ascii")
"""Takes the place of a line's own marks, so that equal outputs of hosts are equal. No host learns it, so no output can
imitate one."""


@functools.lru_cache(maxsize=64)
def _split_again(limits: tuple[tuple[str, int], ...], stdout: bytes) -> dict[str, Outcome] | None:
    """Hosts that answer alike get the same outcomes, and all that is made of them is made once. None where a mark is
    none, so that it stands in an output."""
    found = _split(_SHARED_MARK, limits, stdout)
    return found if all(not isinstance(one, Unread) and one.exit_code is not None for one in found.values()) else None


def _split(mark: bytes, limits: tuple[tuple[str, int], ...], stdout: bytes) -> dict[str, Outcome]:
    """`limits`: the names of the commands, in order, and the bytes that each may print."""
    begin = _after(mark, _LINE_END.match, stdout, 0)
    position = begin[1].end() if begin else len(stdout)
    outcomes: dict[str, Outcome] = {}
    for index, (name, most) in enumerate(limits):
        marker = _after(b"%s:%d:" % (mark, index), _CODE.match, stdout, position)
        end = marker[0] if marker else len(stdout)
        if end - position > most:
            outcomes[name] = Unread(f"{name}: the output has more than {most} bytes, so its result is unknown")
        else:
            outcomes[name] = Outcome(int(marker[1][1]) if marker else None, stdout[position:end])
        position = marker[1].end() if marker else len(stdout)
    return outcomes


def _begun(token: str) -> str:
    return f"echo #{token}"


def _ended(token: str, index: int, text: str) -> str:
    return f"& ver>nul& {text} & call echo #{token}:{index}:%^errorlevel%"


def _after(
    start: bytes, rest: Callable[[bytes, int], re.Match[bytes] | None], text: bytes, position: int
) -> tuple[int, re.Match[bytes]] | None:
    """Where `start` first stands with `rest` right behind it, and the match of `rest`. A pattern with the random token
    in it would be compiled anew for every line, which costs more than all the rest of the reading."""
    while (at := text.find(start, position)) >= 0:
        found = rest(text, at + len(start))
        if found:
            return at, found
        position = at + 1
    return None
