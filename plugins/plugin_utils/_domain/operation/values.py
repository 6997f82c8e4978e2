"""Values of the registry as facts take them: a number, a text or bytes.

One that is there and is no such thing counts as absent for who parses, and is named in what `understood` gives back: so
it costs what it decides, and nothing else. What Windows makes of such a value nobody says.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TypeVar

from ..._windows import registry
from ..._windows.cmdline import Outcome
from .protocol import was_found
from .unknown import note

T = TypeVar("T", int, bytes)

LONGEST_TEXT: Final = 4096
"""Characters of a text; a path has at most 32,767, but none that Windows installs has a hundredth of it (guess)."""
LONGEST_LIST: Final = 64 * 1024
"""Characters of a text that is a list."""
_FOLDER = re.compile(r"[A-Za-z]:\\[^\\/:*?\"<>|%][^/:*?\"<>|%]*")
_SPACES = re.compile(r"[\t\r\n]")


def stored(outcome: Outcome, name: str) -> registry.Value | None:
    """A value in an outcome of `reg query`, as it is printed; None where it is absent. Raises HostError."""
    return registry.value(outcome.output, name) if was_found(outcome) else None


def number(outcome: Outcome, name: str) -> int | None:
    """The number of a value; None where it is absent, or no REG_DWORD: what a program that asks for one makes of a
    REG_QWORD is its own matter."""
    found = _of_type(outcome, name, int)
    value = stored(outcome, name) if found is not None else None
    if value is not None and value.type == "REG_QWORD":
        reject(outcome, name, f"it is a {value.type}")
        return None
    return found


def binary(outcome: Outcome, name: str) -> bytes | None:
    """The bytes of a value; None where it is absent, or no REG_BINARY."""
    return _of_type(outcome, name, bytes)


def _of_type(outcome: Outcome, name: str, type_: type[T]) -> T | None:
    value = stored(outcome, name)
    if value is None:
        return None
    if isinstance(value.data, type_) and not value.problem:
        return value.data
    reject(outcome, name, value.problem or f"it is a {value.type}")
    return None


def text(outcome: Outcome, name: str, *, is_list: bool = False) -> str:
    """The text of a value; empty where it is absent, or no text of characters that can be seen.

    `is_list`: its entries may have line ends and tabs between them, as those of a bypass list (WINHTTP_PROXY_INFO).
    """
    value = stored(outcome, name)
    if value is None:
        return ""
    why = unfit(value, is_list=is_list)
    if why or not isinstance(value.data, str):
        reject(outcome, name, why)
        return ""
    return value.data


def folder(outcome: Outcome, name: str) -> str:
    """The path of a folder on a drive in a value, without a backslash at the end; empty where it is absent or none."""
    path = text(outcome, name).rstrip("\\")
    if path and not _FOLDER.fullmatch(path):
        reject(outcome, name, f"its text {path[:80]!a} is not the path of a folder")
        return ""
    return path


def reject(outcome: Outcome, name: str, why: str, key: str = "") -> None:
    """Takes down that a value is not understood, for who reads the fact by `understood`. `key`: where it lies, if there
    are several of that name."""
    found = (one.path for one in registry.parse(outcome.output) if one.get(name) is not None)
    note(outcome, name, f"{key or next(found, '')}\\{name}: {why}, so it is unknown what Windows makes of it")


def unfit(value: registry.Value, *, is_list: bool = False) -> str:
    """Why a value is no text that can be used; empty where it is one."""
    if not isinstance(value.data, str):
        return f"it is a {value.type}"
    content = _SPACES.sub(" ", value.data) if is_list else value.data
    if value.problem and not (is_list and value.problem == registry.LINE_END):
        return value.problem
    longest = LONGEST_LIST if is_list else LONGEST_TEXT
    if len(content) > longest:
        return f"its text has {len(content)} characters"
    if content.isprintable() and "\ufffd" not in content:
        return ""
    bad = next((one for one in content if not _is_seen(one)), None)
    return "" if bad is None else f"its text contains U+{ord(bad):04X}"


def _is_seen(character: str) -> bool:
    return character != "\ufffd" and (character.isprintable() or unicodedata.category(character) == "Zs")
