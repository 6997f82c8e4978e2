"""Results as Ansible takes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

_PLAIN = frozenset({str, int, bool, float, type(None)})


def plain(value: Any) -> Any:
    """A result as Ansible takes it: plain types only, bytes as hex."""
    kind = type(value)
    if kind in _PLAIN:  # most are, and a sweep asks for all of a thousand hosts
        return value
    if kind is dict:
        return {str(key): item if type(item) in _PLAIN else plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, bytes):
        return value.hex()
    return value
