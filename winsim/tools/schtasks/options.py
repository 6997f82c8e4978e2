"""Switches of schtasks, task names, accounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...machine.accounts import LOCAL_SERVICE_SID, NETWORK_SERVICE_SID, SYSTEM_SID
from ...machine.tasks import ScheduledTask
from ..process import Failed, Process

TASK_DIRECTORY = "C:\\Windows\\System32\\Tasks"
UNSPECIFIED = -2147467259
"""E_FAIL: the exit code of a refused start date (saltstack/salt#26906, likely)."""

SERVICE_ACCOUNTS = {
    SYSTEM_SID: "SYSTEM",
    LOCAL_SERVICE_SID: "LOCAL SERVICE",
    NETWORK_SERVICE_SID: "NETWORK SERVICE",
}


@dataclass(frozen=True)
class Switches:
    """The switches one operation has."""

    flags: frozenset[str]
    valued: frozenset[str]
    not_simulated: frozenset[str] = field(default=frozenset())


def parse(process: Process, operation: str, words: Sequence[str], switches: Switches) -> dict[str, str]:
    """Switch without its slash -> value (empty for a flag); raises Failed. Texts of these errors are recalled."""
    given: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name = word[1:].lower()
        if word[:1] not in ("/", "-") or (name not in switches.flags | switches.valued | switches.not_simulated):
            raise Failed("invalid_option", word=word, operation=operation)
        if name in switches.not_simulated:
            process.unknown(f"schtasks /{operation.lower()} {word}")
            raise Failed("invalid_option", word=word, operation=operation)
        if name in given:
            raise Failed("option_twice", word=word.lower(), operation=operation)
        value = ""
        if name in switches.valued:
            if not rest or (rest[0].startswith("/") and rest[0][1:].lower() in switches.flags | switches.valued):
                raise Failed("value_expected", word=word.lower(), operation=operation)
            value = rest.pop(0)
        given[name] = value
    return given


def path_of(name: str) -> str:
    """The full path of a task name (`\\name`); raises Failed for characters that no file name has."""
    path = "\\" + name.strip("\\")
    if path == "\\" or re.search(r'[/:*?"<>|]', path) or "\\\\" in path:
        raise Failed("bad_name")
    return path


def find(process: Process, name: str) -> ScheduledTask:
    """The task of that name; raises Failed, also for a caller who is not elevated."""
    path = path_of(name)
    if not process.token.elevated:
        raise Failed("denied")
    task = process.machine.tasks.get(path.lower())
    if task is None:
        raise Failed("missing")
    return task


def account_known(process: Process, name: str) -> bool:
    """Whether a name or SID is that of an account of the machine."""
    if sid_of_service(name):
        return True
    return name.upper() in {a.sid for a in process.machine.accounts} or process.machine.logon(name) is not None


def sid_of_service(name: str) -> str:
    """The SID of SYSTEM and the two service accounts by name or SID; empty for any other."""
    plain = name.upper().removeprefix("NT AUTHORITY\\").strip()
    names = {"": SYSTEM_SID, "LOCALSYSTEM": SYSTEM_SID, "LOCALSERVICE": LOCAL_SERVICE_SID}
    names |= {"NETWORKSERVICE": NETWORK_SERVICE_SID, **{n: sid for sid, n in SERVICE_ACCOUNTS.items()}}
    return plain if plain in SERVICE_ACCOUNTS else names.get(plain, "")


def ask(process: Process, question: str) -> bool:
    """Asks (Y/N) until the answer is one; input that ends counts as no (guess) and is noted as unknown."""
    lines = iter(process.stdin.read().splitlines())
    while True:
        process.write(question)
        answer = next(lines, None)
        if answer is None:
            process.unknown("schtasks: a question that nobody answers")
            return False
        word = answer.decode("ascii", "replace").strip().lower()
        if word in ("y", "n", "yes", "no"):
            return word.startswith("y")
