"""reg.exe: command lines, and what `reg query` prints.

Rules that hold in this file
- Names and types are read, translated words never: the default value's name is translated even under code page 65001
  (nmap/npcap issue 354), so ask for it alone (`name=""`) and take the only value of the answer.
- reg prints `(value not set)`, translated, as data of a default value that was never set, and succeeds: *likely*. It
  cannot be told from a value that holds this text.
- A line that fits no known shape raises; a text value with line ends in it is such a case.
Shape (*sure*, many captures; Wine's reg prints the same): a blank line, the key's full name at the margin, then
`    NAME    TYPE    DATA`. A key without values that has subkeys prints no head line for itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .cmdline import CannotCarry, Command, Literal
from .text import decode

WORTH_KEEPING = 4096
"""Characters of an answer up to which what was parsed is kept: an operation asks one answer for several values, and the
hosts of a fleet answer alike."""
LARGE = 256 * 1024
"""Characters up to which a few are kept, for the several values of one answer. The firewall's rules are larger."""

Data = str | int | bytes | tuple[str, ...]

OWN_KEY: Final = r"HKLM\SOFTWARE\windefend.maps"
"""The one key of ours. Keys below HKLM\\SOFTWARE inherit its rights: administrators and SYSTEM write, users read
(*sure*, see docs/evidence.md)."""

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


@dataclass(frozen=True)
class Key:
    """A key with its values by lower-case name. `path` as printed, in the case the caller typed."""

    path: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def get(self, name: str) -> Value | None:
        """The value of this name, without regard to case."""
        return self.values.get(name.lower())


def _key(key: str) -> str:
    """The path checked: a local root, no empty part. A leading `\\\\host` would reach another machine."""
    root, _unused, rest = key.partition("\\")
    short = LONG_ROOTS.get(root.upper(), root.upper())
    if short not in ROOTS or not rest or "" in rest.split("\\"):
        raise CannotCarry(f"{key!a} is not a path of a registry key under {', '.join(ROOTS)}")
    return f"{short}\\{rest}"


def _view(view: int) -> Literal:
    if view not in (32, 64):
        raise ValueError("the view is 32 or 64")
    return Literal(f"/reg:{view}")


def query(key: str, name: str | None = None, *, view: int = 64, recursive: bool = False) -> Command:
    """`reg query`: the key, or one value of it (`""` is the default value), or with `recursive` all keys below."""
    options: list[str] = []
    if name is not None:
        options += [Literal("/ve")] if name == "" else [Literal("/v"), name]
    if recursive:
        options.append(Literal("/s"))
    return Command.of("reg", Literal("query"), _key(key), *options, _view(view))


def add(key: str, name: str, type_: str, data: Data, *, view: int = 64) -> Command:
    """`reg add /f`: writes one value and the key when it is not there.

    `data` has the Python type that :class:`Value` gives for the same `type_`. Raises ValueError for data that the type
    does not hold and CannotCarry for what cmd.exe cannot carry (a `%` in REG_EXPAND_SZ, for example).
    """
    options: list[str] = [Literal("/ve")] if name == "" else [Literal("/v"), name]
    options += [Literal("/t"), type_, *_data(type_, data)]
    return Command.of("reg", Literal("add"), _key(key), *options, Literal("/f"), _view(view))


def _data(type_: str, data: Data) -> list[str]:
    """The end of `reg add`'s options: `/d DATA`, for several texts with their separator."""
    if type_ in ("REG_DWORD", "REG_QWORD") and isinstance(data, int) and not isinstance(data, bool):
        if not 0 <= data < 1 << (32 if type_ == "REG_DWORD" else 64):
            raise ValueError(f"{data} does not fit {type_}")
        return [Literal("/d"), str(data)]
    if type_ == "REG_BINARY" and isinstance(data, bytes):
        return [Literal("/d"), data.hex().upper()]
    if type_ in ("REG_SZ", "REG_EXPAND_SZ") and isinstance(data, str):
        return [Literal("/d"), data]
    if type_ == "REG_MULTI_SZ" and isinstance(data, tuple):
        if "" in data:
            raise ValueError("reg cannot write an empty text among several")
        separator = next((s for s in "|;,#~" if not any(s in text for text in data)), None)
        if separator is None:
            raise CannotCarry("every separator that reg could be given stands in the data")
        return [Literal("/s"), separator, Literal("/d"), separator.join(data)]
    raise ValueError(f"{type(data).__name__} is not what {type_} holds")


def delete_value(key: str, name: str, *, view: int = 64) -> Command:
    """`reg delete /v /f`: one value, `""` the default one. Exit code 1 also when it was not there."""
    options = [Literal("/ve")] if name == "" else [Literal("/v"), name]
    return Command.of("reg", Literal("delete"), _key(key), *options, Literal("/f"), _view(view))


def delete_key(key: str, *, view: int = 64) -> Command:
    """`reg delete /f`: the key with all that is below. Refuses a path of fewer than four parts, our own key apart."""
    path = _key(key)
    if path.count("\\") < 3 and path != OWN_KEY:
        raise CannotCarry(f"{key!a} contains too much of the registry to be deleted")
    return Command.of("reg", Literal("delete"), path, Literal("/f"), _view(view))


def parse(output: bytes, *, headless: str = "") -> tuple[Key, ...]:
    """The keys of an output of `reg query`, in order. Raises :class:`ParseError`; an empty output is no key.

    `headless` is the path given to values that come before any head line, because a filter took it away.
    """
    return parse_text(decode(output), headless=headless)


def parse_text(text: str, *, headless: str = "") -> tuple[Key, ...]:
    """:func:`parse` for text that is already decoded."""
    if len(text) > LARGE:
        return _parsed(text, headless)
    return (_parsed_again if len(text) <= WORTH_KEEPING else _parsed_large)(text, headless)


def _parsed(text: str, headless: str) -> tuple[Key, ...]:
    keys: list[tuple[str, dict[str, Value]]] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        if not line.strip():
            continue
        if line.startswith("HKEY_"):
            root = line.partition("\\")[0]
            if root not in LONG_ROOTS:
                raise ParseError(number, f"{root!a} is not a root of the registry")
            keys.append((line, {}))
            continue
        found = _VALUE.match(line)
        if found is None:
            raise ParseError(number, "neither the name of a key nor a value with its type")
        value = Value(found["name"], found["type"], _read(number, found["type"], found["data"] or ""))
        if not keys:
            keys.append((headless, {}))
        keys[-1][1][value.name.lower()] = value
    return tuple(Key(path, values) for path, values in keys)


_parsed_again = functools.lru_cache(maxsize=512)(_parsed)
_parsed_large = functools.lru_cache(maxsize=8)(_parsed)


def _read(number: int, type_: str, text: str) -> Data:
    if type_ in _NUMBERS:
        if not re.fullmatch(r"0x[0-9A-Fa-f]{1,16}", text):
            raise ParseError(number, f"{type_} with data that is not a hexadecimal number")
        return int(text, 16)
    if type_ in _HEX:
        if len(text) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", text):
            raise ParseError(number, f"{type_} with data that is not in hexadecimal pairs")
        return bytes.fromhex(text)
    if type_ == "REG_MULTI_SZ":
        # The separator is printed as the two characters backslash and 0, older builds end with it as well.
        return tuple(text.removesuffix("\\0").removesuffix("\\0").split("\\0")) if text else ()
    return text


def value(output: bytes, name: str | None = None) -> Value | None:
    """One value out of the answer to a query: by name, or with None the only one there (the default value).

    None when it is not there. Raises :class:`ParseError`, also when None is given and there are several.
    """
    keys = parse(output)
    if name is None:
        values = [value for key in keys for value in key.values.values()]
    else:
        lower = name.lower()
        values = [key.values[lower] for key in keys if lower in key.values]
    if len(values) > 1:
        raise ParseError(1, f"{len(values)} values where one was asked for")
    return values[0] if values else None


def keys_below(keys: Sequence[Key], path: str) -> dict[str, Key]:
    """Keys of a recursive answer by their path relative to `path`, in lower case; the key itself is `""`."""
    root, _unused, rest = path.partition("\\")
    long = next((name for name, short in LONG_ROOTS.items() if root.upper() in (name, short)), root)
    prefix = f"{long}\\{rest}".lower()
    below = {}
    for key in keys:
        lower = key.path.lower()
        if lower == prefix or lower.startswith(prefix + "\\"):
            below[lower[len(prefix) + 1 :]] = key
    return below
