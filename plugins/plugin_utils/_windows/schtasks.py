"""schtasks.exe: a task from XML ([MS-TSCH] 2.5), started on demand.

Why XML: `/sd` wants the date in the region's format, `/tr` takes about 261 characters, and a task made by options gets
a trigger, so that one left behind would run by itself (*likely*, captures; the length *recalled*).
Encoding: schtasks reads the file as ANSI or as UTF-16LE with its mark, converts it, and then fails on a declaration
that names another encoding; UTF-8 with a mark is refused (fatso83/vmware-auto-suspend issues 7 and 8: *likely*). So
the XML is ASCII and its declaration names no encoding, as in Microsoft's own examples for `schtasks /create /xml`.
"""

from __future__ import annotations

import math
import re
from xml.sax.saxutils import escape

from .cmdline import CannotCarry, Command, Literal

_TASK = """<?xml version="1.0" ?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
<RegistrationInfo><Description>{description}</Description></RegistrationInfo>
{triggers}
<Principals><Principal id="Author">
<UserId>S-1-5-18</UserId>
<RunLevel>HighestAvailable</RunLevel>
</Principal></Principals>
<Settings>
<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
<AllowHardTerminate>true</AllowHardTerminate>
<StartWhenAvailable>{late}</StartWhenAvailable>
<RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
<AllowStartOnDemand>true</AllowStartOnDemand>
<Enabled>true</Enabled>
<Hidden>false</Hidden>
<RunOnlyIfIdle>false</RunOnlyIfIdle>
<WakeToRun>false</WakeToRun>
<ExecutionTimeLimit>{limit}</ExecutionTimeLimit>
</Settings>
<Actions Context="Author">
<Exec>
<Command>{program}</Command>
<Arguments>{arguments}</Arguments>
</Exec>
</Actions>
</Task>
"""


def system_task(
    program: str,
    arguments: str,
    *,
    description: str,
    triggers: str,
    limit: str,
    late: bool = False,
) -> str:
    """The definition of a task as SYSTEM with the highest rights, ASCII; other characters become references.

    `triggers` is the element as XML, `limit` a duration of XML Schema after which the scheduler ends it; `late`: a
    start that was missed is made up for. The scheduler expands `%NAME%` in program and arguments (*recalled*). Raises
    CannotCarry for what XML cannot hold.
    """
    return _TASK.format(
        program=escaped(program),
        arguments=escaped(arguments),
        description=escaped(description),
        triggers=triggers,
        limit=limit,
        late=str(late).lower(),
    )


def task_xml(program: str, arguments: str, time_limit: float) -> str:
    """A task that runs `program` as SYSTEM (S-1-5-18) when it is told to, on batteries too, without trigger.

    It is not hidden: a hidden task as SYSTEM is what monitoring takes for an attack.

    `time_limit` in seconds, after which the scheduler ends it. ASCII only; other characters become references. The
    scheduler expands `%NAME%` in both texts (*recalled*). Raises CannotCarry for what XML cannot hold.
    """
    return system_task(
        program,
        arguments,
        description="One command of windefend.maps, removed afterwards",
        triggers="<Triggers />",
        limit=f"PT{max(1, math.ceil(time_limit))}S",
    )


def escaped(text: str) -> str:
    """The text for a task's XML, ASCII. Raises CannotCarry for what XML cannot hold."""
    unfit = re.search("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]", text)
    if unfit:
        raise CannotCarry(f"U+{ord(unfit[0]):04X} at position {unfit.start()} is not allowed in a task")
    return escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def named(name: str) -> list[str]:
    """`/tn NAME`. Raises CannotCarry."""
    # A name without folder and blanks cannot be taken for anything else, and the file below System32\Tasks has it too.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", name):
        raise CannotCarry(f"{name!a} is not a name for a task (letters, digits, dot, dash and underscore, up to 128)")
    return [Literal("/tn"), name]


def create(name: str, xml_path: str) -> Command:
    """`schtasks /create /xml`, replacing a task of that name."""
    return Command.of("schtasks", Literal("/create"), *named(name), Literal("/xml"), xml_path, Literal("/f"))


def run(name: str) -> Command:
    """`schtasks /run`; success means that the scheduler took the order, not that the command ran."""
    return Command.of("schtasks", Literal("/run"), *named(name))


def end(name: str) -> Command:
    """`schtasks /end`; succeeds also when the task is not running (*recalled*)."""
    return Command.of("schtasks", Literal("/end"), *named(name))


def delete(name: str) -> Command:
    """`schtasks /delete /f`; fails when there is no such task."""
    return Command.of("schtasks", Literal("/delete"), *named(name), Literal("/f"))


def query(name: str) -> Command:
    """`schtasks /query /xml`: the task's definition, not translated; fails when there is no such task."""
    return Command.of("schtasks", Literal("/query"), *named(name), Literal("/xml"))
