"""schtasks /create: from an XML file, or from /tr and /sc."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from ...machine.access import may_read
from ...machine.accounts import ADMINISTRATORS_SID, SYSTEM_SID
from ...machine.files import FileError, FileSystem
from ...machine.tasks import ScheduledTask
from ...shared import SharedDict
from ..process import Failed, Process
from . import definition
from .definition import Element
from .options import (
    TASK_DIRECTORY,
    UNSPECIFIED,
    Switches,
    account_known,
    ask,
    parse,
    path_of,
    sid_of_service,
)

SWITCHES = Switches(
    frozenset({"f"}),
    frozenset({"tn", "tr", "sc", "st", "sd", "ru", "rl", "xml"}),
    frozenset(
        {"s", "u", "p", "rp", "mo", "d", "m", "i", "ri", "et", "du", "k", "ed", "ec", "it", "np", "z", "v1", "delay",
         "hresult", "?"}
    ),
)  # fmt: skip
MAX_COMMAND = 261
"""Characters of /tr (Microsoft, "schtasks create", sure)."""

DATE_FORMATS = {"en": "mm/dd/yyyy", "ja": "yyyy/mm/dd"}
"""The region decides, not the language (saltstack/salt#26906, sure); winsim's machines have the region of theirs."""

SCHEDULES = {"once": "TimeTrigger", "onstart": "BootTrigger", "onlogon": "LogonTrigger", "daily": "CalendarTrigger"}
OTHER_SCHEDULES = ("minute", "hourly", "weekly", "monthly", "onidle", "onevent")
TIMED = ("once", "daily")


def run(process: Process, words: Sequence[str]) -> int:
    """Runs `schtasks /create WORDS`; raises Failed."""
    given = parse(process, "CREATE", words, SWITCHES)
    if "tn" not in given:
        raise Failed("missing_option", word="/tn", operation="CREATE")
    path = path_of(given["tn"])
    if "xml" in given:
        extra = next((name for name in ("tr", "sc", "st", "sd", "rl") if name in given), None)
        if extra:
            raise Failed("invalid_option", word=f"/{extra}", operation="CREATE")
        document = _from_file(process, given["xml"])
    else:
        document = _from_options(process, given)
    account = _account(process, document, given.get("ru"))
    if not process.token.elevated:
        raise Failed("denied")
    old = process.machine.tasks.get(path.lower())
    if old is not None and "f" not in given:
        if not ask(process, process.message("schtasks.ask_replace", name=given["tn"])):
            return 1
        process.write("\r\n")
    _store(process, path if old is None else old.path, document, account)
    process.write(process.message("schtasks.created", name=given["tn"]))
    return 0


def _from_file(process: Process, name: str) -> Element:
    path = FileSystem.normal(name, process.directory)
    try:
        content = process.machine.files.read(path)
    except FileError as error:
        raise Failed({3: "path_missing", 5: "denied"}.get(error.code, "missing")) from None
    if not may_read(process.machine.files, process.token, path):
        raise Failed("denied")
    try:
        return definition.parse(definition.decode(content))
    except definition.Refused as refused:
        reason = process.message(f"schtasks.xml_{refused.reason}") if refused.reason else ""
        where = f":{refused.where}" if refused.where else f"::{reason}"
        raise Failed(f"xml_{refused.key}", position=refused.position + where) from None


def _from_options(process: Process, given: dict[str, str]) -> Element:
    """The definition that /tr and /sc make. A warning of a time that is past comes before anything else is refused
    (captures: likely)."""
    for name in ("sc", "tr"):
        if name not in given:
            raise Failed("missing_option", word=f"/{name}", operation="CREATE")
    schedule = given["sc"].lower()
    if schedule not in SCHEDULES:
        if schedule in OTHER_SCHEDULES:
            process.unknown(f"schtasks /create /sc {given['sc']}")
        raise Failed("bad_value", word="/sc", operation="CREATE")
    if len(given["tr"]) > MAX_COMMAND:
        raise Failed("command_too_long", limit=MAX_COMMAND, operation="CREATE")
    if schedule not in TIMED and ("st" in given or "sd" in given):
        raise Failed("not_applicable", operation="CREATE")
    if schedule == "once" and "st" not in given:
        raise Failed("missing_option", word="/st", operation="CREATE")
    if given.get("rl", "limited").lower() not in ("limited", "highest"):
        raise Failed("bad_value", word="/rl", operation="CREATE")
    start = _start(process, given, schedule)
    if schedule == "once" and start < process.machine.now():
        process.write_error(process.message("schtasks.warning_past"))
    highest = given.get("rl", "").lower() == "highest"
    return _document(process, given["tr"], schedule, start, highest)


def _start(process: Process, given: dict[str, str], schedule: str) -> dt.datetime:
    """The first moment of the trigger, in the machine's own time (winsim's machines live in UTC)."""
    now = process.machine.now()
    hour, minute = now.hour, now.minute
    if "st" in given:
        match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", given["st"])
        if match is None:
            raise Failed("bad_time", operation="CREATE")
        hour, minute = int(match.group(1)), int(match.group(2))
    day = now.date()
    if "sd" in given:
        wanted = DATE_FORMATS.get(process.machine.locale.language, "yyyy/mm/dd")
        pattern = re.sub(r"(y+|m+|d+)", lambda part: rf"(?P<{part.group()[0]}>\d{{{len(part.group())}}})", wanted)
        match = re.fullmatch(pattern, given["sd"])
        try:
            if match is None:
                raise ValueError
            day = dt.date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            raise Failed("bad_date", UNSPECIFIED, format=wanted) from None
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=dt.UTC)


def _document(process: Process, command: str, schedule: str, start: dt.datetime, highest: bool) -> Element:
    program, arguments = split_command(command)
    task = Element("Task", {"version": "1.2"})
    task.make("RegistrationInfo/Date").text = process.machine.now().strftime("%Y-%m-%dT%H:%M:%S")
    task.make("RegistrationInfo/Author").text = process.token.name
    trigger = task.make(f"Triggers/{SCHEDULES[schedule]}")
    if schedule in TIMED:
        trigger.make("StartBoundary").text = start.strftime("%Y-%m-%dT%H:%M:%S")
    trigger.make("Enabled").text = "true"
    if schedule == "daily":
        trigger.make("ScheduleByDay/DaysInterval").text = "1"
    principal = task.make("Principals/Principal")
    principal.attributes["id"] = "Author"
    principal.make("UserId").text = process.token.sid
    principal.make("LogonType").text = "InteractiveToken"
    principal.make("RunLevel").text = "HighestAvailable" if highest else "LeastPrivilege"
    settings = task.make("Settings")
    settings.make("MultipleInstancesPolicy").text = "IgnoreNew"
    settings.make("Enabled").text = "true"
    task.make("Actions").attributes["Context"] = "Author"
    task.make("Actions/Exec/Command").text = program
    if arguments:
        task.make("Actions/Exec/Arguments").text = arguments
    return task


def split_command(command: str) -> tuple[str, str]:
    """Program and arguments of /tr: the part in quotes, or up to the first blank (Microsoft, "schtasks create";
    likely)."""
    if command.startswith('"'):
        program, _unused, rest = command[1:].partition('"')
        return program, rest.strip()
    program, _unused, rest = command.partition(" ")
    return program, rest.strip()


def _account(process: Process, document: Element, run_as: str | None) -> str:
    """Who the task runs as, written into the document too; /ru beats the XML. Raises Failed for nobody."""
    name = document.value("Principals/Principal/UserId") if run_as is None else run_as
    if run_as is None and not name:
        name = process.token.name
    if not account_known(process, name):
        if name not in (process.token.name, process.token.sid):
            raise Failed("no_mapping")
    elif run_as is not None and not sid_of_service(name):
        process.unknown("schtasks /create /ru of an account with a password")
        raise Failed("denied")
    sid = sid_of_service(name)
    principal = document.make("Principals/Principal")
    principal.attributes.setdefault("id", "Author")
    principal.make("UserId").text = sid or name
    if sid:
        principal.children = [child for child in principal.children if child.name != "LogonType"]
    return sid or name


def _store(process: Process, path: str, document: Element, account: str) -> None:
    document.make("RegistrationInfo/URI").text = path
    actions = document.find("Actions")
    if actions is not None and [child.name for child in actions.children] != ["Exec"]:
        process.unknown("schtasks: a task with other actions than one Exec")
    text = definition.to_text(document)
    machine = process.machine
    triggers = document.find("Triggers")
    machine.tasks[path.lower()] = ScheduledTask(
        path,
        document.value("Actions/Exec/Command"),
        document.value("Actions/Exec/Arguments"),
        account,
        xml=text,
        working_directory=document.value("Actions/Exec/WorkingDirectory"),
        enabled=document.value("Settings/Enabled", "true") in ("true", "1"),
        next_runs=tuple(_next_run(process, trigger) for trigger in triggers.children) if triggers else (),
    )
    file = TASK_DIRECTORY + path
    machine.files.make_directory(file.rpartition("\\")[0])
    node = machine.files.write(file, b"\xff\xfe" + text.encode("utf-16-le"))
    node.access = SharedDict({SYSTEM_SID: "F", ADMINISTRATORS_SID: "F"})


def _next_run(process: Process, trigger: Element) -> dt.datetime | None:
    if trigger.name != "TimeTrigger":
        return None
    start = dt.datetime.fromisoformat(trigger.value("StartBoundary"))
    start = start if start.tzinfo else start.replace(tzinfo=dt.UTC)
    return start if start > process.machine.now() else None
