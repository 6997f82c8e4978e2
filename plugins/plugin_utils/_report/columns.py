"""Texts in the columns of a terminal: how wide they are, cut to a width, and commands over several lines."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable

from .._domain.language import shown

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
CONTINUED = " \\"


CJK = "\u2e80"
"""From here on nearly all letters and signs are wide, and which are not differs between versions of Unicode."""


def width_of(text: str) -> int:
    """The columns that a text takes at most: a character that may be wide counts two, all others one.

    Wide are those of UAX 11. Terminals know other versions of it than Python, so symbols and everything from CJK on
    count as wide, too: a line that is cut early is better than one that wraps.
    """
    if text.isascii():
        return len(text)
    return sum(2 if _may_be_wide(one) else 1 for one in text)


def _may_be_wide(one: str) -> bool:
    kind = unicodedata.east_asian_width(one)
    return kind in "WF" or unicodedata.category(one) == "So" or (one >= CJK and kind != "H")


def cut(text: str, width: int) -> str:
    """A text in one line of at most `width` columns, safe to show; what is left out becomes an ellipsis."""
    text = shown(text)
    if width_of(text) <= width:
        return text
    room = max(0, width - 1)
    while width_of(text) > room:
        text = text[: min(len(text) - 1, room)]
    return f"{text}{ELLIPSIS}"[: max(0, width)]


def pieces(text: str, width: int) -> list[str]:
    """A text, made safe to show, in parts of at most `width` columns that make it again when put together."""
    found, left = [], shown(text)
    while left:
        size = min(len(left), width)
        while width_of(left[:size]) > width and size > 1:
            size -= 1
        found.append(left[:size])
        left = left[size:]
    return found


def command_lines(command: str, width: int, indent: str = "  ") -> list[str]:
    """A command in lines of at most `width` columns. The shell takes them, typed or pasted, for one line.

    A backslash at the end of a line continues it: with a blank between two words, without one inside a word (POSIX,
    Shell Command Language, 2.2.1). A word that is wider than a line is cut, each part with quotes of its own.
    What is no command line, because a quote is open, is cut as a text.
    """
    try:
        words = [shlex.quote(word) for word in shlex.split(shown(command))]
    except ValueError:
        return pieces(command, width)
    room = width - len(CONTINUED)
    lines: list[str] = []
    line = indent
    begun = False
    for word in words:
        text = f" {word}" if begun else word
        if width_of(line) + width_of(text) <= room:
            line += text
            begun = True
            continue
        if begun:
            lines.append(f"{line}{CONTINUED}")
            line = indent
        *full, last = _word_pieces(word, room - len(indent))
        for number, piece in enumerate(full):
            # No indentation after the first part: blanks would divide the word.
            lines.append(f"{line if number == 0 else ''}{piece}\\")
            line = ""
        line = f"{line}{last}"
        begun = True
    return [*lines, line]


def _word_pieces(quoted: str, width: int) -> list[str]:
    """A quoted word in parts that are quoted each; the shell puts them together again."""
    if width_of(quoted) <= width:
        return [quoted]
    (word,) = shlex.split(quoted)
    found: list[str] = []
    while word:
        size = min(len(word), width)
        while width_of(shlex.quote(word[:size])) > width and size > 1:
            size -= 1
        found.append(shlex.quote(word[:size]))
        word = word[size:]
    return found


def named(names: Iterable[str], count: int, width: int, more: str) -> str:
    """As many of `count` names as `width` has room for, at least one, then how many `more` (a text with {number})."""
    found: list[str] = []
    for name in names:
        text = shown(name)
        rest = count - len(found) - 1
        tail = more.format(number=f"{rest:,}") if rest else ""
        if found and width_of(", ".join([*found, text])) + width_of(tail) > width:
            break
        found.append(text)
    left = count - len(found)
    tail = more.format(number=f"{left:,}") if left else ""
    return cut(", ".join(found), max(1, width - width_of(tail))) + tail
