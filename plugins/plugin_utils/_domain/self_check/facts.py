"""What a check is: a fact of the ledger, the command that shows it, and the states that it may end in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..._windows.cmdline import Command, Outcome

HELD, NOT_HELD, NOT_ASKED = "held", "not_held", "not_asked"


@dataclass(frozen=True)
class Check:
    """A fact, by the beginning of its row in docs/evidence.md."""

    row: str
    command: Command
    holds: Callable[[Outcome], bool | None]
    """Whether the answer is as the ledger says; None: the host has nothing that shows it. Raises ValueError for an
    answer that is not understood."""
    needs: str = ""
    """The check that must hold first; where it does not, this one says nothing."""


def code(expected: int) -> Callable[[Outcome], bool]:
    """The command ended with this exit code."""
    return lambda outcome: outcome.exit_code == expected


def prints(text: str) -> Callable[[Outcome], bool]:
    """The command printed this and nothing else; blanks around it do not count."""
    return lambda outcome: outcome.text.strip() == text
