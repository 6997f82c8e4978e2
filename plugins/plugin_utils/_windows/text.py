"""Bytes of a console tool to text, whatever code page it wrote.

Rule: everything the collection compares is ASCII, so a wrong guess of the encoding may spoil a name for the reader but
never a decision.
"""

from __future__ import annotations

import codecs
import json
from typing import Any, Final

LONGEST_LINE: Final = 4096
"""Characters of a line that is searched for something: the longest that a tool prints of its own is a path."""

# Marks of direction that Windows puts between the parts of a date; invisible, and in the way of every comparison.
_DIRECTION_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202c\ufeff"))


def decode(data: bytes) -> str:
    """Text of a tool's output: UTF-16LE when it holds NUL bytes, else UTF-8, else latin-1, which never fails.

    A console tool never writes NUL in a single-byte code page or in UTF-8, so one NUL is proof enough of UTF-16.
    Windows' double-byte code pages (932, 936, 949) keep line ends, digits and blanks as ASCII: *sure*.
    """
    if data.startswith(codecs.BOM_UTF16_LE) or b"\0" in data:
        even = data[: len(data) & ~1]  # a cut output may end inside a code unit
        return even.decode("utf-16-le", "replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    try:
        # An answer that was cut inside a character is still UTF-8.
        decoder = codecs.getincrementaldecoder("utf-8")()
        return decoder.decode(data, final=False).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def lines(text: str) -> list[str]:
    """The lines of an output that is read line by line, without their ends; of a longer line its beginning.

    So what a pattern is given is bounded, whatever a host prints.
    """
    return [line[:LONGEST_LINE].rstrip("\r") for line in text.split("\n")]


def whole_number(text: str) -> int | None:
    """A number of 1 to 10 decimal digits, which ASCII has; None for anything else.

    `str.isdigit` takes digits that `int` refuses, and `int` refuses more than 4,300 of them.
    """
    return int(text) if 0 < len(text) <= 10 and text.isascii() and text.isdigit() else None


def from_json(text: str | bytes) -> Any:
    """What JSON says. Raises ValueError for all that is none, also where it is nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def plain(text: str) -> str:
    """The text without marks of direction, for showing it and for comparing it."""
    return text.translate(_DIRECTION_MARKS)
