"""What `reg query` prints: keys and values, and what is not understood of them.

Rules that hold in this file
- Names and types are read, translated words never: the default value's name is translated even under code page 65001
  (nmap/npcap issue 354), so ask for it alone (`name=""`) and take the only value of the answer.
- reg prints `(value not set)`, translated, as data of a default value that was never set, and succeeds: *likely*. It
  cannot be told from a value that holds this text.
- A line that fits no known shape belongs to the text before it: a value may hold line ends (wixtoolset/issues issue
  4477), and so may names (airbus-cert/regrippy pull request 16). What is not understood is kept beside what is, so it
  costs itself only: see `Value.problem` and `Key.rest`. An answer that holds no key and no value raises.
Shape (*sure*, many captures; Wine's reg prints the same): a blank line, the key's full name at the margin, then
`    NAME    TYPE    DATA`. A key without values that has subkeys prints no head line for itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .text import decode

WORTH_KEEPING = 4096
"""Characters of an answer up to which what was parsed is kept: an operation asks one answer for several values, and the
hosts of a fleet answer alike."""
LARGE = 256 * 1024
"""Characters up to which a few are kept, for the several values of one answer. The firewall's rules are larger."""

Data = str | int | bytes | tuple[str, ...]

HEAD: Final = "HKEY_"
"""How the line begins that names a key."""
ROOTS: Final = ("HKLM", "HKU", "HKCU", "HKCR", "HKCC")
LONG_ROOTS: Final = {
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_USERS": "HKU",
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_CLASSES_ROOT": "HKCR",
    "HKEY_CURRENT_CONFIG": "HKCC",
}

_VALUE = re.compile(
    r" {4}(?P<name>.*?) {4}(?P<type>REG_[A-Z0-9_]+|0x[0-9A-Fa-f]+)(?: {4}(?P<data>.*)| *)\Z",
    re.DOTALL,
)
_NUMBERS = frozenset({"REG_DWORD", "REG_DWORD_LITTLE_ENDIAN", "REG_DWORD_BIG_ENDIAN", "REG_QWORD"})
_HEX = frozenset({"REG_BINARY", "REG_NONE"})
LINE_END: Final = "its text holds a line end"
"""The problem of a text that goes on over several lines."""
_SHOWN = 80
"""Characters of a line that is not understood, of which _MOST_REST are kept for a key."""
_MOST_REST = 100


class ParseError(ValueError):
    """Output that is not understood: `position` is the number of the line, from 1."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"line {position}: {reason}")
        self.position = position
        self.reason = reason


@dataclass(frozen=True)
class Value:
    """A value as reg printed it. `type` is reg's own word, such as `REG_SZ`, or a number where it has no word.

    `data`: int for DWORD and QWORD, bytes for BINARY and NONE, a tuple of texts for MULTI_SZ, else the text.
    """

    name: str
    type: str
    data: Data
    problem: str = ""
    """Why `data` is not certain, in ASCII; empty where it is. `data` is then the text as printed."""


@dataclass(frozen=True)
class Key:
    """A key with its values by lower-case name. `path` as printed, in the case the caller typed."""

    path: str
    values: Mapping[str, Value] = field(default_factory=dict)
    rest: tuple[str, ...] = ()
    """Lines that are not understood, the beginning of each."""

    def get(self, name: str) -> Value | None:
        """The value of this name, without regard to case."""
        return self.values.get(name.lower())


def parse(output: bytes, *, headless: str = "") -> tuple[Key, ...]:
    """The keys of an output of `reg query`, in order. An empty output is no key.

    `headless` is the path given to values that come before any head line, because a filter took it away. Raises
    :class:`ParseError` where there is text, and neither a key nor a value in it.
    """
    return parse_text(decode(output), headless=headless)


def parse_text(text: str, *, headless: str = "") -> tuple[Key, ...]:
    """:func:`parse` for text that is already decoded."""
    if len(text) > LARGE:
        return _parsed(text, headless)
    return (_parsed_again if len(text) <= WORTH_KEEPING else _parsed_large)(text, headless)


class _OpenKey:
    """A key while its lines are read."""

    def __init__(self, path: str) -> None:
        self.path = [path]
        self.values: dict[str, Value] = {}
        self.texts: dict[str, list[str]] = {}
        """The lines of values that have more than one, by lower-case name."""
        self.rest: list[str] = []
        self.last: Value | None = None

    def add(self, value: Value) -> None:
        name = value.name.lower()
        if name in self.values:
            value = replace(value, problem="it is there more than once")
        self.values[name] = self.last = value

    def go_on(self, lines: Sequence[str]) -> None:
        """Lines that fit no shape: of the text before them, of the key's own name, or of a name that begins there."""
        last, texts = self.last, [line for line in lines if line.strip()]
        if last is not None and isinstance(last.data, (str, tuple)) and last.type not in _NUMBERS | _HEX:
            self.texts.setdefault(last.name.lower(), []).extend(lines)
        elif last is None and texts and not texts[0].startswith(" ") and not self.rest:
            self.path += lines
        else:
            self.rest += [line[:_SHOWN] for line in texts[: _MOST_REST - len(self.rest)]]

    def closed(self) -> Key:
        for name, more in self.texts.items():
            value = self.values[name]
            first = "\\0".join(value.data) if isinstance(value.data, tuple) else str(value.data)
            problem = value.problem or LINE_END
            self.values[name] = Value(value.name, value.type, "\n".join([first, *more]), problem)
        return Key("\n".join(self.path), self.values, tuple(self.rest))


def _parsed(text: str, headless: str) -> tuple[Key, ...]:
    keys: list[_OpenKey] = []
    strange: list[str] = []
    position = 0
    between: list[str] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        if not line.strip():
            between.append(line)
            continue
        if line.startswith(HEAD) and line.partition("\\")[0] in LONG_ROOTS:
            keys.append(_OpenKey(line))
        elif (found := _VALUE.match(line)) is not None:
            if not keys:
                keys.append(_OpenKey(headless))
            elif between and keys[-1].last is not None:
                keys[-1].go_on(between)  # reg writes no empty line between two values
            keys[-1].add(_read(found["name"], found["type"], found["data"] or ""))
        elif keys:
            keys[-1].go_on([*between, line])
        else:
            position = position or number
            strange.append(line[:_SHOWN])
        between = []
    if strange and not keys:
        raise ParseError(position, "neither the name of a key nor a value with its type")
    return tuple(key.closed() for key in keys)


_parsed_again = functools.lru_cache(maxsize=512)(_parsed)
_parsed_large = functools.lru_cache(maxsize=8)(_parsed)


def _read(name: str, type_: str, text: str) -> Value:
    if type_ in _NUMBERS:
        if not re.fullmatch(r"0x[0-9A-Fa-f]{1,16}", text):
            return Value(name, type_, text, f"it is a {type_} with data that is not a hexadecimal number")
        return Value(name, type_, int(text, 16))
    if type_ in _HEX:
        if len(text) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", text):
            return Value(name, type_, text, f"it is a {type_} with data that is not in hexadecimal pairs")
        return Value(name, type_, bytes.fromhex(text))
    if type_ == "REG_MULTI_SZ":
        # The separator is printed as the two characters backslash and 0, older builds end with it as well.
        return Value(name, type_, tuple(text.removesuffix("\\0").removesuffix("\\0").split("\\0")) if text else ())
    return Value(name, type_, text)


def value(output: bytes, name: str | None = None) -> Value | None:
    """One value out of the answer to a query: by name, or with None the only one there (the default value).

    None when it is not there. Of several, the first with its `problem`. Raises :class:`ParseError`, also when None is
    given and there are several.
    """
    keys = parse(output)
    if name is None:
        values = [value for key in keys for value in key.values.values()]
        if len(values) > 1:
            raise ParseError(1, f"{len(values)} values where one was asked for")
    else:
        lower = name.lower()
        values = [key.values[lower] for key in keys if lower in key.values]
    if len(values) > 1:
        return replace(values[0], problem="it is there more than once")
    return values[0] if values else None


def listed_keys(listing: str) -> frozenset[str]:
    """The keys that a listing names, as :func:`long_path` spells them, and its other lines."""
    return frozenset(line.strip().lower() for line in listing.split("\n"))


def lists_value(listing: str, name: str) -> bool:
    """Whether a listing names a value."""
    found = (_VALUE.match(line.rstrip("\r")) for line in listing.split("\n"))
    return any(one["name"].lower() == name.lower() for one in found if one)


def long_path(path: str) -> str:
    """A path as reg prints it, in lower case."""
    root, separator, rest = path.partition("\\")
    long = next((name for name, short in LONG_ROOTS.items() if root.upper() in (name, short)), root)
    return f"{long}{separator}{rest}".lower()


def keys_below(keys: Sequence[Key], path: str) -> dict[str, Key]:
    """Keys of a recursive answer by their path relative to `path`, in lower case; the key itself is `""`."""
    prefix = long_path(path)
    below = {}
    for key in keys:
        lower = key.path.lower()
        if lower == prefix or lower.startswith(prefix + "\\"):
            below[lower[len(prefix) + 1 :]] = key
    return below
