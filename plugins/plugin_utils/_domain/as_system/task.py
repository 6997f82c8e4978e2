"""A command as SYSTEM, through a scheduled task that is gone afterwards in every path.

Defender and the CryptoAPI see the network as SYSTEM, not as the administrator who logged on. The task is made from XML
([MS-TSCH] 2.5): no trigger, so a task left behind never runs by itself, no start date in the region's format, no
limit of 261 characters for the command. Task, output and exit code lie in a folder of the run's own (see
`temp_folder`). Each step of the beginning runs only after the one before it succeeded: a folder that could not be
protected gets nothing written to it, and nothing in it is started.

All of that is one line, which waits on the host until the exit code is there. The task runs a line and no batch file,
so rules of application control for scripts (AppLocker: .ps1, .bat, .cmd, .vbs, .js; Microsoft Learn: sure) do not
concern it.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import ClassVar, Final

from ..._windows import files, schtasks
from ..._windows.cmdline import Command, Outcome, OutputTooLarge, Unread
from ..._windows.credentials import last_words
from ..operation import Answer, Ask, HostError, Operation, RunIdentity, Warn, reason, temp_folder

LONGEST_TIMEOUT = 1800
"""Seconds that a command may be given, well below temp_folder.STALE_AFTER, so that nobody sweeps what still runs."""
FIRST_LOOKS: Final = 10
"""Looks for the end of the command that follow each other at once: half a second (guess)."""
GRACE: Final = 60.0
SLOWNESS: Final = 1.1
"""Seconds that the line may take beside the command, and how much longer than it: a look takes a little more than its
second (guess)."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 4.0
"""Seconds between looks by the controller, which are needed only where the host cannot wait by itself."""
EXIT_CODE: Final = "exit.txt"
SEEN: Final = "seen.txt"
"""Its name once the line saw it."""
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

    WHAT: ClassVar[str] = "scheduled task or folder in Program Files"

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


def folder(system_root: str, identity: RunIdentity) -> str:
    """The path of the folder in which a task of this identity lies."""
    return _Tasks(system_root).folder(identity.name)


@dataclass(frozen=True)
class File:
    """What lies beside the task while it runs: `content` is lines of ASCII of which none begins with `<`."""

    name: str
    content: str


def run(
    command: Command,
    *,
    system_root: str,
    identity: RunIdentity,
    timeout: float,
    bound: str = "",
    file: File | None = None,
) -> Operation[Outcome]:
    """Runs a command as SYSTEM and returns its exit code and output (both streams), in one line.

    `identity` is by the host's clock; `timeout` is at most LONGEST_TIMEOUT, and `bound` says in words what it is made
    of, for the message of a command that took longer. `file` lies in the folder of the task. What could not be removed
    afterwards is named in a warning, or in the error. Where something printed too much the outcome is Unread. Raises
    HostError when the task could not be made or did not end in time.
    """
    temp = _Tasks(system_root)
    inner = _run(_Order(command, temp, identity.name, timeout, bound or f"{timeout:g} seconds", file))
    return (yield from temp_folder.with_temp_folder(temp, identity, inner))


@dataclass(frozen=True)
class _Order:
    """A command, and what surrounds it."""

    command: Command
    temp: _Tasks
    name: str
    timeout: float
    bound: str
    file: File | None

    @property
    def folder(self) -> str:
        return self.temp.folder(self.name)

    @property
    def xml(self) -> str:
        """The task. `!errorlevel!` instead of `%errorlevel%`: the scheduler expands percent signs itself."""
        line = (
            f'chcp 65001 >nul & {self.command.text} >"{self.folder}\\output.txt" 2>&1 & '
            f'echo !errorlevel!>"{self.folder}\\exit.tmp" & ren "{self.folder}\\exit.tmp" {EXIT_CODE}'
        )
        return schtasks.task_xml(f"{self.temp.system_root}\\System32\\cmd.exe", f"/d /v:on /c {line}", self.timeout)

    @property
    def stdin(self) -> bytes:
        """The task, and the file behind it. Only lines of the task begin with `<`; whoever takes both apart needs the
        ends of lines that Windows' own tools write."""
        text = self.xml if self.file is None else (self.xml + self.file.content).replace("\n", "\r\n")
        return text.encode("ascii")

    def begin(self) -> Command:
        """Makes everything, starts the task, and waits for its end."""
        definition, inputs = f"{self.folder}\\task.xml", f"{self.folder}\\input.txt"
        start = (schtasks.create(self.name, definition), schtasks.run(self.name))
        waiting = files.wait_while(
            f"{self.folder}\\{EXIT_CODE}", there=False, seconds=math.ceil(self.timeout), looks=FIRST_LOOKS
        )
        if self.file is None:
            return temp_folder.filled(self.folder, "task.xml", *start, steps=STEPS, afterwards=waiting)
        parts = (
            files.part(inputs, "<", definition),
            files.part(inputs, "<", f"{self.folder}\\{self.file.name}", others=True),
        )
        steps = (*STEPS[:3], "task", "file", *STEPS[3:])
        return temp_folder.filled(self.folder, "input.txt", *parts, *start, steps=steps, afterwards=waiting)

    def reading(self, exit_code: str = EXIT_CODE) -> dict[str, Command]:
        """Exit code and output; the former is there when the latter is complete."""
        return {
            "exit": files.read(f"{self.folder}\\{exit_code}"),
            "output": files.read(f"{self.folder}\\output.txt").up_to(self.command.most),
        }

    def conclusion(self) -> dict[str, Command]:
        """Reads and removes everything where the command has ended. `left` fails where neither folder nor task is left.

        The exit code gets another name first, so that no command that ends just now is removed unread.
        """
        task = f"{self.temp.system_root}\\System32\\Tasks\\{self.name}"
        removing = functools.reduce(Command.then, self.temp.removing(self.name).values())
        return {
            "ended": files.rename(f"{self.folder}\\{EXIT_CODE}", SEEN).silent(),
            **self.reading(SEEN),
            "remove": files.if_there(f"{self.folder}\\{SEEN}", removing).silent(),
            "left": temp_folder.is_left(self.folder).otherwise(files.list_names(task)),
        }


def _run(order: _Order) -> Operation[Outcome]:
    """One line. Where it ended before the command, because ping could not be used to wait, it is looked after again."""
    commands = {"begin": order.begin(), **order.conclusion(), **order.temp.listing()}
    try:
        # What begins comes first, and what lists last: a host that lists too much does not keep it from the answer.
        answer = yield Ask(commands, stdin=order.stdin, timeout=GRACE + order.timeout * SLOWNESS)
        _check_started(answer["begin"])
        ended = _ended(answer)
        if ended is None and not answer["left"].ok:  # the line saw an exit code that did not get here, and removed it
            return Unread(f"as SYSTEM, {reason(answer['exit']) or 'exit: the output is not understood'}")
        return ended or (yield from _wait(order, answer))
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


def _ended(answer: Answer) -> Outcome | None:
    """The outcome of the command; None where its exit code is not there yet."""
    exit_code = answer["exit"]
    code = exit_code.text.strip() if not reason(exit_code) and exit_code.ok else ""
    return Outcome(int(code), answer["output"].output) if re.fullmatch(r"-?[0-9]{1,10}", code) else None


def _wait(order: _Order, answer: Answer) -> Operation[Outcome]:
    """The outcome of the command, asked for again after pauses until its exit code is there."""
    waited, pause = answer.seconds, FIRST_PAUSE
    while waited <= order.timeout:
        answer = yield Ask(order.reading(), pause=pause, reads=True)
        ended = _ended(answer)
        if ended is not None:
            return ended
        waited += pause + answer.seconds  # a host that answers slowly is not waited for longer
        pause = min(pause * 1.5, LONGEST_PAUSE)
    raise HostError(_timeout_message(answer["output"], order.bound))


def _timeout_message(output: Outcome, bound: str) -> str:
    too_much = reason(output)
    if too_much:
        return f"the command that was started as SYSTEM did not finish within {bound}; {too_much}"
    if not output.ok:
        return (
            f"the Task Scheduler accepted the command for SYSTEM but did not start it within {bound}. Check that the "
            "service Schedule is running and not busy, and that application control lets cmd.exe start as SYSTEM"
        )
    return (
        f"the command that was started as SYSTEM did not finish within {bound}; its last output: "
        f"{last_words(output.text)}"
    )
