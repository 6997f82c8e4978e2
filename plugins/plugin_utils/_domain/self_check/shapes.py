"""Checks that many facts share, and how their answers are judged: the value of a key, times, events, lists of names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from ..._windows import eventlog, filetime, registry_output
from ..._windows.cmdline import Command, Outcome
from .facts import Check

_VERSION: Final = re.compile(r"\d{1,10}(?:\.\d{1,10}){3}(?:-\d{1,10})?\Z")


def stored(row: str, key: str, name: str, means: Callable[[Any], bool], view: str = "/reg:64 ") -> Check:
    """A fact that the value of this name shows."""
    place = f'"{key}"' if {" ", "/"} & {*key} else key
    return Check(row, Command(f"reg query {place} /v {name} {view}2>nul"), _value(name, means), needs="registry_format")


def newest(channel: str, *ids: int) -> Command:
    """The newest event of a channel, of these numbers where there are any."""
    numbers = " or ".join(f"EventID={number}" for number in ids)
    condition = f'"/q:*[System[({numbers})]]" ' if ids else ""
    return Command(f'wevtutil qe "{channel}" {condition}/c:1 /rd:true /f:xml')


def _value(name: str, means: Callable[[Any], bool]) -> Callable[[Outcome], bool | None]:
    """A value that the collection reads: absent shows nothing, one that it does not understand is no confirmation."""

    def holds(outcome: Outcome) -> bool | None:
        found = registry_output.value(outcome.output, name) if outcome.exit_code == 0 else None
        return None if found is None else means(found.data)

    return holds


def one_of(*numbers: int) -> Callable[[Any], bool]:
    """A number that the collection knows."""
    return lambda data: data in numbers


def is_text(data: Any) -> bool:
    return isinstance(data, str)


def is_moment(data: Any) -> bool:
    return isinstance(data, bytes) and filetime.decode(data) is not None


def found(outcome: Outcome) -> bool | None:
    """What is there is where the ledger says; that it is absent shows nothing."""
    return True if outcome.exit_code == 0 else None


def is_one_event(outcome: Outcome) -> bool | None:
    """One event that can be read; a log without one shows nothing."""
    if outcome.exit_code != 0 or not outcome.text.strip():
        return None
    return len(eventlog.parse(outcome.output).events) == 1


def are_versions(outcome: Outcome) -> bool | None:
    names = outcome.text.split()
    return all(map(_VERSION.match, names)) if outcome.exit_code == 0 and names else None
