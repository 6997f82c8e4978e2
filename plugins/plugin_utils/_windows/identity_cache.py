"""What was made of the very same objects before.

Hosts that answer alike share the outcomes of `Batch.split`, and so all that is made of them: what compares objects by
identity need not look into them again, host by host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class IdentityCache(Generic[T]):
    """At most `most` things, each by the objects it was made of and by values that are compared as such.

    What it gives is shared: whoever gets it must not change it. Threads may use it at the same time; two that ask for
    the same at once may both make it.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._made: dict[tuple[object, ...], tuple[tuple[object, ...], T]] = {}
        """With the objects, which must live: another could get the identity of one that is gone."""

    def get(self, make: Callable[[], T], objects: tuple[object, ...], *values: object) -> T:
        """What `make` made of these objects and values, or makes now."""
        key = (values, *map(id, objects))
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= self._most:
                self._made.clear()
            found = self._made[key] = objects, make()
        return found[1]

    def clear(self) -> None:
        """Forgets all."""
        self._made.clear()
