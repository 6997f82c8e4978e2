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

from . import markup
from .cmdline import Command, Literal
from .schtasks import named, system_task
from .text import tool_text

NEVER_RAN: Final = 0x41303
"""SCHED_S_TASK_HAS_NOT_RUN, as the result of the last run (winerror.h: *sure*)."""
RUNNING: Final = 0x41301
_RESULT_COLUMN = 6
_TRIGGERS = """<Triggers><CalendarTrigger>
<StartBoundary>2026-01-01T{start}:00</StartBoundary>
<Enabled>true</Enabled>
<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
</CalendarTrigger></Triggers>"""


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
    return system_task(
        task.program,
        task.arguments,
        description=description,
        triggers=_TRIGGERS.format(start=task.start),
        limit="PT1H",
        late=True,
    )


def parse(output: bytes) -> Daily:
    """The definition that `schtasks /query /xml` printed. Raises ValueError.

    Text with a document type is refused: nothing that Windows stores has one, and it could make a small text endless.
    """
    text = tool_text(output).strip()
    if text.startswith("<?xml"):
        text = text.partition("?>")[2].lstrip()
    if not text.startswith("<Task"):
        raise ValueError(f"this is not a definition of a task: {text[:80]!a}")
    try:
        root = markup.tree(text)
    except markup.NotReadable as error:
        raise ValueError(f"the definition of the task cannot be read: {error}") from error

    def value(path: str, default: str = "") -> str:
        found = root.findtext(path)
        return default if found is None else found.strip()

    triggers = root.find("Triggers")
    kinds = [one.tag for one in triggers] if triggers is not None else []
    start = re.fullmatch(r"\d{4}-\d\d-\d\dT(\d\d:\d\d):00", value("Triggers/CalendarTrigger/StartBoundary"))
    actions = root.find("Actions")
    alone = actions is not None and [one.tag for one in actions] == ["Exec"]
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
    try:
        for row in csv.reader(io.StringIO(tool_text(output))):
            if len(row) > _RESULT_COLUMN and re.fullmatch(r"-?[0-9]{1,10}", row[_RESULT_COLUMN].strip()):
                return int(row[_RESULT_COLUMN]) & 0xFFFFFFFF
    except csv.Error:  # a cell that has no end, for example
        return None
    return None
