"""Containers that several threads use: commands run in threads of their own, and the control channel in others."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class SharedDict(dict[K, V]):
    """A dict that other threads may change while one iterates: views and iterators are those of a copy.

    A key of the copy may be gone when it is used.
    """

    def moment(self) -> dict[K, V]:
        """A copy of what it holds now."""
        while True:
            try:
                # No Python code runs in between, but for what the garbage collector may call (before Python 3.12).
                return dict(tuple(dict.items(self)))
            except RuntimeError:
                continue

    def __iter__(self) -> Iterator[K]:
        return iter(self.moment())

    def keys(self) -> KeysView[K]:  # type: ignore[override]  # the base promises its own view
        return self.moment().keys()

    def values(self) -> ValuesView[V]:  # type: ignore[override]
        return self.moment().values()

    def items(self) -> ItemsView[K, V]:  # type: ignore[override]
        return self.moment().items()
