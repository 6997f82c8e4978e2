"""XML as Windows' tools print it, into a tree of elements.

Rules that hold in this file
- A document type is refused: nothing that Windows prints has one, and its entities could make a small text endless.
- Names stay as they are written, without what namespaces would put before each of them: a long address of a namespace
  would multiply the text by the number of its elements.
- Depth and length are bounded.
- What XML does not allow in a text is left out, and an `&` that begins no reference stands for itself: Windows writes
  both (libyal/libevtx issue 30, williballenthin/python-evtx issue 13: *likely*), and the rest is right.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

DEEPEST: Final = 64
"""Elements inside each other; an event and a task have less than ten."""
LONGEST: Final = 256 * 1024
"""Characters of a document; the definition of a task has 2,000, an event of Defender's 6,000 (captures: likely)."""

_NOT_ALLOWED = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_NOT_XML = re.compile(rf"[{_NOT_ALLOWED}]")
_AMPERSAND = re.compile(r"&(?:#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}));|(?!(?:amp|lt|gt|quot|apos);))")


class NotReadable(ValueError):
    """A text that is no such document; the message says why."""


def _reference(found: re.Match[str]) -> str:
    """A reference to a character as it may stand; empty for one that XML does not allow."""
    if not found[1] and not found[2]:
        return "&amp;"
    code = int(found[1]) if found[1] else int(found[2], 16)
    allowed = 0 < code <= 0x10FFFF and not _NOT_XML.match(chr(code))
    return found[0] if allowed else ""


def tree(text: str) -> Element:
    """The outermost element. Raises :class:`NotReadable`."""
    text = _AMPERSAND.sub(_reference, _NOT_XML.sub("", text))
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
