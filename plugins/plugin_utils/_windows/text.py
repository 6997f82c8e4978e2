"""Bytes of a console tool to text, whatever code page it wrote.

Rule: everything the collection compares is ASCII, so a wrong guess of the encoding may spoil a name for the reader but
never a decision.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Final

LONGEST_LINE: Final = 4096
"""Characters of a line that is searched for something: the longest that a tool prints of its own is a path."""

# Marks of direction that Windows puts between the parts of a date; invisible, and in the way of every comparison.
_DIRECTION_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202c\ufeff"))
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\r\n]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[0-9=>c@-Z\\^_])")
"""What moves the cursor or sets a color (Microsoft Learn, Console Virtual Terminal Sequences: *sure*). One may stand
right before a word (microsoft/terminal issue 235) and end in a letter, which is no part of that word."""


def decode(data: bytes) -> str:
    """Text of a tool's output: UTF-16LE where every other byte is NUL, else UTF-8; a line that is no UTF-8 is Latin-1.

    So a character that is none costs its line and not the answer. Windows' double-byte code pages (932, 936, 949) keep
    line ends, digits and blanks as ASCII: *sure*.
    """
    if data.startswith(codecs.BOM_UTF16_LE) or (b"\0" in data and _is_wide(data)):
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
        return "\n".join(map(_decoded_line, data.split(b"\n"))).removeprefix("\ufeff")


def _is_wide(data: bytes) -> bool:
    """Line ends and digits are ASCII, which UTF-16LE writes with a NUL behind each; a NUL that stands in a value comes
    alone, or as often before as behind."""
    behind, before = data[1::2].count(0), data[::2].count(0)
    return 32 * behind >= len(data) and behind > 4 * before


def _decoded_line(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def tool_text(data: bytes) -> str:
    """:func:`decode` and :func:`plain`: what a tool says in its own words. Not for values, which may hold anything."""
    return plain(decode(data))


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
    """What JSON says; a text in it may hold line ends as they are, since a value may. Raises ValueError for all that is
    none, also where it is nested too deeply to be read."""
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def plain(text: str) -> str:
    """The text without marks of direction and escape sequences, for showing it and for comparing it."""
    return (_SEQUENCE.sub("", text) if "\x1b" in text else text).translate(_DIRECTION_MARKS)
