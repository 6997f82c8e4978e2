"""Drives an operation on a host: the one place where the two meet."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import TypeVar

from .._domain.operation import Answer, Ask, Operation
from .._remote.host import Completed, Host, LineBroken, RemoteError, Unreachable
from .._windows.cmdline import LINE_LIMIT, OVERHEAD, Batch, Command, Outcome
from .._windows.text import decode

T = TypeVar("T")


def drive(host: Host, operation: Operation[T]) -> T:
    """Runs an operation to its end and returns its result.

    What goes wrong is thrown into the operation, on a fresh connection, so that it can clean up; an error during that
    does not hide the first one. Raises RemoteError and whatever the operation raises.
    """
    first_error: Exception | None = None
    try:
        ask = next(operation)
        while True:
            try:
                answer = _answer(host, ask)
            except Exception as error:
                if first_error is not None:
                    raise first_error from error
                first_error = error
                if isinstance(error, RemoteError):
                    host.reset()
                ask = operation.throw(error)
            else:
                ask = operation.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result


def _answer(host: Host, ask: Ask) -> Answer:
    try:
        return run(host, ask)
    except Unreachable:
        if not ask.again:
            raise
        host.reset()
        return run(host, ask)


def run(host: Host, ask: Ask) -> Answer:
    """Runs the commands of one Ask, in one line where they fit. Raises RemoteError."""
    if ask.pause:
        time.sleep(ask.pause)
    outcomes: dict[str, Outcome] = {}
    truncated = False
    for batch in _lines(ask):
        completed = host.run(batch.line, stdin=ask.stdin, timeout=ask.timeout, max_bytes=ask.max_bytes)
        found = batch.split(completed.stdout)
        if not completed.truncated:
            _demand_all(host, found, completed)
        outcomes.update(found)
        truncated = truncated or completed.truncated
    return Answer(outcomes, truncated, host.clock_skew())


def _demand_all(host: Host, outcomes: Mapping[str, Outcome], completed: Completed) -> None:
    """Raises LineBroken when a command has no exit code: nothing may be taken for absent that was never asked for.

    So it is where cmd.exe itself is refused (policy DisableCMD, application control) or was ended from outside.
    """
    missing = next((name for name, outcome in outcomes.items() if outcome.exit_code is None), None)
    if missing is not None:
        said = decode(completed.stdout[-300:] + completed.stderr[-300:]).strip()
        raise LineBroken(
            f"{host.name}: the command line ended before its step {missing!r} (exit code {completed.exit_code}), so "
            "nothing was concluded from it. Is cmd.exe allowed for this account (policy DisableCMD, application "
            "control)? " + (f"It said: {said}" if said else "It said nothing")
        )


def _lines(ask: Ask) -> Iterator[Batch]:
    """As few lines as cmd.exe's limit of 8,191 characters allows; with input for a command there can be but one."""
    token = uuid.uuid4().hex[:8]
    part: dict[str, Command] = {}
    length = Batch.length_of_none(token)
    for name, command in ask.commands.items():
        longer = Batch.length_of_one(token, len(part), command)
        if part and ask.stdin is None and length + longer > LINE_LIMIT - OVERHEAD:
            yield Batch(part, token)
            part, length = {}, Batch.length_of_none(token)
            longer = Batch.length_of_one(token, 0, command)
        part[name] = command
        length += longer
    if part:
        yield Batch(part, token)
