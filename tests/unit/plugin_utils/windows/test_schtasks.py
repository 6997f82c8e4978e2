"""The task's XML, and schtasks' command lines."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import schtasks
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry
from hypothesis import given, strategies as st

SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
CMD = "C:\\Windows\\System32\\cmd.exe"


def texts(xml: str) -> dict[str, str]:
    """Text by the element's name."""
    root = ET.fromstring(xml)  # noqa: S314 - made by us
    assert root.tag == f"{SPACE}Task"
    return {element.tag.removeprefix(SPACE): element.text or "" for element in root.iter()}


@given(arguments=st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_program_and_arguments_arrive_as_ascii(arguments: str) -> None:
    xml = schtasks.task_xml(CMD, arguments, 60)
    assert xml.isascii()
    found = texts(xml)
    assert (found["Command"], found["Arguments"]) == (CMD, arguments)


def test_it_runs_as_system_on_demand_only() -> None:
    found = texts(schtasks.task_xml(CMD, '/c "a" & b > c', 90.2))
    assert found["UserId"] == "S-1-5-18"
    assert found["Triggers"].strip() == ""
    assert "TimeTrigger" not in found
    assert found["ExecutionTimeLimit"] == "PT91S"
    assert {name: found[name] for name in ("AllowStartOnDemand", "Hidden", "Enabled")} == {
        "AllowStartOnDemand": "true",
        "Hidden": "false",
        "Enabled": "true",
    }
    for name in ("DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "StartWhenAvailable", "RunOnlyIfIdle"):
        assert found[name] == "false"


def test_the_declaration_names_no_encoding() -> None:
    first = schtasks.task_xml(CMD, "x", 1).splitlines()[0]
    assert first == '<?xml version="1.0" ?>'


@pytest.mark.parametrize("limit", [0, -5, 0.2])
def test_a_limit_is_never_none(limit: float) -> None:
    assert texts(schtasks.task_xml(CMD, "x", limit))["ExecutionTimeLimit"] == "PT1S"


@pytest.mark.parametrize("text", ["a\nb", "a\0", "\x1b", "\ud800", "\uffff"])
def test_what_xml_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(CannotCarry):
        schtasks.task_xml(CMD, text, 1)
    with pytest.raises(CannotCarry):
        schtasks.task_xml(text, "x", 1)


def test_the_commands() -> None:
    name = "windefend-maps-6560-ab12"
    path = "C:\\Windows\\Temp\\a b\\task.xml"
    assert schtasks.create(name, path).text == f'schtasks /create /tn {name} /xml "{path}" /f'
    assert schtasks.run(name).text == f"schtasks /run /tn {name}"
    assert schtasks.end(name).text == f"schtasks /end /tn {name}"
    assert schtasks.delete(name).text == f"schtasks /delete /tn {name} /f"
    assert schtasks.query(name).text == f"schtasks /query /tn {name} /xml"


@pytest.mark.parametrize("name", ["", "*", "\\x", "a\\b", "a b", "a/f", "-x", "x" * 129, "日"])
def test_a_name_can_mean_one_task_only(name: str) -> None:
    with pytest.raises(CannotCarry):
        schtasks.delete(name)
