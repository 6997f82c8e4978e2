"""Several commands as the account that logged on, in one line, or as SYSTEM, in as few scheduled tasks as will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..._windows.cmdline import Batch, Command, Outcome, Unread
from ..._windows.credentials import last_words
from ..operation import Ask, HostError, Operation, RunIdentity, reason
from . import task as as_system_task

MOST = 4 * 1024 * 1024
"""Bytes that the commands of a task may print together; what each of them may is looked at afterwards."""
MAX_BATCH_CHARACTERS = 6000
"""Characters of commands in one task: what the task puts around them leaves that many of cmd.exe's 8,191 for sure."""


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
    outcomes: dict[str, Outcome] = {}
    for number, batch in enumerate(_batches(commands, identity.name.rpartition("-")[2])):
        limit = min(60.0 + timeout * len(batch.commands), float(as_system_task.LONGEST_TIMEOUT))
        done = yield from as_system_task.run(
            Command(f"({batch.line.replace('%^errorlevel%', '!errorlevel!')})", most=MOST),
            system_root=system_root, identity=identity.part(f"{number:x}"), timeout=limit,
            bound=f"{limit:g} seconds (60, and {timeout:g} for each of {len(batch.commands)} commands, at most "
            f"{as_system_task.LONGEST_TIMEOUT})",
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


def _batches(commands: Mapping[str, Command], token: str) -> Iterator[Batch]:
    part: dict[str, Command] = {}
    length = 0
    for name, command in commands.items():
        if "!" in command.text:
            raise HostError(
                f"{command.text!r} contains an exclamation mark, which cannot be passed to a command as SYSTEM"
            )
        if part and length + len(command.text) > MAX_BATCH_CHARACTERS:
            yield Batch(part, token)
            part, length = {}, 0
        part[name] = command
        length += len(command.text) + 60
    yield Batch(part, token)
