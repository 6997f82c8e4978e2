"""Results as Ansible takes them."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import plain


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


ONE = Outer(
    Inner("a", ("b",)), (Inner("c"),), {"d": Inner("e"), 1: [2]}, [Inner("f"), (1, True)], b"x", None, Colour.RED
)


def test_dataclasses_become_dictionaries_at_every_depth() -> None:
    found = plain(ONE)
    assert found == {
        "inner": {"text": "a", "parts": ["b"]},
        "many": [{"text": "c", "parts": []}],
        "named": {"d": {"text": "e", "parts": []}, "1": [2]},
        "listed": [{"text": "f", "parts": []}, [1, True]],
        "raw": "78",
        "number": None,
        "colour": Colour.RED,
    }
    assert list(found) == [field.name for field in dataclasses.fields(Outer)]


def test_any_mapping_becomes_a_dictionary_and_a_set_a_sorted_list() -> None:
    found = plain(MappingProxyType({"d": Inner("e"), "s": frozenset({2, 1})}))
    assert found == {"d": {"text": "e", "parts": []}, "s": [1, 2]}
    assert found.__class__ is dict  # and no other mapping


def test_what_may_change_is_not_shared() -> None:
    one = {"a": {"b": [1]}, "c": [ONE]}
    found = plain(one)
    found["a"]["b"].append(2)
    found["c"][0]["named"].clear()
    assert one["a"] == {"b": [1]}
    assert ONE.named == {"d": Inner("e"), 1: [2]}
