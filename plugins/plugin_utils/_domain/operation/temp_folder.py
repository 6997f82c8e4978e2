"""A folder below Program Files for one run: protected before its first byte, and gone afterwards in every path.

Why there: users may create nothing in Program Files, so nobody can plant a file before the folder is protected, as they
could in Windows' Temp (both: sure, many captures of icacls). And what runs as SYSTEM out of Windows' Temp is what
detection rules look for (see docs/evidence.md, "What monitoring sees").

`with_temp_folder` brackets the operation that works in the folder. Names are unique and carry the time by the host's
clock, which all controllers share. So the next run removes what a run that broke off left behind, without disturbing
one that still runs on the same host.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeVar

from ..._windows import files
from ..._windows.cmdline import Command, Literal, Outcome
from .protocol import Answer, Ask, HostError, Operation, Warn, intercept
from .unknown import reason

T = TypeVar("T")

PREFIX: Final = "windefend-maps-"
STALE_AFTER = 3600
"""Seconds after which what a run made and is still there was left behind."""
CLEANING_PAUSES = (0.0, 1.0, 3.0)
"""Seconds before each attempt to clean: what was just ended may hold its files open for a moment (guess)."""
MOST_NAMES: Final = 256 * 1024
"""Bytes of a list of names that this collection made: some thousands, each left behind by a run that broke off."""
MOST_STALE: Final = 50
"""Names that one run removes; a host decides how many there are, and each becomes up to three commands."""
DONE: Final = "step:done"
"""What `filled` says at last."""
_NAME: Final = re.compile(re.escape(PREFIX) + r"([0-9a-f]{1,12})-([0-9a-f]{1,32})")


def unique_name(now: float, random: str) -> str:
    """A name for one run: `now` is POSIX time, `random` hex digits of the caller's."""
    return f"{PREFIX}{max(0, int(now)):x}-{random}"


@dataclass(frozen=True)
class RunIdentity:
    """The name of what a run makes on a host for a while, and when the run began, by the controller's POSIX time."""

    name: str
    now: float

    def by_host_clock(self, clock_skew: float | None) -> RunIdentity:
        """With the host's time in the name instead of the controller's; unchanged where that is not known."""
        match = _NAME.fullmatch(self.name)
        if not match:
            return self
        return replace(self, name=unique_name(int(match[1], 16) + (clock_skew or 0.0), match[2]))

    def part(self, hex_digits: str) -> RunIdentity:
        """Of one of several things that the same run makes."""
        return replace(self, name=self.name + hex_digits)


def leftovers(names: Iterable[str], now: float | None) -> list[str]:
    """Those of `names` that earlier runs left behind, the oldest first.

    `now` is POSIX time by the host's clock. None where that is not known: then any of them may still run.
    """
    made = {name: int(match[1], 16) for name in map(str.strip, names) if (match := _NAME.fullmatch(name))}
    old = (name for name, when in made.items() if now is not None and now - when > STALE_AFTER)
    return sorted(old, key=made.__getitem__)


def left_behind(listed: Iterable[Outcome], now: float | None) -> Operation[list[str]]:
    """What earlier runs left behind of what was listed: the oldest MOST_STALE. That there are more is a warning."""
    listed = list(listed)
    unread = next(filter(None, map(reason, listed)), "")
    if unread:
        yield Warn(f"leftovers of earlier runs were not removed: {unread}")
        return []
    names = leftovers((name for one in listed for name in one.text.splitlines()), now)
    if len(names) > MOST_STALE:
        yield Warn(
            f"{len(names)} tasks and folders of earlier runs are on the host; the oldest {MOST_STALE} are removed "
            "now, the others by the next runs"
        )
    return names[:MOST_STALE]


def leftover_message(what: str, names: Iterable[str]) -> str:
    """The message about what could not be removed."""
    return (
        f"Not confirmed to be removed from the host ({what}): {', '.join(names)}. A later run of the same kind removes "
        "what is older than one hour"
    )


@dataclass(frozen=True)
class Temp:
    """What runs make in Program Files of Windows' drive; who makes more than folders derives from it."""

    system_root: str
    WHAT: ClassVar[str] = "folder in Program Files"

    def folder(self, name: str) -> str:
        """The path of a run's folder."""
        return f"{self.system_root[:2]}\\Program Files\\{name}"

    def listing(self) -> dict[str, Command]:
        """Lists what this collection made."""
        return {"folders": files.list_names(self.folder(f"{PREFIX}*")).up_to(MOST_NAMES)}

    def removing(self, name: str) -> dict[str, Command]:
        """Removes what a run made."""
        return {f"folder.{name}": files.remove_tree(self.folder(name)).quiet()}

    def clean(self, names: Iterable[str]) -> Operation[list[str]]:
        """Removes what these runs made, looks afterwards, and returns the names of which something is still there."""
        left = list(dict.fromkeys(names))
        for pause in CLEANING_PAUSES if left else ():
            commands = {step: command for one in left for step, command in self.removing(one).items()}
            answer = yield Ask({**commands, **self.listing()}, pause=pause, retry_on_disconnect=True)
            listed = [answer[name] for name in self.listing()]
            if any(map(reason, listed)):
                return left  # too many names to see whether these are gone
            there = _names(listed)
            left = [one for one in left if one.lower() in there]
            if not left:
                break
        return left


def _names(listed: Iterable[Outcome]) -> set[str]:
    """In small letters."""
    return {line.strip().lower() for one in listed for line in one.text.splitlines()}


def filled(
    folder: str, file: str, *then: Command, steps: Sequence[str] = (), afterwards: Command | None = None
) -> Command:
    """Makes the folder, lets only administrators and SYSTEM in, takes standard input into `file` there, and goes on
    with `then`; each step only after the one before it succeeded, and DONE is said at last. `steps` are names that are
    said before each step; `afterwards` runs after DONE was said, and only then.

    So nothing is written to a folder that could not be protected. The exit code does not tell how far it came: after a
    redirection that failed `&&` does not go on, but errorlevel may stay 0 (recalled; published descriptions of
    cmd.exe).
    """
    parts = [
        files.make_directory(folder),
        files.administrators_only(folder),
        files.write_from_stdin(f"{folder}\\{file}"),
        *then,
    ]
    if steps:
        parts = [part for step, one in zip(steps, parts, strict=True) for part in (_said(f"step:{step}"), one)]
    last = [] if afterwards is None else [afterwards]
    return functools.reduce(Command.then_if_ok, [*parts, _said(DONE), *last]).with_errors()


def _said(text: str) -> Command:
    return Command.of("echo", Literal(text))


def removed_at_once(folder: str) -> dict[str, Command]:
    """For the end of a line that needs the folder no longer than itself: a line runs to its end on the host even when
    the connection breaks."""
    return {"remove": files.remove_tree(folder).with_errors(), "left": is_left(folder)}


def is_left(folder: str) -> Command:
    """Fails where the folder is gone; of an empty one `dir` says only by a pattern that it is there."""
    return files.list_names(f"{folder}*")


def with_temp_folder(temp: Temp, identity: RunIdentity, inner: Operation[T], must_go: str = "") -> Operation[T]:
    """What `inner` returns. Afterwards, whatever became of it, the folder that it made is removed, and what earlier
    runs left behind.

    The first line of `inner` makes the folder of this name and holds `temp.listing`; it may hold `removed_at_once`, or
    other commands of these names.
    What could not be removed is named in the error, or else in a warning. `must_go` says why the folder of this run
    must not stay: that it did is then an error, too.
    """
    names: list[str] | None = None

    def watched(ask: Ask) -> Operation[Answer]:
        nonlocal names
        if names is not None:
            return (yield ask)
        names = [identity.name]
        answer = yield ask
        left = answer.outcomes.get("left")
        if left is not None and not reason(left) and not left.ok:
            names = []
        names += yield from left_behind([answer[one] for one in temp.listing()], answer.host_time(identity.now))
        return answer

    def message(left: list[str]) -> str:
        more = f". {must_go}" if must_go and identity.name in left else ""
        return leftover_message(temp.WHAT, left) + more

    try:
        result = yield from intercept(inner, watched)
    except Exception as error:
        left = yield from temp.clean(names or ())
        if left and isinstance(error, HostError):
            raise HostError(f"{error}. {message(left)}", **error.details) from error
        raise
    left = yield from temp.clean(names or ())
    if must_go and identity.name in left:
        raise HostError(message(left))
    if left:
        yield Warn(message(left))
    return result
