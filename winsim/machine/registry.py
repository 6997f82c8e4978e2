"""The registry: hives, keys, typed values, the 32-bit view, and who may write where.

Names keep the case they were created with and compare without regard to it, as on Windows. A path begins with a
hive (`HKLM` or `HKEY_LOCAL_MACHINE`, `HKU`, `HKCR`); `HKCU` must be resolved to `HKU\\<sid>` by the caller, who
alone knows whose it is. Redirection of the 32-bit view: Microsoft, "Registry Keys Affected by WOW64" (sure).
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..shared import SharedDict

Data = str | int | bytes | tuple[str, ...]


class ValueType(enum.IntEnum):
    """Registry value types ([MS-RRP] 2.2.9)."""

    NONE = 0
    SZ = 1
    EXPAND_SZ = 2
    BINARY = 3
    DWORD = 4
    DWORD_BIG_ENDIAN = 5
    LINK = 6
    MULTI_SZ = 7
    QWORD = 11


HIVES = {
    "hklm": "HKEY_LOCAL_MACHINE",
    "hku": "HKEY_USERS",
    "hkcr": "HKEY_CLASSES_ROOT",
    "hkcc": "HKEY_CURRENT_CONFIG",
}

# Below HKLM\SOFTWARE the 32-bit view has a tree of its own, but for these, which both views share.
SHARED_BETWEEN_VIEWS = (
    "policies",
    "microsoft\\systemcertificates",
    "microsoft\\enterprisecertificates",
    "microsoft\\windows nt\\currentversion\\networklist",
)


class RegistryError(Exception):
    """What a registry call answers instead of succeeding."""


class KeyMissing(RegistryError):
    """ERROR_FILE_NOT_FOUND (2): no such key or value."""


class AccessDenied(RegistryError):
    """ERROR_ACCESS_DENIED (5): the caller may not do this here."""


@dataclass
class Value:
    """One value; the default value's name is the empty string.

    `data` is a str for SZ and EXPAND_SZ, an int for DWORD, DWORD_BIG_ENDIAN and QWORD, a tuple of str for MULTI_SZ,
    and bytes for every other type.
    """

    name: str
    type: ValueType
    data: Data


@dataclass
class Key:
    """A key with its values and subkeys, each by lower-case name in the order they were created."""

    name: str
    values: SharedDict[str, Value] = field(default_factory=SharedDict)
    subkeys: SharedDict[str, Key] = field(default_factory=SharedDict)

    def walk(self, path: str) -> Iterator[tuple[str, Key]]:
        """This key and all below it, each with its full path, parents first."""
        yield path, self
        for subkey in self.subkeys.values():
            yield from subkey.walk(f"{path}\\{subkey.name}")

    def copy(self) -> Key:
        """A key tree of its own; the values are shared, since nobody changes one in place."""
        subkeys = SharedDict({name: key.copy() for name, key in self.subkeys.items()})
        return Key(self.name, SharedDict(self.values), subkeys)


class Registry:
    """All hives of one machine."""

    def __init__(self) -> None:
        self._root = Key("")
        self._protected: dict[tuple[str, ...], frozenset[str]] = {}
        self._denied: set[tuple[str, ...]] = set()
        for name in HIVES.values():
            self._root.subkeys[name.lower()] = Key(name)

    def copy(self) -> Registry:
        """A registry of its own with the same content: how a template becomes many machines."""
        registry = Registry()
        registry._root = self._root.copy()
        registry._protected = dict(self._protected)
        registry._denied = set(self._denied)
        return registry

    @staticmethod
    @functools.lru_cache(maxsize=8192)
    def split(path: str, view: int = 64) -> tuple[str, ...]:
        """The names on the way to `path`, hive spelled out, redirected for the 32-bit view.

        Raises KeyMissing for a hive that does not exist.
        """
        parts = [part for part in path.strip("\\").split("\\") if part]
        hive = HIVES.get(parts[0].lower(), parts[0].upper()) if parts else ""
        if hive not in HIVES.values():
            raise KeyMissing(path)
        rest = parts[1:]
        if view == 32 and hive == HIVES["hklm"] and rest and rest[0].lower() == "software":
            below = "\\".join(rest[1:]).lower()
            shared = any(below == s or below.startswith(s + "\\") for s in SHARED_BETWEEN_VIEWS)
            if not shared and not below.startswith("wow6432node"):
                rest = [rest[0], "WOW6432Node", *rest[1:]]
        return (hive, *rest)

    def key(self, path: str, view: int = 64) -> Key:
        """The key at `path`; raises KeyMissing."""
        key = self._root
        for part in self.split(path, view):
            try:
                key = key.subkeys[part.lower()]
            except KeyError:
                raise KeyMissing(path) from None
        return key

    def exists(self, path: str, view: int = 64) -> bool:
        """Whether there is a key at `path`."""
        try:
            self.key(path, view)
        except KeyMissing:
            return False
        return True

    def create(self, path: str, view: int = 64) -> Key:
        """The key at `path`, made with all its parents where it was missing."""
        key = self._root
        for part in self.split(path, view):
            key = key.subkeys.setdefault(part.lower(), Key(part))
        return key

    def get(self, path: str, name: str, view: int = 64) -> Value | None:
        """The value `name` of the key at `path`, or None where either is missing."""
        try:
            return self.key(path, view).values.get(name.lower())
        except KeyMissing:
            return None

    def data(self, path: str, name: str, default: Data | None = None, view: int = 64) -> Data | None:
        """The data alone of a value, or `default` where it is missing."""
        value = self.get(path, name, view)
        return default if value is None else value.data

    def number(self, path: str, name: str, default: int = 0) -> int:
        """The data of a DWORD or QWORD; `default` where it is missing or of another type."""
        data = self.data(path, name)
        return data if isinstance(data, int) else default

    def text(self, path: str, name: str, default: str = "") -> str:
        """The data of an SZ or EXPAND_SZ; `default` where it is missing or of another type."""
        data = self.data(path, name)
        return data if isinstance(data, str) else default

    def set(self, path: str, name: str, type_: ValueType, data: Data, view: int = 64) -> None:
        """Writes a value, making the key where it is missing; a value that exists keeps the case of its name."""
        values = self.create(path, view).values
        old = values.get(name.lower())
        values[name.lower()] = Value(old.name if old else name, type_, data)

    def set_dword(self, path: str, name: str, data: int) -> None:
        """Writes a REG_DWORD."""
        self.set(path, name, ValueType.DWORD, data & 0xFFFFFFFF)

    def set_text(self, path: str, name: str, data: str) -> None:
        """Writes a REG_SZ."""
        self.set(path, name, ValueType.SZ, data)

    def delete_value(self, path: str, name: str, view: int = 64) -> None:
        """Removes one value; raises KeyMissing where there is none."""
        if self.key(path, view).values.pop(name.lower(), None) is None:
            raise KeyMissing(name)

    def delete_key(self, path: str, view: int = 64) -> None:
        """Removes a key and all below it; raises KeyMissing where there is none, AccessDenied for a hive."""
        *parents, last = self.split(path, view)
        if not parents:
            raise AccessDenied(path)
        parent = self._root
        for part in parents:
            try:
                parent = parent.subkeys[part.lower()]
            except KeyError:
                raise KeyMissing(path) from None
        if parent.subkeys.pop(last.lower(), None) is None:
            raise KeyMissing(path)

    def protect(self, path: str, writers: frozenset[str]) -> None:
        """Lets only tokens whose `sid` or one of whose `groups` (SIDs) is in `writers` write at and below `path`."""
        self._protected[tuple(part.lower() for part in self.split(path))] = writers

    def writers(self, path: str, view: int = 64) -> frozenset[str] | None:
        """Who alone may write at `path`: the SIDs of the nearest protection above it; None where there is none."""
        parts = tuple(part.lower() for part in self.split(path, view))
        for length in range(len(parts), 0, -1):
            if parts[:length] in self._protected:
                return self._protected[parts[:length]]
        return None

    def deny(self, path: str) -> None:
        """Lets SYSTEM alone read at and below `path`; the key above still lists it."""
        self._denied.add(tuple(part.lower() for part in self.split(path)))

    def is_denied(self, path: str, view: int = 64) -> bool:
        """Whether SYSTEM alone may read at `path`."""
        if not self._denied:
            return False
        parts = tuple(part.lower() for part in self.split(path, view))
        return any(parts[: len(denied)] == denied for denied in self._denied)

    def walk(self) -> Iterator[tuple[str, Key]]:
        """Every key of every hive with its full path."""
        for hive in self._root.subkeys.values():
            yield from hive.walk(hive.name)
