"""Events as wevtutil prints them: no root, single quotes, English names, values in any language, hostile content."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import eventlog

FRENCH = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
    "Name='Microsoft-Windows-Windows Defender' Guid='{11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78}'/><EventID>1117</EventID>"
    "<TimeCreated SystemTime='2026-10-01T14:38:47.6936386Z'/><EventRecordID>7272</EventRecordID>"
    "<Channel>Microsoft-Windows-Windows Defender/Operational</Channel></System><EventData>"
    "<Data Name='Detection ID'>{3F813A68-3FA3-456D-8818-54AB191C87B3}</Data><Data Name='Unused'></Data>"
    "<Data Name='Severity Name'>Élevée</Data><Data Name='Path'>file:_C:\\Users\\Public\\a&amp;b.exe</Data>"
    "</EventData></Event>"
)
FROM_2016 = FRENCH.replace("<EventID>1117<", "<EventID Qualifiers='0'>1116<").replace("6936386Z", "586512400Z")


def test_query_is_one_quoted_argument() -> None:
    command = eventlog.query(eventlog.DEFENDER, (1116, 1117), 300, 50)
    assert command.text == (
        'wevtutil qe "Microsoft-Windows-Windows Defender/Operational" /q:"*[System[(EventID=1116 or EventID=1117) and '
        'TimeCreated[timediff(@SystemTime) <= 300000]]]" /f:xml /c:50 /rd:true'
    )


def test_several_events_without_a_root() -> None:
    read = eventlog.parse((FRENCH + "\r\n" + FROM_2016 + "\r\n").encode())
    assert [event.id for event in read.events] == [1117, 1116]
    assert read.unreadable == 0
    first = read.events[0]
    assert first.time == "2026-10-01T14:38:47.6936386Z"
    assert first.record_id == 7272
    assert first.channel == eventlog.DEFENDER
    assert first.data["Severity Name"] == "Élevée"
    assert first.data["Path"] == "file:_C:\\Users\\Public\\a&b.exe"
    assert first.data["Unused"] == ""


@pytest.mark.parametrize("code_page", ["cp850", "cp1252", "cp932", "utf-16-le"])
def test_ids_survive_every_code_page(code_page: str) -> None:
    (event,) = eventlog.parse(FRENCH.encode(code_page, "replace")).events
    assert event.data["Detection ID"] == "{3F813A68-3FA3-456D-8818-54AB191C87B3}"


def test_one_that_cannot_be_read_costs_only_itself() -> None:
    broken = FRENCH.replace("1117", "<random_int>")
    entity = "<Event><!DOCTYPE a [<!ENTITY b 'c'>]><System><EventID>1116</EventID></System></Event>"
    no_number = FRENCH.replace("1117", "none")
    read = eventlog.parse(f"{broken}\r\n{entity}\r\n{no_number}\r\n{FRENCH}".encode())
    assert [event.id for event in read.events] == [1117]
    assert read.unreadable == 3


def test_control_characters_and_other_planes() -> None:
    text = FRENCH.replace("a&amp;b", "a\x01👨b")
    (event,) = eventlog.parse(text.encode()).events
    assert event.data["Path"].endswith("a👨b.exe")


@pytest.mark.parametrize("output", [b"", b"\r\n", b"Access is denied.\r\n", FRENCH.encode()[:-9]])
def test_no_events(output: bytes) -> None:
    assert eventlog.parse(output) == eventlog.Events((), 0)


@pytest.mark.parametrize(
    ("printed", "path"),
    [
        ("C:\\a\x03b.exe", "C:\\ab.exe"),
        ("C:\\a&#x1;b.exe", "C:\\ab.exe"),
        ("C:\\a&#2;b.exe", "C:\\ab.exe"),
        ("C:\\a&#xFFFF;&#xD800;&#x110000;b.exe", "C:\\ab.exe"),
        ("C:\\a & b&c.exe", "C:\\a & b&c.exe"),
        ("C:\\a&nbsp;b.exe", "C:\\a&nbsp;b.exe"),
        ("C:\\a&amp;b&#65;&#x42;.exe", "C:\\a&bAB.exe"),
    ],
)
def test_what_xml_does_not_allow_costs_itself_only(printed: str, path: str) -> None:
    """B41."""
    event = (
        "<Event xmlns='http://x'><System><EventID>1116</EventID></System>"
        f"<EventData><Data Name='Path'>{printed}</Data></EventData></Event>"
    )
    found = eventlog.parse(event.encode())
    assert found.unreadable == 0
    assert [one.data["Path"] for one in found.events] == [path]
