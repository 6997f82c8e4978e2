"""A command as SYSTEM, through a scheduled task that is gone afterwards in every path.

Defender and the CryptoAPI see the network as SYSTEM, not as the administrator who logged on. The task is made from XML
([MS-TSCH] 2.5): no trigger, so a task left behind never runs by itself, no start date in the region's format, no
limit of 261 characters for the command. Its folder lies below the system's Temp directory, is readable for
administrators and SYSTEM only before anything is written to it, and holds task, output and exit code. Names are unique
and carry the time, so that leftovers of runs that broke off are swept by the next one without disturbing one that
still runs on the same host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from .._windows import files, schtasks
from .._windows.cmdline import Command, Outcome
from .operation import Ask, DomainError, Operation

PREFIX: Final = "windefend-maps-"
STALE_AFTER = 3600
"""Seconds after which a task or folder of ours that still exists was left behind."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 4.0


def unique_name(now: float, random: str) -> str:
    """A name for one run: `now` is POSIX time, `random` hex digits of the caller's."""
    return f"{PREFIX}{int(now):x}-{random}"


def stale(names: Iterable[str], now: float) -> list[str]:
    """Those of `names` that earlier runs left behind."""
    found = []
    for name in names:
        match = re.fullmatch(re.escape(PREFIX) + r"([0-9a-f]{1,12})-[0-9a-f]{1,32}", name.strip())
        if match and now - int(match[1], 16) > STALE_AFTER:
            found.append(name.strip())
    return found


def run(command: Command, *, system_root: str, name: str, now: float, timeout: float) -> Operation[Outcome]:
    """Runs a command as SYSTEM and returns its exit code and output (both streams).

    `name` comes from `unique_name`. Raises DomainError when the task could not be made or did not end in time.
    """
    folder = f"{system_root}\\Temp\\{name}"
    leftovers: list[str] = []
    try:
        answer = yield Ask(
            {
                "old_tasks": files.list_names(f"{system_root}\\System32\\Tasks\\{PREFIX}*"),
                "old_folders": files.list_names(f"{system_root}\\Temp\\{PREFIX}*"),
                "folder": files.make_directory(folder).with_errors(),
                "protect": files.administrators_only(folder).with_errors(),
                "write": files.write_from_stdin(f"{folder}\\task.xml").with_errors(),
                "create": schtasks.create(name, f"{folder}\\task.xml").with_errors(),
                "start": schtasks.run(name).with_errors(),
            },
            stdin=_task(command, system_root, folder, timeout).encode("ascii"),
        )
        leftovers = stale(answer["old_tasks"].text.splitlines() + answer["old_folders"].text.splitlines(), now)
        for step in ("folder", "protect", "write", "create", "start"):
            if not answer[step].ok:
                raise DomainError(
                    f"the scheduled task that runs the command as SYSTEM could not be started: step {step!r} ended "
                    f"with exit code {answer[step].exit_code} and said: {answer[step].text.strip() or 'nothing'}. "
                    "The account must be elevated; some security products refuse new tasks"
                )
        result = yield from _await(folder, timeout)
    finally:
        yield from _clean(name, system_root, leftovers)
    return result


def _task(command: Command, system_root: str, folder: str, timeout: float) -> str:
    """The task's XML. `!errorlevel!` instead of `%errorlevel%`: the scheduler expands percent signs itself."""
    line = (
        f'chcp 65001 >nul & {command.text} >"{folder}\\output.txt" 2>&1 & '
        f'echo !errorlevel!>"{folder}\\exit.tmp" & ren "{folder}\\exit.tmp" exit.txt'
    )
    return schtasks.task_xml(f"{system_root}\\System32\\cmd.exe", f"/d /v:on /c {line}", timeout)


def _await(folder: str, timeout: float) -> Operation[Outcome]:
    waited, pause = 0.0, FIRST_PAUSE
    while True:
        answer = yield Ask(
            {"exit": files.read(f"{folder}\\exit.txt"), "output": files.read(f"{folder}\\output.txt")}, pause=pause
        )
        code = answer["exit"].text.strip()
        if answer["exit"].ok and re.fullmatch(r"-?\d+", code):
            return Outcome(int(code), answer["output"].output)
        waited += pause
        if waited > timeout:
            raise DomainError(
                f"the command that was started as SYSTEM had not ended after {timeout:g} seconds; its task was "
                "stopped and removed. Is the Task Scheduler service running and not busy?"
            )
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _clean(name: str, system_root: str, leftovers: list[str]) -> Operation[None]:
    commands: dict[str, Command] = {}
    for one in dict.fromkeys([name, *leftovers]):
        commands[f"end.{one}"] = schtasks.end(one).quiet()
        commands[f"task.{one}"] = schtasks.delete(one).quiet()
        commands[f"folder.{one}"] = files.remove_tree(f"{system_root}\\Temp\\{one}").quiet()
    yield Ask(commands)
