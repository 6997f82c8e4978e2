"""A report's data for a page: small, although ten thousand hosts say nearly the same, and unable to end its element.

Every distinct value is written once. A document is {"shapes": [[key, ...], ...], "values": [...], "root": index}. In
`values`, a text, number, true, false or null is itself; a list of indices is a list; a list that begins with a negative
number is an object, -1 - (index of its shape), then the indices of its values in the order of the shape's keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ESCAPES = {ord(one): f"\\u{ord(one):04x}" for one in "<>&'"}
"""Characters in which HTML could see an end, a comment or an entity. JSON has them in texts only, and there they may be
escaped."""


def pack(value: Any) -> dict[str, Any]:
    """The document of plain data."""
    packer = _Packer()
    root = packer.add(value)
    return {"shapes": [list(shape) for shape in packer.shapes], "values": packer.values, "root": root}


def script_json(value: Any) -> str:
    """Plain data as JSON that may stand in a script element. Raises ValueError for numbers that JSON does not have.

    In ASCII: a browser takes twice the memory for a text with any character beyond Latin-1, and longer to read it.
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.translate(ESCAPES)


class _Packer:
    def __init__(self) -> None:
        self.shapes: dict[tuple[str, ...], int] = {}
        self.values: list[Any] = []
        self._known: dict[Any, int] = {}

    def add(self, value: Any) -> int:
        kind = type(value)
        if kind is str or kind is int or kind is bool or value is None:
            return self._index(kind.__name__, value)
        # Asked by type first: what an abstract class answers takes most of the time of a large report.
        if kind is dict or isinstance(value, Mapping):
            shape = tuple(map(str, value))
            number = self.shapes.setdefault(shape, len(self.shapes))
            return self._index("object", (-1 - number, *(self.add(item) for item in value.values())))
        if isinstance(value, (list, tuple)):
            return self._index("list", tuple(self.add(item) for item in value))
        return self._index(repr(value) if isinstance(value, float) else type(value).__name__, value)

    def _index(self, kind: str, value: Any) -> int:
        """The kind goes into the key, because 1, 1.0 and true are one key to Python, and so are 0.0 and -0.0."""
        found = self._known.get((kind, value))
        if found is None:
            found = self._known[kind, value] = len(self.values)
            self.values.append(list(value) if isinstance(value, tuple) else value)
        return found
