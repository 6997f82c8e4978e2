"""Facts of the ledger that a host can confirm by itself without being changed: each with the command that shows it.

A fact holds where the host answered as the ledger says. It could not be asked where what it needs is not there, and
then nothing is concluded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .._windows.cmdline import NO_SUCH_PROGRAM, Command, Outcome, OutputTooLarge
from .language import shown
from .operation import Ask, Operation

HELD, NOT_HELD, NOT_ASKED = "held", "not_held", "not_asked"
LONGEST: Final = 200
"""Characters of an answer that are given as what came instead."""
_VALUE = re.compile(r"^ {4}SystemRoot {4}REG_SZ {4}[A-Z]:\\", re.MULTILINE)
_STATE = re.compile(r":\s+\d+\s+[A-Z_]+")
_VERSION: Final = r'"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"'
_NOWHERE: Final = r"HKLM\SOFTWARE\windefend.maps.nowhere"


@dataclass(frozen=True)
class Check:
    """A fact, by the beginning of its row in docs/evidence.md."""

    row: str
    command: Command
    holds: Callable[[Outcome], bool]
    needs: str = ""
    """The check that must hold first; where it does not, this one says nothing."""


def _code(code: int) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.exit_code == code


def _prints(text: str) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.text.strip() == text


CHECKS: Final[Mapping[str, Check]] = {
    "registry_format": Check(
        "`reg query` prints key, name, type, data with four blanks between",
        Command(f"reg query {_VERSION} /v SystemRoot /reg:64"),
        lambda outcome: bool(_VALUE.search(outcome.text.replace("\r", ""))),
    ),
    "registry_readable": Check(
        r"Every account may read `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`",
        Command(f"reg query {_VERSION} /reg:64 >nul"),
        _code(0),
    ),
    "registry_absent": Check(
        "`reg query` ends with 1 for a key or value that is not there",
        Command(f"reg query {_NOWHERE} 2>nul"),
        _code(1),
        needs="registry_readable",
    ),
    "errorlevel_later": Check(
        "`call echo %^errorlevel%` prints the exit code of the command before it",
        Command("cmd /c exit 5& call echo %^errorlevel%"),
        _prints("5"),
    ),
    "errorlevel_reset": Check(
        "`ver>nul` sets errorlevel to 0",
        Command("cmd /c exit 5& ver>nul& call echo %^errorlevel%"),
        _prints("0"),
        needs="errorlevel_later",
    ),
    "undefined_variable": Check(
        "An undefined `%NAME%` stays as it is on a command line",
        Command("echo %windefend_maps_nowhere%"),
        _prints("%windefend_maps_nowhere%"),
    ),
    "chain_stops": Check(
        "`reg query` ends with 1 for a key or value that is not there",
        Command(f"reg query {_NOWHERE} 2>nul && echo went on"),
        _prints(""),
        needs="registry_absent",
    ),
    "lines_counted": Check(
        '`find /c /v ""` counts the lines of its input',
        Command('(echo a& echo b& echo c) | find /c /v ""'),
        _prints("3"),
    ),
    "service_state": Check(
        "`sc query` prints numbers beside translated words",
        Command("sc query WinDefend"),
        lambda outcome: bool(_STATE.search(outcome.text)),
    ),
    "service_absent": Check(
        "`sc query` prints numbers beside translated words",
        Command("sc query windefend-maps-nowhere"),
        lambda outcome: outcome.exit_code == 1060 and "1060" in outcome.text,
    ),
    "elevation": Check(
        r"`reg query HKU\S-1-5-19` succeeds only when elevated",
        Command(r"reg query HKU\S-1-5-19 >nul"),
        _code(0),
        needs="registry_readable",
    ),
    "root_folder": Check(
        r"`dir /a` of a drive's root shows the hidden folder System Volume Information",
        Command(r'dir /b /a "%SystemDrive%\" | find /c /v ""'),
        lambda outcome: outcome.text.strip().isdecimal() and int(outcome.text.strip()) > 0,
    ),
}


def preview() -> dict[str, Any]:
    """What `check` would send, without a host."""
    return {"changed": False, "sends": [{"name": name, "command": one.command.text} for name, one in CHECKS.items()]}


def check() -> Operation[dict[str, Any]]:
    """Asks everything in one line; the result has a row for each fact, and the score."""
    answer = yield Ask({name: one.command for name, one in CHECKS.items()}, reads=True)
    rows: dict[str, dict[str, Any]] = {}
    for name, one in CHECKS.items():
        rows[name] = {"name": name, "fact": one.row, **_judged(one, answer[name], rows)}
    states = [row["state"] for row in rows.values()]
    asked = len(states) - states.count(NOT_ASKED)
    score = {state: states.count(state) for state in (HELD, NOT_HELD, NOT_ASKED)}
    return {**preview(), "facts": [*rows.values()], "score": {**score, "asked": asked}}


def _judged(one: Check, outcome: Outcome, before: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    if one.needs and before[one.needs]["state"] != HELD:
        return {"state": NOT_ASKED, "instead": f"says nothing while {one.needs} does not hold"}
    try:
        text, held = outcome.text, one.holds(outcome)
    except OutputTooLarge as error:
        return {"state": NOT_ASKED, "instead": str(error)}
    if held:
        return {"state": HELD, "instead": ""}
    if outcome.exit_code == NO_SUCH_PROGRAM:
        return {"state": NOT_ASKED, "instead": f"the program does not exist (exit code {NO_SUCH_PROGRAM})"}
    return {"state": NOT_HELD, "instead": f"exit code {outcome.exit_code}: {shown(text.strip()[:LONGEST])[:LONGEST]}"}
