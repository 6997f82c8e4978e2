"""The fields of dataclasses as results show them."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import plain_values


class Colour(enum.IntEnum):
    RED = 1


@dataclass(frozen=True)
class Inner:
    text: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    inner: Inner
    many: tuple[Inner, ...]
    named: Any
    listed: list[Any]
    raw: bytes
    number: float | None
    colour: Colour


def test_the_same_as_asdict() -> None:
    one = Outer(
        Inner("a", ("b",)), (Inner("c"),), {"d": Inner("e"), 1: [2]}, [Inner("f"), (1, True)], b"x", None, Colour.RED
    )
    assert plain_values.of(one) == dataclasses.asdict(one)
    assert isinstance(plain_values.of(one)["many"], tuple)


def test_any_mapping_becomes_a_dictionary() -> None:
    """asdict would copy it whole, and the result could not be told from Python's own."""
    one = Outer(Inner("a"), (), MappingProxyType({"d": Inner("e")}), [], b"", 0.5, Colour.RED)
    assert plain_values.of(one)["named"] == {"d": {"text": "e", "parts": ()}}


def test_what_may_change_is_not_shared() -> None:
    one = Outer(Inner("a"), (), {"d": [1]}, [1], b"", 0.5, Colour.RED)
    found = plain_values.of(one)
    found["named"]["d"].append(2)
    found["listed"].append(2)
    assert one.named == {"d": [1]}
    assert one.listed == [1]
