"""`generatePublisherEvidence` in a .NET Framework's machine.config: read and edited, every other byte as it was.

    <configuration>
      <runtime>
        <generatePublisherEvidence enabled="false"/>

Rules that hold in this file
- The file is bytes. The parser says where an element begins; what is changed is cut out there and nothing is printed
  anew, so mark, line ends, comments, blanks and attributes of others stay.
- What an edit came to is parsed again before it is given away.
- What cannot be placed without doubt is refused: two such elements, a document type, an encoding of two bytes.
Facts: the element, its place and its default `true` are *sure* (Microsoft Learn, generatePublisherEvidence element);
`configSections` must be the first child of `configuration` (*sure*, the same schema).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

ELEMENT: Final = "generatePublisherEvidence"
ATTRIBUTE: Final = "enabled"
TARGET: Final = ("configuration", "runtime", ELEMENT)
_INDENT: Final = b"  "
_VALUE = re.compile(rb"""(?<=[\s])enabled[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")
_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")


class NotEditable(ValueError):
    """A file whose element cannot be read or placed without doubt; the message says why."""


@dataclass
class _Element:
    """An element that matters: where its start tag and the whole of it lie, in bytes."""

    path: tuple[str, ...]
    start: int
    tag_end: int
    end: int = 0
    """Behind its end tag; equal to `tag_end` where it closes itself."""
    content: int = 0
    """Where its end tag begins."""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Layout:
    roots: tuple[_Element, ...]
    sections: tuple[_Element, ...]
    runtimes: tuple[_Element, ...]
    evidence: tuple[_Element, ...]


def enabled(content: bytes) -> bool | None:
    """What the file says; None where it says nothing, so that the default (true) holds. Raises NotEditable."""
    layout = _layout(content)
    return _value(layout.evidence[0]) if layout.evidence else None


def edited(content: bytes, desired: bool | None) -> bytes:
    """The file with the element at `desired`, or without it for None. Raises NotEditable."""
    enabled(content)
    layout = _layout(content)
    if desired is None:
        changed = _without(content, layout.evidence[0]) if layout.evidence else content
    elif layout.evidence:
        changed = _set(content, layout.evidence[0], desired)
    else:
        changed = _with(content, layout, desired)
    if enabled(changed) is not desired:
        raise NotEditable("the edited text does not have the requested value when it is read again")
    return changed


def _layout(content: bytes) -> _Layout:
    if b"\0" in content:
        raise NotEditable("it holds NUL bytes: an encoding of two bytes (UTF-16) cannot travel through the shell")
    kinds: dict[tuple[str, ...], list[_Element]] = {
        TARGET[:1]: [],
        (TARGET[0], "configSections"): [],
        TARGET[:2]: [],
        TARGET: [],
    }
    path: list[str] = []
    open_elements: list[_Element | None] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        found = kinds.get(tuple(path)) if len(path) <= len(TARGET) else None
        element = None
        if found is not None:
            at = parser.CurrentByteIndex
            tag = _TAG.match(content, at)
            if tag is None:
                raise NotEditable(f"the tag of {name} at byte {at} is not understood")
            element = _Element(tuple(path), at, tag.end(), attributes=dict(attributes))
            found.append(element)
        open_elements.append(element)

    def end(_name: str) -> None:
        path.pop()
        element = open_elements.pop()
        if element is None:
            return
        if content[element.tag_end - 2 : element.tag_end] == b"/>":
            element.content = element.end = element.tag_end
        else:
            element.content = parser.CurrentByteIndex
            element.end = content.index(b">", element.content) + 1

    def doctype(*_unused: object) -> None:
        raise NotEditable("it has a document type, which no machine.config has")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotEditable(f"it is not well-formed XML: {error}") from error
    except (LookupError, ValueError) as error:
        if isinstance(error, NotEditable):
            raise
        raise NotEditable(f"its encoding is unknown: {error}") from error
    layout = _Layout(*(tuple(found) for found in kinds.values()))
    if not layout.roots:
        raise NotEditable("its outermost element is not configuration")
    if len(layout.evidence) > 1:
        raise NotEditable(f"it has {len(layout.evidence)} {ELEMENT} elements; which of them counts is not known")
    return layout


def _value(element: _Element) -> bool | None:
    """The element's attribute; None where it has none. Raises NotEditable for what is neither true nor false."""
    text = element.attributes.get(ATTRIBUTE)
    if text is None:
        return None
    if text.strip().lower() not in ("true", "false"):
        raise NotEditable(f"{ATTRIBUTE} is {text!a}, neither true nor false")
    return text.strip().lower() == "true"


def _word(desired: bool) -> bytes:
    return b"true" if desired else b"false"


def _set(content: bytes, element: _Element, desired: bool) -> bytes:
    found = _VALUE.search(content, element.start, element.tag_end)
    if found is None:
        at = element.start + 1 + len(ELEMENT)
        return content[:at] + b' enabled="' + _word(desired) + b'"' + content[at:]
    group = 1 if found[1] is not None else 2
    return content[: found.start(group)] + _word(desired) + content[found.end(group) :]


def _without(content: bytes, element: _Element) -> bytes:
    """Without the element, and without its line where it stands alone on it."""
    if content[element.tag_end : element.content].strip():
        raise NotEditable(f"{ELEMENT} is not empty, and its content would be lost")
    before = content[: element.start].rstrip(b" \t")
    if before.endswith(b"\n") and re.match(rb"[ \t]*\r?\n", content[element.end :]):
        before = before[:-1].removesuffix(b"\r")
    else:
        before = content[: element.start]
    return before + content[element.end :]


def _with(content: bytes, layout: _Layout, desired: bool) -> bytes:
    line_end = b"\r\n" if b"\r\n" in content else b"\n"
    element = b'<generatePublisherEvidence enabled="' + _word(desired) + b'"/>'
    if layout.runtimes:
        return _inside(content, layout.runtimes[0], element, line_end)
    root = layout.roots[0]
    if layout.sections:
        at = layout.sections[0].end
        margin = line_end + _margin(content, layout.sections[0].start)
        runtime = b"<runtime>" + margin + _INDENT + element + margin + b"</runtime>"
        return content[:at] + margin + runtime + content[at:]
    margin = line_end + _margin(content, root.start) + _INDENT
    return _inside(content, root, b"<runtime>" + margin + _INDENT + element + margin + b"</runtime>", line_end)


def _inside(content: bytes, parent: _Element, text: bytes, line_end: bytes) -> bytes:
    """`text` as the first child of `parent`, on a line of its own."""
    outer = line_end + _margin(content, parent.start)
    if parent.end == parent.tag_end:
        tag = content[parent.start : parent.tag_end]
        name = re.match(rb"<[^\s/>]+", tag)
        if name is None:
            raise AssertionError("a start tag has a name")
        opened = tag[:-2].rstrip() + b">" + outer + _INDENT + text + outer + b"</" + name[0][1:] + b">"
        return content[: parent.start] + opened + content[parent.tag_end :]
    inner = re.match(rb"\s*", content[parent.tag_end : parent.content])
    has_children = inner is not None and inner.end() < parent.content - parent.tag_end
    if inner is not None and b"\n" in inner[0]:
        # The blanks before the first child are those of a child; before the end tag, those of the parent.
        margin = line_end + _last_line(inner[0]) + (b"" if has_children else _INDENT)
        return content[: parent.tag_end] + margin + text + content[parent.tag_end :]
    return content[: parent.tag_end] + outer + _INDENT + text + outer + content[parent.tag_end :]


def _margin(content: bytes, at: int) -> bytes:
    """The blanks before an element that begins its line; none where it does not."""
    line = content[content.rfind(b"\n", 0, at) + 1 : at].removeprefix(b"\xef\xbb\xbf")
    return line if not line.strip(b" \t") else b""


def _last_line(blanks: bytes) -> bytes:
    return blanks.rpartition(b"\n")[2]
