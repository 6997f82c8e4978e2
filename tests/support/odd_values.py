"""Values of the registry that are none: where they may stand, and what they may hold."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from hypothesis import strategies as st

_QUERY = re.compile(r'reg query (?:"([^"]+)"|(\S+))((?: /v (?:"[^"]*"|\S+))?) /reg:(32|64)')
UNASKED = "Registered Organization"
"""The name of a value that nobody asks for."""

ODD_TEXTS = {
    "line end": "Corp\r\nBranch",
    "empty line": "Corp\r\n\r\nBranch",
    "like a name": "Corp\r\n    Branch",
    "NUL": "Corp\0Branch",
    "right to left": "exe\u202etxt",
    "64 KiB": "x" * 65536,
    "lone surrogate": "Corp\ud800Branch",
    "replaced": "Corp\ufffdBranch",
    "escape sequence": "\x1b[2JCorp\x1b[H",
    "separator": "Corp\u2028Branch\u0085",
}
"""Kind -> a text that is no number, no path and no address."""
LIKE_A_VALUE = "Corp\r\n    Other    REG_SZ    x"
"""What reg prints of it cannot be told from two values."""

_BAD = st.sampled_from(
    ["\r\n", "\n", "\r\n\r\n", "\0", "\u202e", "\u2066", "\ud800", "\udfff", "\ufffd", "\x1b[H", "\u0085"]
)
odd_texts = st.builds(
    lambda before, bad, after: before + bad + after,
    st.text(st.characters(exclude_characters='\\%"')),
    _BAD,
    st.text(min_size=1).map(lambda text: text + "x"),
)
"""Any text around something that no valid value holds."""


@dataclass(frozen=True)
class Place:
    """A value below a key that an operation reads."""

    key: str
    name: str
    view: int


def places(machine: Machine, lines: list[str], known: dict[str, tuple[str, ...]]) -> list[Place]:
    """Every value that these lines ask for; of a key that is asked as a whole, every value there, those of `known`
    (the end of a key -> names), and one that nobody asks for."""
    found: dict[Place, None] = {}
    for line in lines:
        for quoted, bare, asked, view in _QUERY.findall(line):
            key = quoted or bare
            names: Iterator[str] | tuple[str, ...]
            if asked:
                names = (asked.removeprefix(" /v ").strip('"'),)
            else:
                names = (*_there(machine, key, int(view)), *known.get(key.rpartition("\\")[2], ()), UNASKED)
            for name in names:
                if key.count("\\") > 1:
                    found[Place(key, name, int(view))] = None
    return list(found)


def _there(machine: Machine, key: str, view: int) -> Iterator[str]:
    if machine.registry.exists(key, view):
        yield from [value.name for value in machine.registry.key(key, view).values.values()][:12]


@contextlib.contextmanager
def odd(machine: Machine, place: Place, text: str) -> Iterator[None]:
    """With the text there, as REG_SZ."""
    registry, key = machine.registry, place.key.replace("HKCU", f"HKU\\{machine.accounts[0].sid}", 1)
    before, there = registry.get(key, place.name, place.view), registry.exists(key, place.view)
    registry.set(key, place.name, ValueType.SZ, text, place.view)
    try:
        yield
    finally:
        if before is not None:
            registry.set(key, before.name, before.type, before.data, place.view)
        elif there:
            registry.delete_value(key, place.name, place.view)
        else:
            registry.delete_key(key, place.view)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a result by its dotted path; lists whole."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}".lstrip("."))
    else:
        yield path, value
