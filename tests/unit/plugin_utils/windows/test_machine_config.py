"""machine.config: one element changes, every other byte stays."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import machine_config
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.machine_config import NotEditable
from hypothesis import given, strategies as st

ELEMENT = b'<generatePublisherEvidence enabled="false"/>'
MARK = b"\xef\xbb\xbf"

PLACES = {
    "runtime that closes itself": (
        b"<configuration>\r\n  <runtime />\r\n</configuration>\r\n",
        b"<configuration>\r\n  <runtime>\r\n    %s\r\n  </runtime>\r\n</configuration>\r\n",
    ),
    "runtime with children": (
        b"<configuration>\n\t<runtime>\n\t\t<!-- kept -->\n\t\t<a/>\n\t</runtime>\n</configuration>",
        b"<configuration>\n\t<runtime>\n\t\t%s\n\t\t<!-- kept -->\n\t\t<a/>\n\t</runtime>\n</configuration>",
    ),
    "empty runtime": (
        b"<configuration>\r\n<runtime>\r\n</runtime>\r\n</configuration>",
        b"<configuration>\r\n<runtime>\r\n  %s\r\n</runtime>\r\n</configuration>",
    ),
    "no runtime": (
        b"<configuration>\r\n  <a/>\r\n</configuration>",
        b"<configuration>\r\n  <runtime>\r\n    %s\r\n  </runtime>\r\n  <a/>\r\n</configuration>",
    ),
    "no runtime, sections first": (
        b"<configuration>\n  <configSections>\n  </configSections>\n  <a/>\n</configuration>",
        b"<configuration>\n  <configSections>\n  </configSections>\n  <runtime>\n    %s\n  </runtime>\n  <a/>\n"
        b"</configuration>",
    ),
    "nothing at all": (
        b"<configuration/>",
        b"<configuration>\n  <runtime>\n    %s\n  </runtime>\n</configuration>",
    ),
    "one line": (
        b"<configuration><runtime><a/></runtime></configuration>",
        b"<configuration><runtime>\n  %s\n<a/></runtime></configuration>",
    ),
    "a runtime that is not the one": (
        b"<configuration>\n  <location>\n    <runtime/>\n  </location>\n  <runtime/>\n</configuration>",
        b"<configuration>\n  <location>\n    <runtime/>\n  </location>\n  <runtime>\n    %s\n  </runtime>\n"
        b"</configuration>",
    ),
    "a comment that looks like it": (
        b"<configuration>\n  <!-- <runtime> <generatePublisherEvidence enabled='true'/> -->\n  <runtime a='>' />\n"
        b"</configuration>",
        b"<configuration>\n  <!-- <runtime> <generatePublisherEvidence enabled='true'/> -->\n  <runtime a='>'>\n"
        b"    %s\n  </runtime>\n</configuration>",
    ),
}


@pytest.mark.parametrize(("before", "after"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("mark", [b"", MARK], ids=["", "mark"])
def test_where_it_is_put(before: bytes, after: bytes, mark: bytes) -> None:
    edited = machine_config.edited(mark + before, False)
    assert edited == mark + after % ELEMENT
    assert machine_config.enabled(edited) is False
    assert machine_config.edited(edited, False) == edited
    taken = machine_config.edited(edited, None)
    assert machine_config.enabled(taken) is None
    assert b"generatePublisherEvidence" not in taken.replace(before, b"").replace(b"<!-- <runtime> <generatePub", b"")


def wrapped(element: bytes) -> bytes:
    return b"<configuration>\r\n  <runtime>\r\n    " + element + b"\r\n  </runtime>\r\n</configuration>\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'<%s enabled="true"/>', b'<%s enabled="false"/>'),
        (b"<%s  enabled = 'TRUE' />", b"<%s  enabled = 'false' />"),
        (b"<%s/>", b'<%s enabled="false"/>'),
        (b"<%s\r\n  x='1' enabled=\"true\"\r\n>", b"<%s\r\n  x='1' enabled=\"false\"\r\n>"),
        (b"<%s xenabled='true'>", b"<%s enabled=\"false\" xenabled='true'>"),
    ],
)
def test_only_the_value_changes(before: bytes, after: bytes) -> None:
    name = b"generatePublisherEvidence"
    end = b"" if before.endswith(b"/>") else b"</" + name + b">"
    assert machine_config.edited(wrapped(before % name + end), False) == wrapped(after % name + end)


def test_taking_it_out_takes_its_line() -> None:
    assert machine_config.edited(wrapped(b"<a/>\r\n    " + ELEMENT), None) == wrapped(b"<a/>")
    assert machine_config.edited(wrapped(b"<a/> " + ELEMENT + b" <b/>"), None) == wrapped(b"<a/>  <b/>")
    empty = b"<configuration>\r\n</configuration>"
    assert machine_config.edited(empty, None) == empty


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "well-formed"),
        (b"<configuration>", "well-formed"),
        (b"<other/>", "outermost"),
        (b"<!DOCTYPE configuration [<!ENTITY a 'b'>]><configuration/>", "document type"),
        (wrapped(ELEMENT + ELEMENT), "2 generatePublisherEvidence"),
        (wrapped(b'<generatePublisherEvidence enabled="maybe"/>'), "neither true nor false"),
        ("<configuration/>".encode("utf-16"), "UTF-16"),
        (b'<?xml version="1.0" encoding="klingon"?><configuration/>', "encoding|well-formed"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(NotEditable, match=reason):
        machine_config.enabled(content)
    with pytest.raises(NotEditable, match=reason):
        machine_config.edited(content, False)


def test_what_it_holds_is_not_lost_with_it() -> None:
    kept = wrapped(b"<generatePublisherEvidence><!-- why --></generatePublisherEvidence>")
    with pytest.raises(NotEditable, match="lost"):
        machine_config.edited(kept, None)


def test_other_encodings_stay_as_they_are() -> None:
    head = b'<?xml version="1.0" encoding="iso-8859-1"?>\r\n'
    before = head + b"<configuration>\r\n  <!-- \xe9 -->\r\n  <runtime/>\r\n</configuration>\r\n"
    after = machine_config.edited(before, False)
    assert after.replace(b"<runtime>\r\n    " + ELEMENT + b"\r\n  </runtime>", b"<runtime/>") == before


BLANKS = st.sampled_from([b"", b" ", b"\r\n", b"\r\n  ", b"\n\t", b"\n\n   "])
OTHER = st.sampled_from(
    [b"<a/>", b"<a b='>'/>", b"<!-- <runtime/> -->", b"<a><runtime/></a>", "<é/>".encode(), b"<![CDATA[<]]>"]
)
RUNTIME = st.sampled_from(
    [b"", b"<runtime/>", b"<runtime x='/>' />", b"<runtime></runtime>", b"<runtime>\r\n</runtime>"]
)


@given(
    parts=st.lists(st.tuples(BLANKS, OTHER), max_size=5),
    runtime=RUNTIME,
    at=st.integers(0, 5),
    mark=st.sampled_from([b"", MARK, MARK + b"<?xml version='1.0'?>\r\n"]),
    desired=st.booleans(),
)
def test_nothing_else_changes(
    parts: list[tuple[bytes, bytes]], runtime: bytes, at: int, mark: bytes, desired: bool
) -> None:
    pieces = [blanks + other for blanks, other in parts]
    pieces.insert(min(at, len(pieces)), runtime)
    before = mark + b"<configuration>" + b"".join(p for p in pieces if b"CDATA" not in p) + b"</configuration>"
    after = machine_config.edited(before, desired)
    assert machine_config.enabled(after) is desired
    assert machine_config.edited(after, desired) == after
    start = next(i for i in range(len(before) + 1) if before[:i] != after[:i])
    rest = next(i for i in range(len(before) + 1) if before[len(before) - i :] != after[len(after) - i :])
    cut = before[start - 1 : len(before) - rest + 1]
    put = after[start - 1 : len(after) - rest + 1]
    assert cut.strip(b" \t\r\n/><runtime") == b"", "at most the end of a runtime tag gave way"
    assert b"generatePublisherEvidence" in put
