"""What one command did, and what is known of one that printed too much, or whose answer proves nothing: nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .text import decode

MOST_OUTPUT: Final = 64 * 1024
"""Bytes that a command may print unless it is given more (:meth:`Command.up_to`): what Windows' tools print of one
thing has some thousands."""


class OutputTooLarge(Exception):
    """What a command was to tell is not known, because too much was printed or its answer proves nothing; the message
    says why."""


NO_SUCH_PROGRAM = 9009
"""What an unknown program sets errorlevel to (Wine's tests of cmd.exe, checked on Windows: *sure* for a name)."""


@dataclass(frozen=True)
class Outcome:
    """What one command of a batch did. `exit_code` is None when the output ended before the code was printed."""

    exit_code: int | None
    output: bytes = b""

    @property
    def text(self) -> str:
        """The output as text, decoded defensively: for people and for ASCII comparisons."""
        return decode(self.output)

    @property
    def ok(self) -> bool:
        """Ended, with 0."""
        return self.exit_code == 0


class Unread(Outcome):
    """The outcome of a command of which nothing is known, not even its exit code: whoever reads what it printed, or
    asks whether it succeeded, gets OutputTooLarge."""

    def __init__(self, reason: str) -> None:
        super().__init__(None)
        object.__setattr__(self, "reason", reason)

    def __getattribute__(self, name: str) -> Any:
        if name in _READ:
            raise OutputTooLarge(self.reason)
        return super().__getattribute__(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unread) and self.reason == other.reason

    def __hash__(self) -> int:
        return hash(self.reason)

    def __repr__(self) -> str:
        return f"Unread({self.reason!r})"


WORTH_KEEPING: Final = 64 * 1024
"""Bytes of an answer's outputs up to which what it says is remembered for hosts that answer the same."""


def is_worth_keeping(outcomes: Iterable[Outcome]) -> bool:
    """Whether outcomes are small enough to be remembered."""
    return sum([len(vars(one)["output"]) for one in outcomes]) <= WORTH_KEEPING


def why_unread(outcome: Outcome) -> str:
    """Why nothing is known of an outcome; empty where it can be read."""
    try:
        len(outcome.output)
    except OutputTooLarge as error:
        return str(error)
    return ""


_READ = frozenset({"output", "text", "ok"})
