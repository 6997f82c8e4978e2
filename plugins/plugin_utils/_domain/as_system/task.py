"""A command as SYSTEM, through a scheduled task that is gone afterwards in every path.

Defender and the CryptoAPI see the network as SYSTEM, not as the administrator who logged on. The task is made from XML
([MS-TSCH] 2.5): no trigger, so a task left behind never runs by itself, no start date in the region's format, no
limit of 261 characters for the command. Task, output and exit code lie in a folder of the run's own (see
`temp_folder`). Each step of the beginning runs only after the one before it succeeded: a folder that could not be
protected gets nothing written to it, and nothing in it is started.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from ..._windows import files, schtasks
from ..._windows.cmdline import Command, Outcome, OutputTooLarge, Unread
from ..._windows.credentials import last_words
from ..operation import Ask, HostError, Operation, RunIdentity, Warn, reason, temp_folder

LONGEST_TIMEOUT = 1800
"""Seconds that a command may be given, well below temp_folder.STALE_AFTER, so that nobody sweeps what still runs."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 4.0
STEPS: Final = ("folder", "protect", "write", "create", "start")


def demand_elevated(elevated: bool) -> None:
    """Raises HostError where the account may not make a task for SYSTEM."""
    if not elevated:
        raise HostError(
            "run_as: system requires an elevated account, because only such an account can create a task for SYSTEM. "
            r"This account is not elevated ('reg query HKU\S-1-5-19' was refused)"
        )


class _Tasks(temp_folder.Temp):
    """Temp, and scheduled tasks of the same names, which are ended and removed first."""

    WHAT: ClassVar[str] = "scheduled task or folder in Windows' Temp directory"

    def listing(self) -> dict[str, Command]:
        """See Temp."""
        pattern = f"{self.system_root}\\System32\\Tasks\\{temp_folder.PREFIX}*"
        return {"tasks": files.list_names(pattern).up_to(temp_folder.MOST_NAMES), **super().listing()}

    def removing(self, name: str) -> dict[str, Command]:
        """See Temp."""
        return {
            f"end.{name}": schtasks.end(name).quiet(),
            f"task.{name}": schtasks.delete(name).quiet(),
            **super().removing(name),
        }


def run(
    command: Command,
    *,
    system_root: str,
    identity: RunIdentity,
    timeout: float,
    bound: str = "",
) -> Operation[Outcome]:
    """Runs a command as SYSTEM and returns its exit code and output (both streams).

    `identity` is by the host's clock; `timeout` is at most LONGEST_TIMEOUT, and `bound` says in words what it is made
    of, for the message of a command that took longer. What could not be removed afterwards is named in a warning, or
    in the error. Where something printed too much the outcome is Unread. Raises HostError when the task could not be
    made or did not end in time.
    """
    temp = _Tasks(system_root)
    inner = _run(command, temp, identity.name, timeout, bound)
    return (yield from temp_folder.with_temp_folder(temp, identity, inner))


def _run(command: Command, temp: _Tasks, name: str, timeout: float, bound: str) -> Operation[Outcome]:
    folder = temp.folder(name)
    task = schtasks.create(name, f"{folder}\\task.xml")
    begin = temp_folder.filled(folder, "task.xml", task, schtasks.run(name), steps=STEPS)
    xml = _task(command, temp.system_root, folder, timeout).encode("ascii")
    try:
        # What begins comes first: a host that lists too much does not keep it from that.
        answer = yield Ask({"begin": begin, **temp.listing()}, stdin=xml)
        _check_started(answer["begin"])
        return (yield from _wait(folder, timeout, command.most, bound))
    except OutputTooLarge as error:
        return Unread(f"as SYSTEM, {error}")


def remove_leftovers(system_root: str, now: float, check_mode: bool) -> Operation[list[str]]:
    """Removes tasks and folders that earlier runs left behind; returns their names, in check mode without removing.

    `now` is the controller's POSIX time.
    """
    temp = _Tasks(system_root)
    answer = yield Ask(temp.listing(), reads=True)
    names = yield from temp_folder.left_behind(answer.outcomes.values(), answer.host_time(now))
    if check_mode:
        return names
    left = yield from temp.clean(names)
    if left:
        yield Warn(temp_folder.leftover_message(temp.WHAT, left))
    return [name for name in names if name not in left]


def _check_started(begin: Outcome) -> None:
    step = (re.findall(r"step:(\w+)", begin.text) or [STEPS[0]])[-1]
    if step == "done":
        return
    said = " ".join(re.sub(r"step:\w+", "", begin.text).split())
    raise HostError(
        f"the scheduled task that runs the command as SYSTEM could not be started: step {step!r} failed (exit code "
        f"{begin.exit_code}). Output: {said or 'none'}. The account must be elevated; some security products block "
        "new tasks"
    )


def _task(command: Command, system_root: str, folder: str, timeout: float) -> str:
    """The task's XML. `!errorlevel!` instead of `%errorlevel%`: the scheduler expands percent signs itself."""
    line = (
        f'chcp 65001 >nul & {command.text} >"{folder}\\output.txt" 2>&1 & '
        f'echo !errorlevel!>"{folder}\\exit.tmp" & ren "{folder}\\exit.tmp" exit.txt'
    )
    return schtasks.task_xml(f"{system_root}\\System32\\cmd.exe", f"/d /v:on /c {line}", timeout)


def _wait(folder: str, timeout: float, most: int, bound: str) -> Operation[Outcome]:
    """The outcome of the command, once its exit code is there. `most`: bytes that it may print."""
    waited, pause = 0.0, FIRST_PAUSE
    reading = {
        "exit": files.read(f"{folder}\\exit.txt"), "output": files.read(f"{folder}\\output.txt").up_to(most)
    }  # fmt: skip
    while True:
        answer = yield Ask(reading, pause=pause, reads=True)
        code = answer["exit"].text.strip()
        if answer["exit"].ok and re.fullmatch(r"-?[0-9]{1,10}", code):
            return Outcome(int(code), answer["output"].output)
        waited += pause + answer.seconds  # a host that answers slowly is not waited for longer
        if waited > timeout:
            raise HostError(_timeout_message(answer["output"], bound or f"{timeout:g} seconds"))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _timeout_message(output: Outcome, bound: str) -> str:
    too_much = reason(output)
    if too_much:
        return f"the command that was started as SYSTEM did not finish within {bound}; {too_much}"
    if not output.ok:
        return (
            f"the Task Scheduler accepted the command for SYSTEM but did not start it within {bound}. Check that the "
            "service Schedule is running and not busy"
        )
    return (
        f"the command that was started as SYSTEM did not finish within {bound}; its last output: "
        f"{last_words(output.text)}"
    )
