"""The XML of the daily task, and what schtasks prints of one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import daily_task
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.daily_task import Daily

TASK = Daily("03:30", r"C:\Windows\System32\cmd.exe", '/d /c (a && b >nul 2>&1 & "c d")')
XML = daily_task.xml(TASK, "für <alle>")


def shown(text: str = XML) -> bytes:
    """As schtasks prints it: the declaration says UTF-16, the bytes are the console's."""
    return (
        text.replace('<?xml version="1.0" ?>', '<?xml version="1.0" encoding="UTF-16"?>').replace("\n", "\r\n").encode()
    )


def test_what_is_written_is_read_back() -> None:
    assert XML.isascii()
    assert daily_task.parse(shown()) == TASK
    assert daily_task.parse(XML.encode("utf-16")) == TASK


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        ("T03:30:00", "T04:30:00", {"start": "04:30"}),
        ("T03:30:00", "T03:30:00Z", {"start": "", "every_day": False}),
        ("<DaysInterval>1<", "<DaysInterval>2<", {"every_day": False}),
        ("<Triggers>", "<Triggers><BootTrigger />", {"every_day": False}),
        ("<Enabled>true</Enabled>\n<ScheduleByDay>", "<Enabled>false</Enabled>\n<ScheduleByDay>", {"every_day": False}),
        ("</Enabled>\n<Hidden>", "</Enabled>\n<Hidden>", {}),
        ("<Enabled>true</Enabled>\n<Hidden>", "<Enabled>false</Enabled>\n<Hidden>", {"enabled": False}),
        ("S-1-5-18", "NT AUTHORITY\\SYSTEM", {}),
        ("S-1-5-18", "S-1-5-20", {"account": "S-1-5-20"}),
        ("</Exec>", "</Exec><Exec><Command>x</Command></Exec>", {"program": "", "arguments": ""}),
        ("(a &amp;&amp;", "(x &amp;&amp;", {"arguments": TASK.arguments.replace("(a", "(x")}),
    ],
)
def test_a_difference_is_seen(old: str, new: str, differs: dict[str, Any]) -> None:
    assert old in XML
    found = daily_task.parse(shown(XML.replace(old, new)))
    assert {name: getattr(found, name) for name in differs} == differs
    assert (found == TASK) is not bool(differs)


def test_what_xml_does_not_allow_costs_itself_only() -> None:
    """A sibling of B41: the definition of a task is XML too."""
    assert daily_task.parse(shown(XML.replace("</Arguments>", "&#x1;\x03</Arguments>"))) == TASK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ERROR: Access is denied.",
        "<Task",
        '<!DOCTYPE x [<!ENTITY a "b">]><Task>&a;</Task>',
        "<Task><a></Task>",
        "<a/>",
    ],
)
def test_what_is_no_definition_raises(text: str) -> None:
    with pytest.raises(ValueError, match="definition"):
        daily_task.parse(text.encode())


@pytest.mark.parametrize(
    ("output", "result"),
    [
        ('"PC","\\\\x","11/25/2026 3:30:00 AM","Ready","Interactive/Background","11/24/2026 3:30:00 AM","0","N/A"', 0),
        ('"PC","\\\\x","N/A","準備完了","対話型/バックグラウンド","1999/11/30 0:00:00","267011","N/A"', 0x41303),
        ('"PC","\\\\x, y","N/A","Bereit","x","y","-2147012867","z"', 0x80072EFD),
        ('"PC","\\\\x","N/A","Ready","x","y","N/A"', None),
        ("", None),
        ("ERROR: The system cannot find the file specified.", None),
    ],
)
def test_the_last_result_is_read_by_its_place(output: str, result: int | None) -> None:
    assert daily_task.parse_result((output + "\r\n").encode()) == result


def test_what_xml_cannot_hold_is_refused() -> None:
    with pytest.raises(CannotCarry):
        daily_task.xml(Daily("03:30", "a", "\x01"), "")
