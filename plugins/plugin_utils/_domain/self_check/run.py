"""Asks a host for everything that it can confirm without being changed, and judges what it answered.

A fact holds where the host answered as the ledger says. It could not be asked where what it needs is not there, and
then nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..._windows.cmdline import NO_SUCH_PROGRAM, Outcome, OutputTooLarge
from ..language import shown
from ..operation import Ask, Operation
from . import cmd, defender, settings
from .facts import HELD, NOT_ASKED, NOT_HELD, Check

LONGEST: Final = 200
"""Characters of an answer that are given as what came instead."""

CHECKS: Final[Mapping[str, Check]] = {**cmd.CHECKS, **settings.CHECKS, **defender.CHECKS}
"""By a short name; one that needs another comes after it."""


def check() -> Operation[dict[str, Any]]:
    """Asks everything in one line; the result has a row for each fact, and the score."""
    answer = yield Ask({name: one.command for name, one in CHECKS.items()}, reads=True)
    rows: dict[str, dict[str, Any]] = {}
    for name, one in CHECKS.items():
        rows[name] = {"name": name, "fact": one.row, **_judged(one, answer[name], rows)}
    states = [row["state"] for row in rows.values()]
    asked = len(states) - states.count(NOT_ASKED)
    score = {state: states.count(state) for state in (HELD, NOT_HELD, NOT_ASKED)}
    sends = [{"name": name, "command": one.command.text} for name, one in CHECKS.items()]
    return {"changed": False, "sends": sends, "facts": [*rows.values()], "score": {**score, "asked": asked}}


def _judged(one: Check, outcome: Outcome, before: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    if one.needs and before[one.needs]["state"] != HELD:
        return {"state": NOT_ASKED, "instead": f"says nothing while {one.needs} does not hold"}
    try:
        text, held = outcome.text, one.holds(outcome)
    except OutputTooLarge as error:
        return {"state": NOT_ASKED, "instead": str(error)}
    except ValueError as error:
        text, held = str(error), False
    if held:
        return {"state": HELD, "instead": ""}
    if outcome.exit_code == NO_SUCH_PROGRAM:
        return {"state": NOT_ASKED, "instead": f"the program does not exist (exit code {NO_SUCH_PROGRAM})"}
    if held is None:
        return {"state": NOT_ASKED, "instead": f"nothing on the host shows it (exit code {outcome.exit_code})"}
    return {"state": NOT_HELD, "instead": f"exit code {outcome.exit_code}: {shown(text.strip()[:LONGEST])[:LONGEST]}"}
