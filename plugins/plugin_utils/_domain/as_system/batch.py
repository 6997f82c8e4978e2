"""Several commands as the account that logged on, in one line, or as SYSTEM, in as few scheduled tasks as will do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from ..._windows.batch import Batch
from ..._windows.cmdline import Command, Outcome, Unread
from ..._windows.credentials import last_words
from ..operation import Ask, HostError, Operation, RunIdentity, reason
from . import task as as_system_task

MOST = 4 * 1024 * 1024
"""Bytes that the commands of a task may print together; what each of them may is looked at afterwards."""
MAX_BATCH_CHARACTERS: Final = 7000
"""Characters of commands in one task: what the task puts around them leaves that many of cmd.exe's 8,191 for sure."""
AROUND: Final = 60
"""Characters that a batch puts around a command."""
Group = Callable[[str], Mapping[str, Command]]
"""Commands by name that belong into one task, made for the path of its folder, in which they may keep files."""


def run(
    commands: Mapping[str, Command],
    *,
    run_as: str,
    system_root: str,
    identity: RunIdentity,
    timeout: float,
) -> Operation[dict[str, Outcome]]:
    """The outcome of each command, which only reads, by its name. `timeout` in seconds is for one of them; see
    task.run for the rest.

    As SYSTEM no command may hold an exclamation mark: delayed expansion is on there.
    """
    if not commands:
        return {}
    if run_as != "system":
        answer = yield Ask(commands, timeout=60.0 + timeout * len(commands), reads=True)
        return dict(answer.outcomes)
    groups = [without_files({name: command}) for name, command in commands.items()]
    return (yield from run_groups(groups, system_root=system_root, identity=identity, timeout=timeout))


def run_groups(
    groups: Iterable[Group],
    *,
    system_root: str,
    identity: RunIdentity,
    timeout: float,
    file: as_system_task.File | None = None,
) -> Operation[dict[str, Outcome]]:
    """The same as SYSTEM, for commands that share files. `file` lies in the folder of the first task."""
    groups = [*groups]
    outcomes: dict[str, Outcome] = {}
    if not groups:
        return outcomes
    for number, batch in enumerate(_batches(groups, system_root, identity)):
        limit = min(60.0 + timeout * len(batch.commands), float(as_system_task.LONGEST_TIMEOUT))
        done = yield from as_system_task.run(
            Command(f"({batch.line.replace('%^errorlevel%', '!errorlevel!')})", most=MOST),
            system_root=system_root, identity=identity.part(f"{number:x}"), timeout=limit,
            bound=f"{limit:g} seconds (60, and {timeout:g} for each of {len(batch.commands)} commands, at most "
            f"{as_system_task.LONGEST_TIMEOUT})", file=None if number else file,
        )  # fmt: skip
        why = reason(done)
        if why:
            outcomes.update({one: Unread(f"{one}: {why}") for one in batch.commands})
            continue
        found = batch.split(done.output)
        missing = next(
            (one for one, seen in found.items() if not isinstance(seen, Unread) and seen.exit_code is None), None
        )
        if missing is not None:
            raise HostError(
                f"the task that ran as SYSTEM ended (exit code {done.exit_code}) before its step {missing!r}, so its "
                f"result is unknown; its last output: {last_words(done.text)}"
            )
        outcomes.update(found)
    return outcomes


def without_files(commands: Mapping[str, Command]) -> Group:
    """Commands that keep nothing in the folder."""
    return lambda _folder: commands


def length(commands: Mapping[str, Command]) -> int:
    """Characters that these commands take of MAX_BATCH_CHARACTERS."""
    return sum(len(command.text) + AROUND for command in commands.values())


def _batches(groups: Iterable[Group], system_root: str, identity: RunIdentity) -> Iterator[Batch]:
    token = identity.name.rpartition("-")[2]
    part: dict[str, Command] = {}
    number = 0
    for group in groups:
        commands = group(_folder(system_root, identity, number))
        if part and length({**part, **commands}) > MAX_BATCH_CHARACTERS:
            yield Batch(part, token)
            part, number = {}, number + 1
            commands = group(_folder(system_root, identity, number))
        for command in commands.values():
            if "!" in command.text:
                raise HostError(
                    f"{command.text!r} contains an exclamation mark, which cannot be passed to a command as SYSTEM"
                )
        part.update(commands)
    yield Batch(part, token)


def _folder(system_root: str, identity: RunIdentity, number: int) -> str:
    return as_system_task.folder(system_root, identity.part(f"{number:x}"))
