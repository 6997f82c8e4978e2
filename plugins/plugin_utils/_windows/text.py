"""Bytes of a console tool to text, whatever code page it wrote.

Rule: everything the collection compares is ASCII, so a wrong guess of the encoding may spoil a name for the reader but
never a decision.
"""

from __future__ import annotations

import codecs

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


def plain(text: str) -> str:
    """The text without marks of direction, for showing it and for comparing it."""
    return text.translate(_DIRECTION_MARKS)
