"""The scheduled task that brings the lists of root certificates to a server every day, as SYSTEM.

Microsoft asks for it: the lists can change daily (Microsoft Learn, "Configure trusted roots and disallowed
certificates": sure). It runs the line that windefend.maps.ctl_sync runs, so a day on which something is in the way
leaves the lists as they are. Its definition is compared field by field, so a task that somebody changed is set right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ..._windows import daily_task, files, schtasks
from ..._windows.cmdline import Outcome
from ..._windows.credentials import last_words
from ..._windows.daily_task import Daily
from ..._windows.hresult import format_code
from ..defender import SYSTEM
from ..operation import Ask, Fact, HostError, Operation, Refused, RunIdentity, Warn, temp_folder
from . import lists as ctl_lists
from .lists import Place

NAME: Final = "windefend.maps.ctl_sync"
DESCRIPTION: Final = "Downloads the certificate trust lists from Windows Update every day (windefend.maps)"
DEFAULT_START: Final = "03:30"


@dataclass(frozen=True)
class TaskSpec:
    """What there should be. `identity` is for the file that carries the definition."""

    at: Place
    identity: RunIdentity
    keep: int = ctl_lists.DEFAULT_KEPT
    start: str = DEFAULT_START

    def validated(self) -> Self:
        """The request itself; raises Refused for what cannot be meant."""
        ctl_lists.check_keep(self.keep)
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", self.start):
            raise Refused(f"start: {self.start!a} is not a time of day such as {DEFAULT_START}")
        return self

    def task(self, system_root: str) -> Daily:
        line = ctl_lists.sync_line(self.at, self.keep).text
        return Daily(self.start, f"{system_root}\\System32\\cmd.exe", f"/d /c ({line})")


@dataclass(frozen=True)
class State:
    """What there is; `task` None: no such task."""

    task: Daily | None
    last_result: int | None


def configure(desired: TaskSpec, *, present: bool, check_mode: bool) -> Operation[dict[str, Any]]:
    """Makes the task, or takes it away, and reads it again. Raises HostError."""
    answer = yield Ask({**SYSTEM.commands, **_STATE.commands}, reads=True)
    system = answer[SYSTEM]
    if not system.elevated:
        raise HostError("the account is not elevated; only an administrator can see and create tasks of SYSTEM")
    before = answer[_STATE]
    wanted = desired.task(system.system_root) if present else None
    changed = before.task != wanted
    after = State(wanted, before.last_result if wanted and before.task else None)
    if changed and not check_mode:
        if wanted is not None:
            temp = temp_folder.Temp(system.system_root)
            identity = desired.identity.by_host_clock(answer.clock_skew)
            creating = _create(temp, identity.name, wanted)
            said = yield from temp_folder.with_temp_folder(temp, identity, creating)
        else:
            said = yield from _delete()
        answer = yield Ask(_STATE.commands)
        after = answer[_STATE]
        if after.task != wanted:
            raise HostError(
                f"the task {NAME} could not be {'created' if present else 'removed'}. Output: {said}. Some security "
                "products block new tasks",
                before=_shown(before),
                after=_shown(after),
            )
    result = after.last_result
    if present and result not in (None, 0, daily_task.NEVER_RAN, daily_task.RUNNING):
        yield Warn(
            f"the last run of the task {NAME} ended with {format_code(result)}: run windefend.maps.ctl_sync to see "
            "the reason"
        )
    return {"changed": changed, "before": _shown(before), "after": _shown(after), "task_name": NAME}


def _read(outcomes: Mapping[str, Outcome]) -> State:
    """What the commands found. Raises HostError, ValueError."""
    xml = outcomes["task.xml"]
    if xml.ok:
        return State(daily_task.parse(xml.output), daily_task.parse_result(outcomes["task.result"].output))
    if xml.exit_code != 1 or outcomes["task.file"].ok:
        raise HostError(
            f"it is unknown whether the task {NAME} exists: schtasks ended with {xml.exit_code}. Check that the "
            "service Schedule is running"
        )
    return State(None, None)


_STATE: Final = Fact(
    {
        "task.xml": schtasks.query(NAME),
        "task.result": daily_task.query_result(NAME),
        "task.file": files.look_for(rf"C:\Windows\System32\Tasks\{NAME}"),
    },
    _read,
)


def _create(temp: temp_folder.Temp, name: str, wanted: Daily) -> Operation[str]:
    """Carries the definition over in a protected folder; returns what was said."""
    folder = temp.folder(name)
    begin = temp_folder.filled(folder, "task.xml", schtasks.create(NAME, f"{folder}\\task.xml"))
    commands = {**temp.listing(), "begin": begin, **temp_folder.removed_at_once(folder)}
    answer = yield Ask(commands, stdin=daily_task.xml(wanted, DESCRIPTION).encode("ascii"))
    return last_words(answer["begin"].text)


def _delete() -> Operation[str]:
    answer = yield Ask({"delete": schtasks.delete(NAME).with_errors()})
    return last_words(answer["delete"].text)


def _shown(state: State) -> dict[str, Any]:
    task = state.task
    return {
        "present": task is not None,
        "start": task.start if task else "",
        "every_day": task.every_day if task else None,
        "enabled": task.enabled if task else None,
        "run_as": task.account if task else "",
        "command": f"{task.program} {task.arguments}" if task else "",
        "last_result": state.last_result,
    }
