"""Results as Ansible takes them: the one conversion of what operations return, made where they are driven."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

_PLAIN = frozenset({str, int, bool, float, type(None)})


class Plain(dict[str, Any]):
    """A result that is plain already, and whose parts other results may share: nothing below its own keys may be
    changed."""


def plain(value: Any) -> Any:
    """A result of plain types only: dataclasses and mappings are dictionaries, sequences and sets lists, bytes hex.

    A copy, so that no two hosts share a part, but for a Plain. Most values are plain already, and a sweep asks for all
    of a thousand hosts: that is looked at first, and before each call.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Plain:
        return dict(value)
    if kind is dict:
        return {str(key): item if type(item) in _PLAIN else plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else plain(item) for item in value]
    names = _fields(kind)
    if names is not None:
        held = value.__dict__
        return {name: item if type(item := held[name]) in _PLAIN else plain(item) for name in names}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    return value.hex() if isinstance(value, bytes) else value


_known: dict[type, tuple[str, ...] | None] = {}


def _fields(kind: type) -> tuple[str, ...] | None:
    """The names of a dataclass; None for any other type."""
    if kind not in _known:
        is_one = dataclasses.is_dataclass(kind)
        _known[kind] = tuple(field.name for field in dataclasses.fields(kind)) if is_one else None
    return _known[kind]
