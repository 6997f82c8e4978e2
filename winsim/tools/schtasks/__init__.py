"""schtasks: /create, /query, /run, /end, /delete.

Texts: published captures in English and Japanese where the message tables do not say otherwise. Success goes to
standard output, errors and warnings to standard error; the exit code of a failure is 1, but for a refused start date.
An account that is not elevated is refused everything but a list, which is empty for it: it sees no task of others
(likely), and tasks of its own are not simulated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from .. import scheduler
from ..arguments import split
from ..process import Failed, Process
from . import create, query
from .options import TASK_DIRECTORY, Switches, ask, find, parse

START_DELAY = dt.timedelta(seconds=0.2)
"""Between the answer to /run and the start of the action: the service starts it on its own (guess)."""

RUN_SWITCHES = Switches(frozenset({"i"}), frozenset({"tn"}), frozenset({"s", "u", "p", "hresult", "?"}))
END_SWITCHES = Switches(frozenset(), frozenset({"tn"}), frozenset({"s", "u", "p", "hresult", "?"}))
DELETE_SWITCHES = Switches(frozenset({"f"}), frozenset({"tn"}), frozenset({"s", "u", "p", "hresult", "?"}))


def run(process: Process, arguments: str) -> int:
    """Runs `schtasks ARGUMENTS`."""
    words = split(arguments)
    operation = words[0].lower().replace("-", "/", 1) if words else "/query"
    operations = {"/create": create.run, "/query": query.run, "/run": _run, "/end": _end, "/delete": _delete}
    try:
        if operation in operations:
            return operations[operation](process, words[1:])
        if operation in ("/change", "/showsid", "/?"):
            process.unknown(f"schtasks {operation}")
        raise Failed("invalid_option", word=words[0], operation="")
    except Failed as failed:
        process.write_error(process.message(f"schtasks.{failed.key}", **failed.values))
        return failed.code


def _named(process: Process, operation: str, words: Sequence[str], switches: Switches) -> dict[str, str]:
    given = parse(process, operation, words, switches)
    if "tn" not in given:
        raise Failed("missing_option", word="/tn", operation=operation)
    return given


def _run(process: Process, words: Sequence[str]) -> int:
    """Asks for a run and returns at once, long before the action ends."""
    given = _named(process, "RUN", words, RUN_SWITCHES)
    task = find(process, given["tn"])
    if not task.enabled:
        process.unknown("schtasks /run of a disabled task")
        raise Failed("task_disabled")
    if task.running:
        process.write(process.message("schtasks.already_running", name=given["tn"]))
    elif task.due is None:
        task.due = process.machine.true_time() + START_DELAY
    process.write(process.message("schtasks.run", name=given["tn"]))
    return 0


def _end(process: Process, words: Sequence[str]) -> int:
    given = _named(process, "END", words, END_SWITCHES)
    task = find(process, given["tn"])
    task.due = None
    scheduler.end(task)
    process.write(process.message("schtasks.ended", name=given["tn"]))
    return 0


def _delete(process: Process, words: Sequence[str]) -> int:
    given = _named(process, "DELETE", words, DELETE_SWITCHES)
    if given["tn"] == "*":
        process.unknown("schtasks /delete /tn *")
        raise Failed("denied")
    task = find(process, given["tn"])
    if "f" not in given:
        if not ask(process, process.message("schtasks.ask_delete", name=given["tn"])):
            return 1
        process.write("\r\n")
    process.machine.tasks.pop(task.path.lower(), None)
    file = TASK_DIRECTORY + task.path
    if process.machine.files.is_file(file):
        process.machine.files.remove(file)
    process.write(process.message("schtasks.deleted", name=given["tn"]))
    return 0
