"""A row at the foot of the terminal that stays while everything else scrolls above it.

The terminal is told to scroll all rows but the last (DECSTBM), so nothing that others print is touched, whoever prints
it. Sequences are those of the VT100: save and restore cursor, scrolling region, erase.
"""

from __future__ import annotations

import contextlib
import os

SAVE, RESTORE, ERASE_ROW, ERASE_BELOW, WHOLE = "\x1b7", "\x1b8", "\x1b[2K", "\x1b[J", "\x1b[r"
LEAST_ROWS = 5
"""On a lower terminal the row would take too much of it."""


class StatusRow:
    """The row. What cannot be written (the terminal is gone) is given up in silence: the row is no reason to fail."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size: tuple[int, int] | None = None
        self._owner = os.getpid()
        self._gone = False

    def show(self, text: str) -> None:
        """Writes the row; `text` is cut to the terminal's width. Follows a change of the terminal's size."""
        size = self._terminal_size()
        if self._gone or size is None or size[1] < LEAST_ROWS:
            return
        columns, rows = size
        begin = self._reserve(size) if size != self._size else ""
        # Not in the last column: there some terminals wrap.
        self._write(f"{begin}{SAVE}{_at(rows)}{ERASE_ROW}{text[: columns - 1]}{RESTORE}")
        self._size = size

    def remove(self) -> None:
        """Gives the row back to the terminal; does nothing where none was shown, or in a process that was forked."""
        if self._size is None or os.getpid() != self._owner:
            return
        rows = self._size[1]
        self._size = None
        self._write(f"{SAVE}{_at(rows)}{ERASE_ROW}{WHOLE}{RESTORE}")

    @property
    def columns(self) -> int:
        """The width that a text may have."""
        size = self._terminal_size()
        return size[0] - 1 if size else 79

    def _reserve(self, size: tuple[int, int]) -> str:
        old = f"{SAVE}{_at(self._size[1])}{ERASE_BELOW}{WHOLE}{RESTORE}" if self._size and self._size < size else ""
        # The line feed and the step up: the cursor must not stand on the row that is taken.
        return f"{old}\n{SAVE}\x1b[1;{size[1] - 1}r{RESTORE}\x1b[1A"

    def _terminal_size(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            columns, rows = os.get_terminal_size(self._descriptor)
            return columns, rows
        return None

    def _write(self, text: str) -> None:
        data = text.encode(errors="replace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._gone = True


def _at(row: int) -> str:
    return f"\x1b[{row};1H"
