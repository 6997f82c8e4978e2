"""Reads the envelopes that a service answers with: what any parser of XML may be given, and what is in them.

A parser's cost is not in proportion to a document's length by itself: an entity or the name of a namespace is written
once and expanded at every use. So a body is looked at before it is parsed, by pywinrm or here.
"""

from __future__ import annotations

import binascii
import codecs
import functools
import re
import xml.etree.ElementTree as ET
from typing import Any

from .faults import excerpt, number
from .optional_imports import WSManFaultError

SHELL_URI = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
RSP = f"{{{SHELL_URI}}}"
MAX_NAMES = 20_000
"""Elements and attributes: an envelope of 150 KB full of the shortest pieces of output has a third of it."""
MAX_TAG = 4096
"""Characters between `<` and `>`: Windows' longest names a dozen namespaces, about 1,000."""
MAX_ADDRESS = 256
"""Bytes of the address of a namespace, which a parser puts before each name; Windows' longest have about 90."""
MAX_FAULT = 64 * 1024
"""Bytes of an answer that reports an error; Windows' have about 2,000."""
MAX_ID = 256
"""Characters of a shell's or command's id, which each later message repeats; Windows' have 36."""


_ORDINARY = re.compile(
    rb"""(?:[^<]*+<[^<>"'!]{0,64}+(?:"[^"<>]{0,%d}+"[^<>"'!]{0,64}+){0,12}+>)*+[^<]*+""" % MAX_ADDRESS
)
"""An envelope as Windows writes it, whose tags keep every bound: what it does not match is looked at more closely."""


class NotWsman(ValueError):
    """A body is no envelope that a WS-Management service writes."""


def envelope(body: bytes) -> bytes:
    """The body, safe to be parsed: UTF-8, without declarations of any kind, names in bounds. Raises NotWsman."""
    body = body.removeprefix(codecs.BOM_UTF8)
    if body.startswith(b"<?xml"):  # it may name another encoding, in which other bytes are tags
        body = body.partition(b"?>")[2]
    few = body.count(b"<") + body.count(b"=") <= MAX_NAMES
    if few and body.isascii() and b"\0" not in body and _ORDINARY.fullmatch(body):
        return body
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotWsman("its body is not UTF-8") from None
    tags = [one.partition(">")[0] for one in text.split("<", MAX_NAMES + 1)[1:]]
    joined = "<".join(("", *tags))
    if len(tags) + joined.count("=") > MAX_NAMES:
        raise NotWsman(f"its body has more than {MAX_NAMES} elements and attributes")
    if "<!" in joined or "\0" in text:
        raise NotWsman("its body has a document type, a comment or a zero character")
    if max(map(len, tags), default=0) > MAX_TAG or _ends_in_quotes(tags, joined):
        raise NotWsman(f"its body has a tag of more than {MAX_TAG} characters, or one that does not end")
    if [tag for tag in tags if "xmlns" in tag and _longest_address(tag) > MAX_ADDRESS]:
        raise NotWsman(f"its body has a namespace of more than {MAX_ADDRESS} bytes")
    return body


def _ends_in_quotes(tags: list[str], joined: str) -> bool:
    """Whether one of the tags does: a bracket in quotes is no end, so whoever writes one is refused."""
    if "'" in joined:
        return any((tag.count('"') | tag.count("'")) & 1 for tag in tags)
    parts = joined.split('"')  # every second one stands in quotes, where no tag may begin
    return len(parts) % 2 == 0 or "<" in "".join(parts[1::2])


@functools.lru_cache(maxsize=64)
def _longest_address(tag: str) -> int:
    """Bytes of the longest address of a namespace that a tag declares. Few tags do, and all hosts write the same."""
    declared = (one.partition("=")[2].strip() for one in tag.split("xmlns")[1:])
    return max(len(value[1:].partition(value[:1] or " ")[0].encode()) for value in declared)


def error(body: bytes) -> str:
    """What the body of an error says: an envelope in which pywinrm may look for a fault, or the body's beginning."""
    try:
        if len(body) <= MAX_FAULT:
            return envelope(body).decode()
    except NotWsman:
        pass
    return excerpt(body[:MAX_FAULT].decode(errors="replace"))


def fault(error: Any) -> WSManFaultError | None:
    """The fault in a WinRMTransportError's body; None where it is none.

    pywinrm reads a code in decimal only and fails at others with a ValueError, and the code of a quota that the service
    reports as MSFT_WmiError is not in its message (ansible/ansible#83656).
    """
    try:
        root = _parsed(envelope(error.response_text.encode()))
    except (ValueError, ET.ParseError):
        return None
    node = next((one for one in root.iter() if one.tag.endswith("}Fault")), None)
    if node is None:
        return None
    detail = next((one for one in node.iter() if one.tag.endswith("}WSManFault") and one.get("Code")), None)
    wmi = _text(node, "error_Code")
    spelled = (detail.get("Code") if detail is not None else None) or wmi
    code = number(spelled) if spelled else None
    reason = _text(node, "Text") or _text(node, "Message") or "(no error message in fault)"
    if spelled and code is None:
        reason += f" (fault code {excerpt(spelled)!r})"
    return WSManFaultError(
        code=error.code,
        message=error.message,
        response=error.response_text,
        reason=reason,
        fault_code=_text(node, "Code/{*}Value") or None,
        fault_subcode=_text(node, "Subcode/{*}Value") or None,
        wsman_fault_code=code,
        wmierror_code=number(wmi) if wmi else None,
    )


def _text(node: ET.Element, name: str) -> str:
    """The text of the first element of a name, whatever its namespace."""
    found = node.find(f".//{{*}}{name}")
    return "" if found is None else "".join(found.itertext()).strip()


def shell_id(answer: bytes) -> str:
    """The id in the answer to a Create. Raises ValueError, ET.ParseError, StopIteration."""
    return _identifier(next(node for node in _parsed(answer).iter() if node.get("Name") == "ShellId"))


def command_id(answer: bytes) -> str:
    """The id in the answer to a Command. Raises ValueError, ET.ParseError, StopIteration."""
    return _identifier(next(node for node in _parsed(answer).iter() if node.tag.endswith("CommandId")))


def read_answer(answer: bytes) -> tuple[int | None, list[tuple[str, bytes]]]:
    """The exit code of a ReceiveResponse whose command is done (else None), and its chunks of output in order.

    A server may send several CommandState elements, of which the one in state Done counts (xebialabs/overthere#79).
    Raises ValueError, ET.ParseError.
    """
    root = _parsed(answer)
    chunks = [
        (stream.get("Name", ""), binascii.a2b_base64(stream.text))
        for stream in root.iter(f"{RSP}Stream")
        if stream.text
    ]
    for state in root.iter(f"{RSP}CommandState"):
        if state.get("State", "").endswith("/Done"):
            code = state.findtext(f"{RSP}ExitCode") or "0"
            if len(code) > len("-2147483648"):
                raise NotWsman(f"an exit code of {len(code)} characters")
            return int(code), chunks
    return None, chunks


def _parsed(answer: bytes) -> ET.Element:
    return ET.fromstring(answer)  # noqa: S314 - `envelope` has let it through


def _identifier(node: ET.Element) -> str:
    if not node.text or len(node.text) > MAX_ID:
        raise NotWsman("an id is missing or too long")
    return node.text
