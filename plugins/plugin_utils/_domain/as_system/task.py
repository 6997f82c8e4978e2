"""A command as SYSTEM, through a scheduled task that is gone afterwards in every path.

Defender and the CryptoAPI see the network as SYSTEM, not as the administrator who logged on. The task is made from XML
([MS-TSCH] 2.5): no trigger, so a task left behind never runs by itself, no start date in the region's format, no
limit of 261 characters for the command. Its folder lies below the system's Temp directory, is readable for
administrators and SYSTEM only before anything is written to it, and holds task, output and exit code. Names are unique
and carry the time by the host's clock, which all controllers share, so that leftovers of runs that broke off are swept
by the next one without disturbing one that still runs on the same host. Each step of the beginning runs only after the
one before it succeeded: a folder that could not be protected gets nothing written to it, and nothing in it is started.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ..._windows import files, schtasks
from ..._windows.cmdline import Command, Literal, Outcome, OutputTooLarge, Unread
from ..._windows.credentials import last_words
from ..operation import Ask, DomainError, Operation, reason

PREFIX: Final = "windefend-maps-"
STALE_AFTER = 3600
"""Seconds after which a task or folder of ours that still exists was left behind."""
LONGEST_TIMEOUT = 1800
"""Seconds that a command may be given, well below STALE_AFTER, so that nobody sweeps what still runs."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 4.0
CLEANING_PAUSES = (0.0, 1.0, 3.0)
"""Seconds before each attempt to clean: what was just ended may hold its files open for a moment (guess)."""
_NAME: Final = re.compile(re.escape(PREFIX) + r"([0-9a-f]{1,12})-([0-9a-f]{1,32})")
MOST_NAMES: Final = 256 * 1024
"""Bytes of a list of names that this collection made: some thousands, each left behind by a run that broke off."""
MOST_STALE: Final = 50
"""Names that one run sweeps; a host decides how many there are, and each becomes three commands."""
STEPS: Final = ("folder", "protect", "write", "create", "start")


def demand_elevated(elevated: bool) -> None:
    """Raises DomainError where the account may not make a task for SYSTEM."""
    if not elevated:
        raise DomainError(
            "run_as: system needs an elevated account, and this one is not: only such an account may make a task for "
            r"SYSTEM ('reg query HKU\S-1-5-19' was refused)"
        )


def unique_name(now: float, random: str) -> str:
    """A name for one run: `now` is POSIX time, `random` hex digits of the caller's."""
    return f"{PREFIX}{max(0, int(now)):x}-{random}"


def by_host_clock(name: str, clock_skew: float | None) -> str:
    """A name that was made with the controller's time, with the host's instead; unchanged where that is not known."""
    match = _NAME.fullmatch(name)
    return unique_name(int(match[1], 16) + (clock_skew or 0.0), match[2]) if match else name


def stale(names: Iterable[str], now: float | None) -> list[str]:
    """Those of `names` that earlier runs left behind, the oldest first.

    `now` is POSIX time by the host's clock. None where that is not known: then any of them may still run.
    """
    found: list[tuple[int, str]] = []
    if now is None:
        return []
    for name in names:
        match = _NAME.fullmatch(name.strip())
        if match and now - int(match[1], 16) > STALE_AFTER:
            found.append((int(match[1], 16), name.strip()))
    return [name for _made, name in sorted(found, key=lambda one: one[0])]


def left_behind(listed: Iterable[Outcome], now: float | None, warnings: list[str]) -> list[str]:
    """What earlier runs left behind of what was listed: the oldest MOST_STALE. That there are more is a warning."""
    listed = list(listed)
    unread = next(filter(None, map(reason, listed)), "")
    if unread:
        warnings.append(f"leftovers of earlier runs in Temp were not removed: {unread}")
        return []
    names = stale(dict.fromkeys(name for one in listed for name in one.text.splitlines()), now)
    if len(names) > MOST_STALE:
        warnings.append(
            f"{len(names)} tasks and folders of earlier runs are on the host; the oldest {MOST_STALE} are removed "
            "now, the others by the next runs"
        )
    return names[:MOST_STALE]


def folders(system_root: str) -> Command:
    """Lists the folders below Temp that this collection made."""
    return files.list_names(f"{system_root}\\Temp\\{PREFIX}*").up_to(MOST_NAMES)


def run(
    command: Command,
    *,
    system_root: str,
    name: str,
    now: float,
    timeout: float,
    warnings: list[str],
    bound: str = "",
) -> Operation[Outcome]:
    """Runs a command as SYSTEM and returns its exit code and output (both streams).

    `name` comes from `unique_name` and `by_host_clock`, `now` is the controller's POSIX time; `timeout` is at most
    LONGEST_TIMEOUT, and `bound` says in words what it is made of, for the message of a command that took longer. What
    could not be removed afterwards is named in `warnings`, or in the error. Where something printed too much the
    outcome is Unread. Raises DomainError when the task could not be made or did not end in time.
    """
    folder = f"{system_root}\\Temp\\{name}"
    sweep = [name]
    try:
        xml = _task(command, system_root, folder, timeout).encode("ascii")
        # What begins comes first: a host that lists too much does not keep it from that.
        answer = yield Ask({"begin": _beginning(name, folder), **_listing(system_root)}, stdin=xml)
        sweep += left_behind([answer["tasks"], answer["folders"]], answer.host_time(now), warnings)
        _demand_start(answer["begin"])
        result = yield from _await(folder, timeout, command.most, bound)
    except OutputTooLarge as error:
        result = Unread(f"as SYSTEM, {error}")
    except Exception as error:
        left = yield from _clean(sweep, system_root)
        if left and isinstance(error, DomainError):
            raise DomainError(f"{error}. {_left(left)}", **error.details) from error
        raise
    left = yield from _clean(sweep, system_root)
    if left:
        warnings.append(_left(left))
    return result


def sweep(system_root: str, now: float, check_mode: bool, warnings: list[str]) -> Operation[list[str]]:
    """Removes tasks and folders that earlier runs left behind; returns their names, in check mode without removing.

    `now` is the controller's POSIX time.
    """
    answer = yield Ask(_listing(system_root), reads=True)
    names = left_behind(answer.outcomes.values(), answer.host_time(now), warnings)
    if not names or check_mode:
        return names
    left = yield from _clean(names, system_root)
    if left:
        warnings.append(_left(left))
    return [name for name in names if name not in left]


def _left(names: Iterable[str]) -> str:
    return (
        f"Not confirmed to be removed from the host (scheduled task or folder in Temp): {', '.join(names)}. A later "
        "run with run_as=system removes what is older than one hour"
    )


def _listing(system_root: str) -> dict[str, Command]:
    return {
        "tasks": files.list_names(f"{system_root}\\System32\\Tasks\\{PREFIX}*").up_to(MOST_NAMES),
        "folders": folders(system_root),
    }


def _names(outcomes: Mapping[str, Outcome]) -> set[str]:
    """In small letters."""
    lines = outcomes["tasks"].text.splitlines() + outcomes["folders"].text.splitlines()
    return {line.strip().lower() for line in lines}


def _beginning(name: str, folder: str) -> Command:
    """The five steps, each said before it is taken and taken only when the one before it succeeded; at last `done`.

    The exit code does not tell: after a redirection that failed `&&` does not go on, but errorlevel may stay 0
    (recalled; published descriptions of cmd.exe).
    """
    commands = (
        files.make_directory(folder),
        files.administrators_only(folder),
        files.write_from_stdin(f"{folder}\\task.xml"),
        schtasks.create(name, f"{folder}\\task.xml"),
        schtasks.run(name),
    )
    parts = [(Command.of("echo", Literal(f"step:{step}")), one) for step, one in zip(STEPS, commands, strict=True)]
    whole = parts[0][0].then_if_ok(parts[0][1])
    for said, one in parts[1:]:
        whole = whole.then_if_ok(said).then_if_ok(one)
    return whole.then_if_ok(Command.of("echo", Literal("step:done"))).with_errors()


def _demand_start(begin: Outcome) -> None:
    step = (re.findall(r"step:(\w+)", begin.text) or [STEPS[0]])[-1]
    if step == "done":
        return
    said = " ".join(re.sub(r"step:\w+", "", begin.text).split())
    raise DomainError(
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


def _await(folder: str, timeout: float, most: int, bound: str) -> Operation[Outcome]:
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
            raise DomainError(_late(answer["output"], bound or f"{timeout:g} seconds"))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _late(output: Outcome, bound: str) -> str:
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


def _clean(names: Iterable[str], system_root: str) -> Operation[list[str]]:
    """Ends and removes tasks and folders, looks afterwards, and returns what is still there."""
    left = list(dict.fromkeys(names))
    for pause in CLEANING_PAUSES:
        commands: dict[str, Command] = {}
        for one in left:
            commands[f"end.{one}"] = schtasks.end(one).quiet()
            commands[f"task.{one}"] = schtasks.delete(one).quiet()
            commands[f"folder.{one}"] = files.remove_tree(f"{system_root}\\Temp\\{one}").quiet()
        answer = yield Ask({**commands, **_listing(system_root)}, pause=pause, again=True)
        if any(reason(answer[name]) for name in _listing(system_root)):
            return left  # too many names to see whether these are gone
        there = _names(answer.outcomes)
        left = [one for one in left if one.lower() in there]
        if not left:
            break
    return left
