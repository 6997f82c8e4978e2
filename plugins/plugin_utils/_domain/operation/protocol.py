"""Operations without I/O: a generator says which commands it needs run and is given their outcomes.

    def read() -> Operation[State]:
        answer = yield Ask(STATE.commands)
        return answer[STATE]

So one operation serves a task on one host, a sweep over a thousand, a test with canned outcomes and a recorded
transcript. What the user should know, it says by `yield Warn(...)`, which sends nothing to the host. Whoever drives it
throws what went wrong into it at the `yield`; an operation that must clean up does so in `finally` and may ask for more
commands there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Generic, TypeVar, overload

from ..._windows.cmdline import Command, Outcome, Unread
from ..._windows.credentials import last_words
from .places import Change, Place

T = TypeVar("T")

DEFAULT_TIMEOUT = 60.0
"""Seconds for a line of Windows' own tools; the slowest of them start in a second on a busy host."""
DEFAULT_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Fact(Generic[T]):
    """Something to be known of a host: the commands that read it, and what their outcomes say.

        SPYNET = Fact({"spynet.policy": registry.query(POLICY), ...}, _parse)

        answer = yield Ask({**SPYNET.commands, **STORES.commands}, reads=True)
        options = answer[SPYNET].ssl_options

    Facts that are asked in one line have commands of different names. Results name what is not known by them.
    """

    commands: Mapping[str, Command]
    parse: Callable[[Mapping[str, Outcome]], T]
    """Given at least the outcomes of `commands`; a ValueError says that what was printed is not understood."""

    @classmethod
    def of(cls, name: str, command: Command, parse: Callable[[Outcome], T]) -> Fact[T]:
        """A fact that one command tells."""
        return cls({name: command}, lambda outcomes: parse(outcomes[name]))


@dataclass(frozen=True)
class Ask:
    """Commands to run in one line, in order, each by a name of the operation's own."""

    commands: Mapping[str, Command]
    stdin: bytes | None = None
    timeout: float = DEFAULT_TIMEOUT
    max_bytes: int = DEFAULT_MAX_BYTES
    """What the line may print at most, whatever its commands may."""
    pause: float = 0.0
    """Seconds to wait before the line is sent."""
    reads: bool = False
    """The line changes nothing: what did not get its turn because a command printed too much may be asked again."""
    retry_on_disconnect: bool = False
    """The line may be sent once more, over a fresh connection, when the connection breaks: it cleans up."""
    may_change: tuple[Place, ...] = ()
    """What a later line of the operation may change; a journal reads it along with this one."""
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    """Command -> what it is about to change; a journal writes down what is there before the line is sent."""
    before: object = None
    """With `changes`: what is there, as the result shows it."""


@dataclass(frozen=True)
class Warn:
    """A warning for the user. It is heard at once, so it is known although the operation may fail later; the answer to
    it is NO_ANSWER."""

    text: str


@dataclass(frozen=True)
class Answer:
    """What the commands of one Ask answered."""

    outcomes: Mapping[str, Outcome]
    truncated: bool
    """A line printed more than it may and was ended: the outcomes of commands that did not get their turn cannot be
    read, and neither can those of commands that printed too much."""
    clock_skew: float | None = None
    """Seconds that the host's clock is ahead of the controller's; None where it is not known."""
    seconds: float = 0.0
    """How long the lines took, without the pause before them: who waits for something counts it."""

    @overload
    def __getitem__(self, wanted: str) -> Outcome: ...

    @overload
    def __getitem__(self, wanted: Fact[T]) -> T: ...

    def __getitem__(self, wanted: str | Fact[T]) -> Outcome | T:
        """The outcome of a command, or what the outcomes say of a fact whose commands were asked."""
        return self.outcomes[wanted] if isinstance(wanted, str) else wanted.parse(self.outcomes)

    def host_time(self, now: float) -> float | None:
        """`now`, the controller's POSIX time, by the host's clock; None where that is not known."""
        return None if self.clock_skew is None else now + self.clock_skew


NO_ANSWER: Final = Answer({}, truncated=False)

Operation = Generator[Ask | Warn, Answer, T]


def warn(*texts: str) -> Operation[None]:
    """Says each as a warning; for what a function without I/O found."""
    for text in texts:
        yield Warn(text)


class HostError(Exception):
    """A step that failed on the host; the message says what happened, what it means and what to do next."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details


def is_lost_connection(error: Exception) -> bool:
    """Whether whoever drives the operation says so of an error: its attribute of this name."""
    return bool(getattr(error, "is_lost_connection", False))


class Refused(HostError):
    """A request that cannot or must not be fulfilled; nothing was sent."""


class NothingChanged(HostError):
    """A step that failed before its change, although the line that holds the change was sent."""


def intercept(operation: Operation[T], carry: Callable[[Ask], Operation[Answer]]) -> Operation[T]:
    """The operation with `carry` between it and whoever drives it: that asks in its place, and answers it.

    Warnings pass through.
    """
    step: Callable[[], Ask | Warn] = partial(next, operation)
    try:
        while True:
            try:
                wanted = step()
            except StopIteration as stop:
                result: T = stop.value
                return result
            try:
                answer = (yield wanted) if isinstance(wanted, Warn) else (yield from carry(wanted))
            except Exception as error:
                step = partial(operation.throw, error)
            else:
                step = partial(operation.send, answer)
    finally:
        operation.close()


@dataclass
class Sent:
    """What an operation sent that changes the host: known even where no answer came back."""

    places: list[Place] = field(default_factory=list)
    before: object = None
    """Of the last line: what was there, as the result shows it."""

    def may_have_changed(self, error: Exception) -> bool:
        """Whether the host may differ from before, after this error."""
        details = getattr(error, "details", {})
        if isinstance(error, NothingChanged) or not self.places:
            return False
        return "after" not in details or details.get("before") != details["after"]

    @property
    def labels(self) -> str:
        return ", ".join(dict.fromkeys(place.label for place in self.places))


def watched(operation: Operation[T], sent: Sent) -> Operation[T]:
    """The operation; what it sends that changes the host is noted before the line leaves."""

    def noted(ask: Ask) -> Operation[Answer]:
        if ask.changes:
            sent.places += [change.place for changes in ask.changes.values() for change in changes]
            sent.before = ask.before
        return (yield ask)

    return intercept(operation, noted)


def prefetched(operation: Operation[T], asked: Mapping[str, Command], answer: Answer) -> Operation[T]:
    """The operation; its first line, where that asks nothing but what was asked just before, is answered by that."""
    first = True

    def carry(ask: Ask) -> Operation[Answer]:
        nonlocal first
        begins, first = first, False
        known = ask.reads and not answer.truncated and all(asked.get(n) == one for n, one in ask.commands.items())
        if begins and known:
            return replace(answer, outcomes={name: answer.outcomes[name] for name in ask.commands})
        return (yield ask)

    return intercept(operation, carry)


def was_found(outcome: Outcome) -> bool:
    """Whether reg, findstr or netsh found what it was asked for: 0 yes, 1 no. Raises HostError otherwise, and
    OutputTooLarge where the outcome proves neither (see `answers`)."""
    if isinstance(outcome, Unread):
        len(outcome.output)
    if outcome.exit_code in (0, 1):
        return outcome.exit_code == 0
    raise HostError(
        f"a command that reads the host ended with {outcome.exit_code} instead of 0 (found) or 1 (not found), so its "
        f"result is not known. Output: {last_words(outcome.text)}. Check that Windows' tools (reg, findstr, netsh, "
        "sc) exist, that PATH contains %SystemRoot%\\System32, and that they are allowed for this account"
    )
