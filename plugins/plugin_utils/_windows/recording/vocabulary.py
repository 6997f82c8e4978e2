"""The words that a recording may show: those that Windows and this collection use themselves.

The list lies in a file beside this one. `python -m ansible_collections.windefend.maps.tests.support.vocabulary` makes
it from the texts of Windows' tools and the registry of a clean machine, as winsim has them, from the texts in the code
of `_windows` and `_domain`, and from Microsoft's addresses; from nothing that any fleet has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

VOCABULARY: Final = "vocabulary.txt"
"""The file; a line with `#` is a comment."""


@dataclass(frozen=True)
class Vocabulary:
    """`words` are lower case, without line ends; `domains` are DNS names, below which other words are hidden only."""

    words: frozenset[str]
    domains: tuple[str, ...]

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Vocabulary:
        """From the file's lines: words, and the domains behind a dot."""
        every = {word for line in lines if not line.startswith("#") for word in line.split()}
        domains = {word for word in every if word.startswith(".")}
        return cls(frozenset(every - domains), tuple(sorted(domains)))
