"""schtasks /query: table, list, CSV and XML.

Shapes: published captures in English and Japanese (sure for the table and the list, likely for CSV). One row a
trigger.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

from ...machine.tasks import ScheduledTask
from .. import columns
from ..process import Failed, Process
from .options import SERVICE_ACCOUNTS, Switches, find, parse, sid_of_service

SWITCHES = Switches(
    frozenset({"nh", "v", "xml"}), frozenset({"tn", "fo"}), frozenset({"s", "u", "p", "hresult", "?"})
)  # fmt: skip
TABLE_COLUMNS = (40, 22, 15)
SHORT = ("task_name", "next_run_time", "status")
LISTED = ("host_name", "task_name", "next_run_time", "status", "logon_mode")
VERBOSE = (
    *LISTED, "last_run_time", "last_result", "author", "task_to_run", "start_in", "comment", "scheduled_task_state",
    "idle_time", "power_management", "run_as_user", "delete_task", "stop_task", "schedule", "schedule_type",
    "start_time", "start_date", "end_date", "days", "months", "repeat_every", "repeat_until_time",
    "repeat_until_duration", "repeat_stop",
)  # fmt: skip
NEVER = dt.datetime(1999, 11, 30, tzinfo=dt.UTC)


def run(process: Process, words: Sequence[str]) -> int:
    """Runs `schtasks /query WORDS`; raises Failed."""
    given = parse(process, "QUERY", words, SWITCHES)
    form = _form(given)
    if "tn" in given:
        tasks = [find(process, given["tn"])]
    else:
        tasks = sorted(process.machine.tasks.values(), key=_order) if process.token.elevated else []
    if "xml" in given:
        return _xml(process, given, tasks)
    if not tasks:
        process.write(process.message("schtasks.none"))
        return 0
    verbose = "v" in given
    if form == "table" and verbose:
        process.unknown("schtasks /query /v in table format")
    names = VERBOSE if verbose else (LISTED if form == "list" else SHORT)
    header = [process.message(f"schtasks.{name}") for name in names]
    if form == "csv":
        rows = [row for task in tasks for row in _rows(process, task, names, full=True)]
        process.write(columns.csv(header, rows, "nh" not in given))
        return 0
    for folder, group in itertools.groupby(tasks, _folder):
        process.write("\r\n" + process.message("schtasks.folder", folder=folder))
        rows = [row for task in group for row in _rows(process, task, names, full=form == "list")]
        if form == "list":
            label = max(columns.width(name) for name in header) + 2
            process.write(columns.listing(header, rows, label))
        else:
            sizes = list(TABLE_COLUMNS) if names is SHORT else columns.fitting(header, rows)
            process.write(columns.table(header, rows, sizes, "nh" not in given))
    return 0


def _form(given: dict[str, str]) -> str:
    form = given.get("fo", "table").lower()
    if form not in ("table", "list", "csv"):
        raise Failed("bad_value", word="/fo", operation="QUERY")
    if form == "list" and "nh" in given:
        raise Failed("invalid_option", word="/nh", operation="QUERY")
    return form


def _xml(process: Process, given: dict[str, str], tasks: Sequence[ScheduledTask]) -> int:
    if "tn" not in given or len(given) != 2:
        process.unknown("schtasks /query /xml of all tasks, or with other switches")
        raise Failed("invalid_option", word="/xml", operation="QUERY")
    process.write(tasks[0].xml + "\r\n")
    return 0


def _order(task: ScheduledTask) -> tuple[str, str]:
    return _folder(task).lower(), task.path.lower()


def _folder(task: ScheduledTask) -> str:
    return task.path.rpartition("\\")[0] or "\\"


def _rows(process: Process, task: ScheduledTask, names: Sequence[str], full: bool) -> list[list[str]]:
    rows = []
    for next_run in task.next_runs or (None,):
        cells = _cells(process, task, next_run)
        if not full:
            cells["task_name"] = task.path.rpartition("\\")[2]
        rows.append([cells.get(name, "N/A") for name in names])
    return rows


def _cells(process: Process, task: ScheduledTask, next_run: dt.datetime | None) -> dict[str, str]:
    """What stands in each column; a column that is not here is N/A."""
    state = "disabled" if not task.enabled else "running" if task.running else "ready"
    service = sid_of_service(task.account)
    offset = process.machine.clock_offset
    last_run = task.last_run + offset if task.last_run else NEVER
    return {
        "host_name": process.machine.name,
        "task_name": task.path,
        "next_run_time": _time(process, next_run) if next_run and task.enabled else "N/A",
        "status": process.message(f"schtasks.status_{state}"),
        "logon_mode": process.message(f"schtasks.mode_{'background' if service else 'interactive'}"),
        "last_run_time": _time(process, last_run),
        "last_result": str(task.last_result),
        "author": "N/A",
        "task_to_run": f"{task.program} {task.arguments}".rstrip(),
        "start_in": task.working_directory or "N/A",
        "scheduled_task_state": process.message(f"schtasks.state_{'enabled' if task.enabled else 'disabled'}"),
        "idle_time": process.message("schtasks.state_disabled"),
        "power_management": process.message("schtasks.power"),
        "run_as_user": SERVICE_ACCOUNTS.get(service) or _account(process, task.account),
        "delete_task": process.message("schtasks.state_disabled"),
        "stop_task": "72:00:00",
        "schedule": process.message("schtasks.schedule_text"),
        "schedule_type": process.message("schtasks.on_demand"),
    }


def _account(process: Process, name: str) -> str:
    """An account is shown by its name, though the task keeps its SID (capture: likely; no domain: recalled)."""
    return next((known.name for known in process.machine.accounts if known.sid == name), name)


def _time(process: Process, moment: dt.datetime) -> str:
    """Date and time as the machine's region writes them."""
    if process.machine.locale.language == "ja":
        return moment.strftime("%Y/%m/%d %H:%M:%S")
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S} {half}"
