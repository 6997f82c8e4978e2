"""Sentences in the languages that people read: what was said, by name and with values, apart from how it is worded.

The wording is in `causes` and `evidence`, one entry a sentence with all languages side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LANGUAGES = ("en", "ja")
DEFAULT_LANGUAGE = "en"


class Text(NamedTuple):
    """One sentence, or a part of one, in every language; `{name}` stands for a value."""

    en: str
    ja: str

    def get(self, language: str) -> str:
        """The wording in a language of LANGUAGES. Raises KeyError."""
        return {"en": self.en, "ja": self.ja}[language]


@dataclass(frozen=True)
class Message:
    """A sentence by its name, with its values: texts, numbers, other sentences, or a tuple of these."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)


JOINERS = {"en": ("; ", ", ", " and ", " or "), "ja": ("。", "、", "と", "、または")}
"""Between sentences, within a list, before its last part, before the last of alternatives."""


def listed(parts: tuple[str, ...], language: str, alternatives: bool = False) -> str:
    """Parts as one enumeration: `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    _unused, comma, last, other = JOINERS[language]
    return comma.join(parts[:-1]) + (other if alternatives else last) + parts[-1]


def sentences(parts: tuple[str, ...], language: str) -> str:
    """Parts one after the other, without a full stop at the end."""
    return JOINERS[language][0].join(parts)


def worded(said: Message, language: str, table: Mapping[str, Text]) -> str:
    """A sentence by its entry in a table; `sentences` puts its `parts` one after the other."""
    if said.name == "sentences":
        return sentences(_parts(said.values["parts"], language, table), language)
    values = {name: _value(value, language, table) for name, value in said.values.items()}
    return table[said.name].get(language).format(**values)


def _value(value: object, language: str, table: Mapping[str, Text]) -> str:
    if isinstance(value, Message):
        return worded(value, language, table)
    return listed(_parts(value, language, table), language) if isinstance(value, tuple) else str(value)


def _parts(values: object, language: str, table: Mapping[str, Text]) -> tuple[str, ...]:
    return tuple(_value(value, language, table) for value in values) if isinstance(values, tuple) else ()
