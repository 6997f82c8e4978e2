"""Texts from hosts as they leave the collection: nothing in them moves a cursor, hides, or is a password.

Rules that hold in this file
- A character that is not seen becomes its code point: control characters, marks of direction and other format
  characters, halves of surrogate pairs, separators of lines, private and unassigned ones (categories Cc, Cf, Co, Cn,
  Cs, Zl, Zp). What people read stays: letters of every language, combining marks, emoji, wide blanks.
- A text is one line; where several lines are its nature, line feeds and tabs stay. Else a line of an output could look
  like one of Ansible's own.
- Shown twice is the same as shown once.
- The journal and what is sent to a host do not come through here.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from ..._windows.credentials import masked

UNSEEN = ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
OF_LINES = frozenset(("diff",))
"""Keys of a result below which texts may have several lines."""

_LINE_BREAKS = re.compile(r"[\r\n\t][\r\n\t ]*")
_SHORT = 2048
"""Characters of a text that is remembered; all that are remembered have 32 MB at most."""
_WITHOUT_TEXT = frozenset((bool, int, float, type(None)))


def visible(text: str, lines: bool = False) -> str:
    """A text whose unseen characters are written as their code points: U+202E becomes `⟨U+202E⟩`.

    Line breaks and tabs become a blank; with `lines` line feeds and tabs stay.
    """
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else _LINE_BREAKS.sub(" ", text)
    kept = "\n\t" if lines else ""
    return "".join(
        f"\N{MATHEMATICAL LEFT ANGLE BRACKET}U+{ord(one):04X}\N{MATHEMATICAL RIGHT ANGLE BRACKET}"
        if not one.isprintable() and one not in kept and unicodedata.category(one) in UNSEEN
        else one
        for one in text
    )


def shown(text: str, lines: bool = False) -> str:
    """A text as it may be printed, reported and returned: visible, and without credentials."""
    return _shown_once(text, lines) if len(text) < _SHORT else visible(masked(text), lines)


@functools.lru_cache(maxsize=4096)
def _shown_once(text: str, lines: bool) -> str:
    """The hosts of a fleet say mostly the same."""
    return visible(masked(text), lines)


def _shown_part(value: Any, lines: bool) -> Any:
    """A short text at once, since nearly all that a host says is made of them."""
    kind = type(value)
    if kind is str and len(value) < _SHORT:
        return _shown_once(value, lines)
    return value if kind in _WITHOUT_TEXT else shown_all(value, lines)


def shown_all(value: Any, lines: bool = False) -> Any:
    """Plain data with every text in it, keys too, as it may be shown."""
    kind = type(value)
    if kind in _WITHOUT_TEXT:  # the common kinds first: a sweep asks for all of a thousand hosts
        return value
    if kind is str:
        return shown(value, lines)
    if kind is dict or isinstance(value, Mapping):
        return {_shown_part(key, False): _shown_part(item, lines or key in OF_LINES) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown_part(item, lines) for item in value]
    if isinstance(value, str):
        text = shown(str(value), lines)
        return value if text == value else text  # Ansible marks texts, and an unchanged one keeps its mark
    return value
