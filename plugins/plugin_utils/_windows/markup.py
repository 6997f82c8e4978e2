"""XML as Windows' tools print it, into a tree of elements.

Rules that hold in this file
- A document type is refused: nothing that Windows prints has one, and its entities could make a small text endless.
- Names stay as they are written, without what namespaces would put before each of them: a long address of a namespace
  would multiply the text by the number of its elements.
- Depth and length are bounded.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

DEEPEST: Final = 64
"""Elements inside each other; an event and a task have less than ten."""
LONGEST: Final = 256 * 1024
"""Characters of a document; the definition of a task has 2,000, an event of Defender's 6,000 (captures: likely)."""


class NotReadable(ValueError):
    """A text that is no such document; the message says why."""


def tree(text: str) -> Element:
    """The outermost element. Raises :class:`NotReadable`."""
    if len(text) > LONGEST:
        raise NotReadable(f"it has {len(text)} characters, and at most {LONGEST} are read")
    builder = TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise NotReadable(f"more than {DEEPEST} elements are inside each other")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def doctype(*_unused: object) -> None:
        raise NotReadable("it has a document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeError) as error:
        raise NotReadable(str(error)) from None
    return builder.close()
