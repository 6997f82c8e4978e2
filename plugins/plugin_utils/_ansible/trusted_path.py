"""Whether others can change a file on the controller, or put another in its place: then nothing is believed of it.

The rule is ssh's for its keys, extended to folders: every part of the path belongs to the user who runs Ansible or to
root, and neither its group nor others may write it. A folder above that others may write is accepted where it is sticky
(/tmp), because the next part of the path belongs to us, so they cannot take it away. A link counts like any other part,
and so does everything on the way to where it leads.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .._domain.operation import HostError

MOST_LINKS: Final = 40
LOCK_TIMEOUT: Final = 30.0
"""Seconds that a task waits for another one that writes the same file."""
POLL: Final = 0.05
"""Seconds between two attempts to lock."""


class Untrusted(HostError):
    """A path that others can change; the message says which part of it, and what mends it."""


@contextlib.contextmanager
def before_any_change(what: str, otherwise: str = "") -> Iterator[None]:
    """Journal and key are read and written before the line that changes, so a failure there left the host as it was.

    `otherwise` says what to do where no file can be had. Raises HostError.
    """
    try:
        yield
    except OSError as error:
        raise HostError(f"{what}: {error}; nothing was changed on the host{otherwise}") from error
    except HostError as error:
        raise HostError(f"{error}; nothing was changed on the host{otherwise}") from error


def demand_folder(path: Path, what: str, group: bool = False) -> None:
    """Raises Untrusted where others can change a folder or what leads to it; `group`: the group may, its key is apart.

    What is not there is trusted as far as what is above it.
    """
    parts = list(path.absolute().parts[1:])
    at, links = Path("/"), 0
    _judge(at, what, group, above=bool(parts))
    while parts:
        part = parts.pop(0)
        if part == "..":
            at = at.parent
            continue
        at = at / part
        if not os.path.lexists(at):
            return
        if at.is_symlink():
            links += 1
            if links > MOST_LINKS:
                raise Untrusted(f"{what}: {path} goes through more than {MOST_LINKS} links")
            _judge_owner(os.lstat(at), at, what)
            target = Path(os.readlink(at))
            parts = [*(target.parts[1:] if target.is_absolute() else target.parts), *parts]
            at = Path("/") if target.is_absolute() else at.parent
            continue
        _judge(at, what, group, above=bool(parts))


def make_folder(path: Path) -> None:
    """Makes a folder and those above it, all of them for their owner alone. Raises OSError."""
    for folder in (*reversed(path.parents), path):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def open_file(path: Path, flags: int, what: str, group: bool = False, private: bool = False) -> int:
    """Opens a regular file that is no link and that others cannot write; `private`: nor read. Raises OSError."""
    try:
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Untrusted(f"{what}: {path} is a link, and links are not followed here; use the file itself") from None
        raise
    try:
        _judge_status(os.fstat(handle), path, what, group, folder=False, private=private)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _judge(path: Path, what: str, group: bool, above: bool) -> None:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    sticky = above and status.st_mode & stat.S_ISVTX
    _judge_status(status, path, what, group, folder=True, sticky=bool(sticky))


def _judge_owner(status: os.stat_result, path: Path, what: str) -> None:
    if status.st_uid not in (0, os.geteuid()):
        raise Untrusted(
            f"{what}: {path} belongs to the user {status.st_uid}, who could put anything there; it must belong to the "
            f"user who runs Ansible ({os.geteuid()}) or to root: chown {os.geteuid()} {path}"
        )


def _judge_status(
    status: os.stat_result,
    path: Path,
    what: str,
    group: bool,
    *,
    folder: bool,
    sticky: bool = False,
    private: bool = False,
) -> None:
    kind, wanted = ("folder", stat.S_ISDIR) if folder else ("file", stat.S_ISREG)
    if not wanted(status.st_mode):
        raise Untrusted(f"{what}: {path} is not a regular {kind}")
    _judge_owner(status, path, what)
    mode = stat.S_IMODE(status.st_mode)
    if private and mode & 0o077:
        raise Untrusted(f"{what}: {path} has mode {mode:04o}, so others can read it: chmod 600 {path}")
    if sticky:
        return
    if mode & stat.S_IWOTH:
        raise Untrusted(f"{what}: {path} has mode {mode:04o}, so every user can write to it: chmod go-w {path}")
    if mode & stat.S_IWGRP and not group:
        raise Untrusted(
            f"{what}: {path} has mode {mode:04o}, so its group can write to it: chmod g-w {path}. If that is not "
            "possible (container platforms), give the key with the option journal_key, or the environment variable "
            "WINDEFEND_MAPS_JOURNAL_KEY"
        )


@contextlib.contextmanager
def locked(path: Path, what: str, group: bool = False) -> Iterator[int]:
    """One writer at a time: the file itself is locked, which no other user can open, and is made where it is not there.

    Yields its handle. Whoever waited looks again, since a writer puts a new file in the place of the old one. Raises
    HostError when another process keeps it too long, OSError.
    """
    until = time.monotonic() + LOCK_TIMEOUT
    while True:
        handle = open_file(path, os.O_RDWR | os.O_CREAT, what, group)
        try:
            _lock(handle, path, what, until)
            if _is_still(handle, path):
                yield handle
                return
        finally:
            os.close(handle)


def _lock(handle: int, path: Path, what: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise HostError(
                    f"{what}: {path} has been locked by another process for {LOCK_TIMEOUT:g} seconds. Another run "
                    "may hang; 'fuser' or 'lslocks' shows which"
                ) from None
        time.sleep(POLL)


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except FileNotFoundError:
        return False
