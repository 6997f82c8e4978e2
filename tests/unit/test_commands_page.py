"""docs/commands.md names every program that runs on a host and every registry key that is read or written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Answer, HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.tests.support.command_cases import CASES, Case
from ansible_collections.windefend.maps.tests.support.operations import asks

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def lines_of(case: Case) -> list[str]:
    """Every line that the operation would have run, scheduled tasks included."""
    lines: list[str] = []
    operation = asks(case.operation())
    try:
        ask = next(operation)
        while True:
            lines += (Batch({"one": command}, token="0" * 8).line for command in ask.commands.values())
            if ask.stdin and ask.stdin.startswith(b"<?xml"):
                lines += task_lines(ask.stdin)
            outcomes = {name: case.outcomes.get(name, case.default) for name in ask.commands}
            ask = operation.send(Answer(outcomes, False, 0.0))
    except (StopIteration, HostError):  # this host never changes, so proving the write fails
        return lines


def task_lines(xml: bytes) -> Iterator[str]:
    root = ElementTree.fromstring(xml)  # noqa: S314 - made by our own code
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    for action in root.iter(f"{space}Exec"):
        yield action.findtext(f"{space}Command", "")
        yield action.findtext(f"{space}Arguments", "").partition(" /c ")[2]


NOWHERE = "windefend-maps-nowhere"
"""What self_check asks for because no host has it."""
LOOP = re.compile(r"\(for %k in \(([^)]*)\) do @\(([^()]*)\)\)")


def unrolled(line: str) -> str:
    """A line with the body of a loop once for each of its names."""
    return LOOP.sub(lambda loop: "& ".join(loop[2].replace("%k", name) for name in loop[1].split()), line)


def programs(line: str) -> set[str]:
    """The names of the programs in a line of cmd.exe, lower case, without folder and ending."""
    found: set[str] = {"for"} if LOOP.search(line) else set()
    line = unrolled(line)
    quoted: list[str] = []

    def hide(match: re.Match[str]) -> str:
        quoted.append(match[0][1:-1])
        return f"\x00{len(quoted) - 1}\x00"

    text = re.sub(r"\d?>&\d", "", re.sub(r'"[^"]*"', hide, line.replace('\\"', "'")))
    text, loops = re.subn(r"for (?:/l )?%\w in \([^()]+\) do (?:(?=@if)|@)", "", text)
    text, conditions = re.subn(r"@?\bif (?:not )?exist \S+", "", text)
    found |= {"for"} if loops else set()
    found |= {"if"} if conditions else set()
    for part in re.split(r"[&|()]+", text):
        word = re.match(r"\s*([^\s<>]+)", part)
        if word and word[1] == "call":
            word = re.match(r"\s*call\s+([^\s<>]+)", part)
            found.add("call")
        if word:
            name = re.sub(r"\x00(\d+)\x00", lambda match: quoted[int(match[1])], word[1])
            found.add(name.rpartition("\\")[2].lower().removesuffix(".exe"))
    return found - {NOWHERE}


def keys(line: str) -> set[str]:
    """The registry keys in a line."""
    found = re.findall(r'\breg (?:query|add|delete) (?:"([^"]+)"|([^\s)|&]+))', unrolled(line))
    return {quoted or bare for quoted, bare in found}


def documented_programs(page: str) -> set[str]:
    """The table of programs and the list of cmd.exe's own commands."""
    table = re.findall(r"^\| `([\w.]+)\.exe` \|", page, re.MULTILINE)
    own = re.search(r"Commands of `cmd\.exe` itself: (.+?)\.$", page, re.MULTILINE)
    return {name.lower() for name in table} | set(re.findall(r"`(\w+)`", own[1] if own else ""))


ALL_LINES = {name: lines_of(case) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_case_comes_to_the_commands_it_is_for(name: str) -> None:
    text = "\n".join(ALL_LINES[name])
    assert [wanted for wanted in CASES[name].reaches if wanted not in text] == []


@pytest.mark.parametrize("name", CASES)
def test_every_program_is_on_the_page(name: str) -> None:
    used = set().union(*map(programs, ALL_LINES[name]))
    assert used - documented_programs(PAGE) == set()


def test_no_program_on_the_page_is_needless() -> None:
    used = {"cmd"}.union(*(programs(line) for lines in ALL_LINES.values() for line in lines))
    assert documented_programs(PAGE) - used == set()


ATTACKS = (
    *(":\\perflogs", ":\\users\\all users\\", ":\\users\\default\\", ":\\users\\public", "\\users\\public"),
    *(":\\windows\\temp", "windows\\temp\\", "\\appdata\\local\\", "\\appdata\\roaming\\", "%appdata%", "%public%"),
)
"""Folders in Sigma's rules 81325ce1 (schtasks /create, children of the Task Scheduler) and 10c14723 (Impacket)."""


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_what_rules_for_attacks_look_for(name: str) -> None:
    """Expert E8: both branches of 81325ce1 matched, and the hidden task; the rules restated here."""
    found = {folder for folder in ATTACKS for line in ALL_LINES[name] if folder in line.lower()}
    assert found == set()


@pytest.mark.parametrize("name", CASES)
def test_every_registry_key_is_on_the_page(name: str) -> None:
    used = set().union(*map(keys, ALL_LINES[name]))
    documented = set().union(*map(keys, PAGE.splitlines())) if used else set()
    assert used - {key.rstrip("`") for key in documented} == set()


def test_no_registry_key_on_the_page_is_needless() -> None:
    used = set().union(*(keys(line) for lines in ALL_LINES.values() for line in lines))
    rows = [line for line in PAGE.splitlines() if line.startswith("| `reg ")]
    documented = {key.rstrip("`") for row in rows for key in keys(row) if key.startswith("HK")}
    assert documented
    assert documented - used == set()


def test_programs_are_found() -> None:
    line = 'ver>nul& (reg query "HKLM\\a & b" | findstr /c:"x|y") 2>&1 & "C:\\a b\\MpCmdRun.exe" -x & call echo 1'
    assert programs(line) == {"ver", "reg", "findstr", "mpcmdrun", "call", "echo"}
    loop = 'ver>nul& (for /l %i in (1,1,60) do @if exist "C:\\a b\\*.exe" ping -n 2 127.0.0.1 >nul) & call echo 1'
    assert programs(loop) == {"ver", "for", "if", "ping", "call", "echo"}
    files = '(for %i in ("C:\\a b\\*.exe") do @((echo a&echo b)>"%i:c"))'
    assert programs(files) == {"for", "echo"}
    condition = '(if exist "C:\\a b" (schtasks /end /tn a & rd /s /q "C:\\a b")) >nul 2>&1'
    assert programs(condition) == {"if", "schtasks", "rd"}


def test_a_missing_program_would_be_seen() -> None:
    page = PAGE.replace("| `icacls.exe` |", "| icacls |")
    assert set().union(*map(programs, ALL_LINES["validate as SYSTEM"])) - documented_programs(page) == {"icacls"}


def test_a_missing_key_would_be_seen() -> None:
    used = set().union(*map(keys, ALL_LINES["spynet add"]))
    assert r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features" in used
    assert keys(r"| `reg query HKLM\SOFTWARE\Example /v A` | why |") == {r"HKLM\SOFTWARE\Example"}
