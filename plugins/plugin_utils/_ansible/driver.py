"""Drives an operation on a host: the one place where the two meet."""

from __future__ import annotations

import functools
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from .._domain.operation import NO_ANSWER, Answer, Ask, HostError, Operation, Warn
from .._remote import CommandTimedOut, Completed, Host, LineBroken, RemoteError, Unreachable
from .._windows.answers import MOST_ERRORS, judged, why_nothing_was_read
from .._windows.batch import Batch
from .._windows.cmdline import LINE_LIMIT, OVERHEAD, Command, Outcome, OutputTooLarge, Unread
from .._windows.credentials import last_words
from .._windows.registry import MOST_OF_A_KEY
from .._windows.text import decode

T = TypeVar("T")
TAIL: Final = 4096
"""Bytes of an output, of which the last words are shown."""
NAMED: Final = 4
"""Steps of a line that a message names."""
_ANY_TOKEN: Final = "0" * 8
"""As long as every token."""
MOST_AGAIN: Final = 3
"""Lines that are sent again for what did not get its turn, for one Ask."""


def run_operation(host: Host, operation: Operation[T], warn: Callable[[str], None]) -> T:
    """Runs an operation to its end and returns its result; `warn` is called with each of its warnings.

    What goes wrong is thrown into the operation, on a fresh connection, so that it can clean up, or go on; an error
    while it cleans up does not hide the first one. Raises RemoteError and whatever the operation raises; HostError
    where it stops because something printed too much.
    """
    thrown: list[Exception] = []
    only_read = True
    try:
        wanted = next(operation)
        while True:
            if isinstance(wanted, Warn):
                warn(wanted.text)
                wanted = operation.send(NO_ANSWER)
                continue
            only_read = only_read and wanted.reads
            try:
                answer = _answer(host, wanted)
            except Exception as error:
                thrown.append(error)
                if isinstance(error, RemoteError):
                    host.reset()
                wanted = _threw(operation, error, thrown)
            else:
                wanted = operation.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result
    except OutputTooLarge as error:
        ending = "Nothing was changed" if only_read else "Run the task again: it checks the current state first"
        raise HostError(f"{error}. {ending}") from error


def _threw(operation: Operation[T], error: Exception, thrown: list[Exception]) -> Ask | Warn:
    """What the operation asks after an error was thrown into it; raises what it raises, or the error that it was
    cleaning up after."""
    try:
        return operation.throw(error)
    except StopIteration:
        raise
    except Exception as raised:
        first = raised
        while first.__context__ in thrown and isinstance(first.__context__, Exception):
            first = first.__context__
        if raised is error and first is not raised:
            raise first from raised
        raise


def _answer(host: Host, ask: Ask) -> Answer:
    try:
        return run(host, ask)
    except Unreachable:
        if not ask.retry_on_disconnect:
            raise
        host.reset()
        return run(host, ask)


def run(host: Host, ask: Ask) -> Answer:
    """Runs the commands of one Ask, in one line where they fit. Raises RemoteError, and HostError where the host's
    tools can read nothing at all.

    A line that prints more than its commands may is ended. Where it only reads, what did not get its turn is asked
    again, without the command that took it away; else it stays unread.
    """
    if ask.pause:
        time.sleep(ask.pause)
    began = time.monotonic()
    outcomes: dict[str, Outcome] = dict.fromkeys(ask.commands, Outcome(None))
    errors = b""
    truncated = False
    lines, again = deque(_lines(ask, ask.commands)), 0
    while lines:
        batch = lines.popleft()
        most = min(batch.most, ask.max_bytes)
        try:
            completed = host.run(batch.line, stdin=ask.stdin, timeout=ask.timeout, max_bytes=most)
        except CommandTimedOut as error:
            raise CommandTimedOut(f"{error}. Commands of this line: {_named(batch)}") from error
        errors += completed.stderr[:MOST_ERRORS]
        found = batch.split(completed.stdout)
        left = [name for name, one in found.items() if not isinstance(one, Unread) and one.exit_code is None]
        if left and not completed.truncated:
            raise _broken(host, left[0], completed)
        if left and ask.reads and again < MOST_AGAIN and all(ask.commands[one].most <= MOST_OF_A_KEY for one in left):
            lines.extendleft(reversed([*_lines(ask, {name: ask.commands[name] for name in left})]))
            again += 1
        elif left:
            truncated = True
            reason = f"the output was cut off after {most} bytes, before the result of this command"
            found.update({name: Unread(f"{name}: {reason}") for name in left})
        outcomes.update(found)
    found = judged(ask.commands, outcomes, errors)
    if why := why_nothing_was_read(ask.commands, outcomes, found):
        raise HostError(
            f"nothing was read of this host, because its tools cannot read the registry: {why}. Check that reg.exe "
            "exists and is allowed for this account (policy DisableRegistryTools, application control, PATH)"
        )
    return Answer(found, truncated, host.clock_skew(), time.monotonic() - began)


def _named(batch: Batch) -> str:
    """The steps of a line, for a message."""
    first, others = [*batch.commands][:NAMED], max(0, len(batch.commands) - NAMED)
    return ", ".join(first) + (f" and {others} more" if others else "")


def _broken(host: Host, missing: str, completed: Completed) -> LineBroken:
    """A command has no exit code, and the line was not ended by us: nothing may be taken for absent that was never
    asked for. So it is where cmd.exe itself is refused (policy DisableCMD, application control), where a command of
    AutoRun ends it before the line begins (`cmd /?`; microsoft/terminal#15658), or where it was ended from outside."""
    said = last_words(decode(completed.stdout[-TAIL:]) + decode(completed.stderr[-TAIL:]))
    return LineBroken(
        f"{host.name}: the command line ended before its step {missing!r} (exit code {completed.exit_code}), so its "
        "result is unknown. Check that cmd.exe is allowed for this account (policy DisableCMD, application control), "
        r'and that no AutoRun command ends it: reg query "HKLM\Software\Microsoft\Command Processor" /v AutoRun, and '
        f"the same below HKCU. Output: {said}"
    )


def _lines(ask: Ask, commands: Mapping[str, Command]) -> Iterator[Batch]:
    """As few lines as cmd.exe's limit of 8,191 characters allows; with input for a command there can be but one."""
    token = uuid.uuid4().hex[: len(_ANY_TOKEN)]
    texts = tuple((name, command.text) for name, command in commands.items())
    for names in _parts(texts, ask.stdin is not None):
        yield Batch({name: commands[name] for name in names}, token)


@functools.lru_cache(maxsize=128)
def _parts(commands: tuple[tuple[str, str], ...], one_line: bool) -> tuple[tuple[str, ...], ...]:
    """The names of commands, given with their texts, line by line. A sweep sends the same ones to each host."""
    parts: list[tuple[str, ...]] = []
    part: list[str] = []
    length = Batch.length_of_none(_ANY_TOKEN)
    for name, text in commands:
        longer = Batch.length_of_one(_ANY_TOKEN, len(part), text)
        if part and not one_line and length + longer > LINE_LIMIT - OVERHEAD:
            parts.append(tuple(part))
            part, length = [], Batch.length_of_none(_ANY_TOKEN)
            longer = Batch.length_of_one(_ANY_TOKEN, 0, text)
        part.append(name)
        length += longer
    return (*parts, tuple(part)) if part else tuple(parts)
