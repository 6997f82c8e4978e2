"""Many keys in few characters: neighbors below one key are asked for in one `for`.

A line has 8,191 characters, and the whole path of a key twice for every key would take a fifth of them.
`for %k in (A B) do @COMMAND` runs COMMAND for A and for B (Microsoft Learn, for: *sure*); `@` keeps cmd.exe from
printing each command first. On a command line cmd.exe leaves `%k` as it is when it expands variables, because no
variable has a name like what stands between two of these percent signs (*likely*, Wine's cmd tests).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from .reading import MARK

_NAME = re.compile(r"[A-Za-z0-9_.-]+\Z")
_MARKED = re.compile(rb"(?m)^\?(\d{1,4})(?:\\([A-Za-z0-9_.-]{1,255}))?[ \t]{0,8}\r?(?:\n|\Z)")
EACH: Final = "%k"


@dataclass(frozen=True)
class Group:
    """Keys that one command asks for: those of these `names` below `parent`, or without names `parent` itself."""

    first: int
    """The number of the first of them among all keys."""
    parent: str
    names: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """The key as the command names it."""
        return f"{self.parent}\\{EACH}" if self.names else self.parent

    @property
    def mark(self) -> str:
        """What is printed for a key that could not be read."""
        return f"{MARK}{self.first}" + (f"\\{EACH}" if self.names else "")

    def looped(self, command: str) -> str:
        """A command that has EACH in place of the name, for each key."""
        return f"(for {EACH} in ({' '.join(self.names)}) do @({command}))" if self.names else command


def alone(keys: Sequence[str]) -> list[Group]:
    """Each key as a group of its own."""
    return [Group(number, key) for number, key in enumerate(keys)]


def grouped(keys: Sequence[str]) -> list[Group]:
    """The groups of keys, in order. A name that `for` or cmd.exe could read otherwise stays alone."""
    groups: list[Group] = []
    for parent, below in groupby(alone(keys), lambda one: one.parent.rpartition("\\")[0]):
        ones = list(below)
        names = tuple(one.parent[len(parent) + 1 :] for one in ones)
        loops = len(names) > 1 and all(_NAME.match(name) for name in names)
        groups += [Group(ones[0].first, parent, names)] if loops else ones
    return groups


def failed(keys: Sequence[str], output: bytes) -> set[str]:
    """The keys whose marks stand in an output, of groups or of each alone."""
    found = set()
    for number, name in _MARKED.findall(output):
        key = keys[int(number)] if int(number) < len(keys) else ""
        found.add(f"{key.rpartition(chr(92))[0]}\\{name.decode('ascii', 'replace')}" if name else key)
    return found & set(keys)


def unmarked(output: bytes) -> bytes:
    """An output without its marks."""
    return _MARKED.sub(b"", output)
