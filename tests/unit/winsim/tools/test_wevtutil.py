"""winsim's wevtutil: what a query finds, and how it is printed."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.locale import Locale
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools import wevtutil

NOW = dt.datetime(2026, 10, 1, 12, 0, 0, tzinfo=dt.UTC)
DEFENDER = "Microsoft-Windows-Windows Defender/Operational"


def record(event_id: int, seconds_ago: float, threat: str = "", channel: str = DEFENDER, number: int = 1) -> str:
    time = (NOW - dt.timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%S.%f1Z")
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='Microsoft-Windows-Windows Defender'/><EventID>{event_id}</EventID><Level>3</Level>"
        f"<TimeCreated SystemTime='{time}'/><EventRecordID>{number}</EventRecordID><Channel>{channel}</Channel>"
        "<Computer>HOST</Computer><Security UserID='S-1-5-18'/></System><EventData>"
        f"<Data Name='Product Name'>Antivirus</Data><Data Name='Threat Name'>{threat}</Data></EventData></Event>"
    )


OLD = record(1116, 3600, "Virus:DOS/EICAR_Test_File", number=1)
UPDATED = record(2000, 120, number=2)
FRESH = record(1116, 60, "Virus:DOS/EICAR_Test_File", number=3)
ACTED = record(1117, 50, "Trojan:Win32/X", number=4)
OTHER = record(1116, 10, channel="Application", number=5)


@pytest.fixture
def prompt() -> Prompt:
    machine = Machine("HOST", events=[OLD, UPDATED, FRESH, ACTED, OTHER])
    machine.true_time = lambda: NOW
    return Prompt(wevtutil.run, machine)


def found(prompt: Prompt, xpath: str, options: str = "") -> list[str]:
    code, text = prompt.run(f'qe "{DEFENDER}" /q:"{xpath}" /f:xml {options}')
    assert code == 0
    assert prompt.unknown == []
    return text.split("\r\n")[:-1]


def test_all_records_of_a_channel_oldest_first_without_a_root_element(prompt: Prompt) -> None:
    assert prompt.run(f'qe "{DEFENDER.lower()}"') == (
        0,
        "".join(line + "\r\n" for line in (OLD, UPDATED, FRESH, ACTED)),
    )


@pytest.mark.parametrize(
    ("xpath", "expected"),
    [
        ("*", [OLD, UPDATED, FRESH, ACTED]),
        ("*[System[(EventID=1116) and TimeCreated[timediff(@SystemTime) <= 600000]]]", [FRESH]),
        ("*[System[(EventID=1116 or EventID=1117) and TimeCreated[timediff(@SystemTime) <= 600000]]]", [FRESH, ACTED]),
        ("*[System/EventID=2000]", [UPDATED]),
        ("Event[System[EventID=2000]]", [UPDATED]),
        ("*[System[EventID=1116]][EventData[Data[@Name='Threat Name']='Virus:DOS/EICAR_Test_File']]", [OLD, FRESH]),
        ("*[EventData[Data[@Name='Threat Name']='Trojan:Win32/X']]", [ACTED]),
        ("*[EventData/Data='Trojan:Win32/X']", [ACTED]),
        ("*[EventData[Data[@Name='Product Name']='Trojan:Win32/X']]", []),
        ("*[System[EventRecordID > 2 and EventID != 1117]]", [FRESH]),
        ("*[System[Provider[@Name='Nobody']]]", []),
        ("*[System[TimeCreated[@SystemTime >= '2026-10-01T11:58:30.000Z']]]", [FRESH, ACTED]),
        ("*[System[EventID=1116 and (Level=4 or EventRecordID=1)]]", [OLD]),
    ],
)
def test_queries(prompt: Prompt, xpath: str, expected: list[str]) -> None:
    assert found(prompt, xpath) == expected


def test_count_and_direction(prompt: Prompt) -> None:
    assert found(prompt, "*", "/c:2") == [OLD, UPDATED]
    assert found(prompt, "*", "/c:2 /rd:true") == [ACTED, FRESH]
    assert found(prompt, "*[System[EventID=1116]]", "/c:1 /rd:true") == [FRESH]


def test_timediff_follows_the_machines_own_clock(prompt: Prompt) -> None:
    prompt.machine.clock_offset = dt.timedelta(days=1)
    assert found(prompt, "*[System[TimeCreated[timediff(@SystemTime) <= 600000]]]") == []


def test_a_root_element_on_request(prompt: Prompt) -> None:
    assert prompt.run(f'qe "{DEFENDER}" /c:1 /e:Events')[1] == f"<Events>\r\n{OLD}\r\n</Events>\r\n"


@pytest.mark.parametrize(
    "xpath",
    ["", "*[System[", "*[System[EventID=1116]", "*[System[ and EventID=1]]", "*[position()=1]", "<QueryList/>", "*&"],
)
def test_wrong_or_unknown_syntax_is_refused_and_noted(prompt: Prompt, xpath: str) -> None:
    code, text = prompt.run(f'qe "{DEFENDER}" "/q:{xpath}"')
    assert (code, text) == (15001, "")
    assert prompt.error.endswith("The specified query is invalid.\r\n")
    assert len(prompt.unknown) == 1


def test_a_channel_that_does_not_exist(prompt: Prompt) -> None:
    assert prompt.run("qe Nonsense/Operational")[0] == 15007
    assert prompt.run("gl Nonsense/Operational")[0] == 15007
    assert prompt.error.endswith("The specified channel could not be found.\r\n")


def test_an_account_that_is_not_elevated_is_refused(prompt: Prompt) -> None:
    prompt.token = USER
    assert prompt.run(f'qe "{DEFENDER}"') == (5, "")
    assert prompt.error.endswith("Access is denied.\r\n")


def test_text_format_is_noted_for_its_missing_description(prompt: Prompt) -> None:
    code, text = prompt.run(f'qe "{DEFENDER}" /f:text /c:1')
    assert code == 0
    assert text.startswith(f"Event[0]:\r\n  Log Name: {DEFENDER}\r\n  Source: Microsoft-Windows-Windows Defender\r\n")
    assert "  Event ID: 1116\r\n" in text
    assert len(prompt.unknown) == 1


def test_gl(prompt: Prompt) -> None:
    code, text = prompt.run(f'gl "{DEFENDER}"')
    assert code == 0
    assert text.startswith(f"name: {DEFENDER}\r\nenabled: true\r\ntype: Operational\r\n")


@pytest.mark.parametrize(
    ("arguments", "unknown"),
    [("qe", 0), ("qe System /c:x", 0), ("qe System /frob", 0), ("qe System /lf:true", 1), ("cl System", 1), ("", 1)],
)
def test_wrong_command_lines(prompt: Prompt, arguments: str, unknown: int) -> None:
    assert prompt.run(arguments)[0] == 87
    assert len(prompt.unknown) == unknown


def test_japanese() -> None:
    prompt = Prompt(wevtutil.run, Machine("HOST", locale=Locale("ja", 932, 932)), code_page=932)
    prompt.run("qe System /q:x")
    assert prompt.error.endswith("指定されたクエリは無効です。\r\n")
