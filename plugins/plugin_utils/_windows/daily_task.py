"""A scheduled task that runs every day as SYSTEM: its XML ([MS-TSCH] 2.5), and what Windows says of one that is there.

`schtasks /query /xml` prints the definition untranslated, with a declaration that says UTF-16 whatever the bytes are
(captures: *likely*). The result of the last run is read from the CSV of `/v`, by its place: labels and dates are
translated, the order of the columns is not (captures in several languages: *likely*).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from .cmdline import Command, Literal
from .schtasks import escaped, named
from .text import decode

NEVER_RAN: Final = 0x41303
"""SCHED_S_TASK_HAS_NOT_RUN, as the result of the last run (winerror.h: *sure*)."""
RUNNING: Final = 0x41301
_RESULT_COLUMN = 6
_SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
_TASK = """<?xml version="1.0" ?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
<RegistrationInfo><Description>{description}</Description></RegistrationInfo>
<Triggers><CalendarTrigger>
<StartBoundary>2026-01-01T{start}:00</StartBoundary>
<Enabled>true</Enabled>
<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
</CalendarTrigger></Triggers>
<Principals><Principal id="Author">
<UserId>S-1-5-18</UserId>
<RunLevel>HighestAvailable</RunLevel>
</Principal></Principals>
<Settings>
<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
<AllowHardTerminate>true</AllowHardTerminate>
<StartWhenAvailable>true</StartWhenAvailable>
<RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
<AllowStartOnDemand>true</AllowStartOnDemand>
<Enabled>true</Enabled>
<Hidden>false</Hidden>
<RunOnlyIfIdle>false</RunOnlyIfIdle>
<WakeToRun>false</WakeToRun>
<ExecutionTimeLimit>PT1H</ExecutionTimeLimit>
</Settings>
<Actions Context="Author">
<Exec>
<Command>{program}</Command>
<Arguments>{arguments}</Arguments>
</Exec>
</Actions>
</Task>
"""


@dataclass(frozen=True)
class Daily:
    """What such a task does; two of them do the same when they are equal."""

    start: str
    """`HH:MM`, by the host's own clock and zone."""
    program: str
    arguments: str
    account: str = "S-1-5-18"
    enabled: bool = True
    every_day: bool = True
    """Its only trigger fires once each day. False: it has others, none, or another rhythm."""


def xml(task: Daily, description: str) -> str:
    """The definition, ASCII; a start that was missed is made up for. Raises CannotCarry for what XML cannot hold.

    Without a zone the start is the host's local time (Microsoft, StartBoundary: *sure*). The scheduler expands `%NAME%`
    in program and arguments (*recalled*).
    """
    return _TASK.format(
        description=escaped(description),
        start=task.start,
        program=escaped(task.program),
        arguments=escaped(task.arguments),
    )


def parse(output: bytes) -> Daily:
    """The definition that `schtasks /query /xml` printed. Raises ValueError.

    Text with a document type is refused: nothing that Windows stores has one, and it could make a small text endless.
    """
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(output)).strip()
    if "<!DOCTYPE" in text or not text.startswith("<Task"):
        raise ValueError(f"this is no definition of a task: {text[:80]!a}")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entities of its own
    except ElementTree.ParseError as error:
        raise ValueError(f"the definition of the task cannot be read: {error}") from error

    def value(path: str, default: str = "") -> str:
        found = root.findtext("/".join(_SPACE + name for name in path.split("/")))
        return default if found is None else found.strip()

    triggers = root.find(f"{_SPACE}Triggers")
    kinds = [one.tag.removeprefix(_SPACE) for one in triggers] if triggers is not None else []
    start = re.fullmatch(r"\d{4}-\d\d-\d\dT(\d\d:\d\d):00", value("Triggers/CalendarTrigger/StartBoundary"))
    actions = root.find(f"{_SPACE}Actions")
    alone = actions is not None and [one.tag for one in actions] == [f"{_SPACE}Exec"]
    daily = (
        kinds == ["CalendarTrigger"]
        and start is not None
        and value("Triggers/CalendarTrigger/ScheduleByDay/DaysInterval") == "1"
        and value("Triggers/CalendarTrigger/Enabled", "true") in ("true", "1")
        and not value("Triggers/CalendarTrigger/EndBoundary")
    )
    account = value("Principals/Principal/UserId")
    return Daily(
        start[1] if start else "",
        value("Actions/Exec/Command") if alone else "",
        value("Actions/Exec/Arguments") if alone else "",
        "S-1-5-18" if account.rpartition("\\")[2].upper() == "SYSTEM" else account,
        value("Settings/Enabled", "true") in ("true", "1"),
        daily,
    )


def query_result(name: str) -> Command:
    """`schtasks /query /v /fo csv /nh`: one row a trigger; the last result stands in each."""
    return Command.of("schtasks", Literal("/query"), *named(name), Literal("/v"), Literal("/fo"), Literal("csv"),
                      Literal("/nh"))  # fmt: skip


def parse_result(output: bytes) -> int | None:
    """The result of the last run, unsigned; None where none can be read."""
    for row in csv.reader(io.StringIO(decode(output))):
        if len(row) > _RESULT_COLUMN and re.fullmatch(r"-?\d{1,10}", row[_RESULT_COLUMN].strip()):
            return int(row[_RESULT_COLUMN]) & 0xFFFFFFFF
    return None
