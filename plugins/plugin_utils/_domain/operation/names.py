"""Names that a user gives and a host keeps: nothing in them that a person would not see.

A rule whose name holds an unseen character looks like another one, or reads in another order, in every list in which an
administrator looks for it.
"""

from __future__ import annotations

import unicodedata

from .protocol import Refused

_IGNORED = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10),
     *range(0xE0100, 0xE01F0))
)  # fmt: skip
"""Marks and letters without a look of their own: variation selectors, fillers (Unicode, Default_Ignorable_Code_Point:
*sure*), and the Braille pattern without dots."""


def check_seen(option: str, text: str, wide_blanks: bool = False) -> str:
    """`text` where every character can be seen and the only blank is the space. Raises Refused, naming the character.

    Refused are control, format, private and unassigned characters, halves of surrogate pairs, what Unicode gives no
    look, and other blanks; `wide_blanks` allows these, for texts that are sentences.
    """
    for position, character in enumerate(text):
        seen = character.isprintable() or (wide_blanks and unicodedata.category(character) == "Zs")
        if seen and ord(character) not in _IGNORED:
            continue
        name = unicodedata.name(character, "not a Unicode character")
        raise Refused(
            f"{option} must not contain U+{ord(character):04X} ({name}), at position {position}: it is invisible or "
            "looks like a space, so this name could be mistaken for another"
        )
    return text
