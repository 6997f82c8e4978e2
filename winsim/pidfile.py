"""The file that says which process serves, and that nobody else does.

The process holds a lock on it as long as it lives, however it ends: a number that is not locked is that of a process
which is gone, and perhaps of another program by now.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import signal
import time
from collections.abc import Iterator

STEP = 0.02
GLANCE = 1.0
"""Seconds that a lock may last which only somebody who looks has."""


class Running(Exception):
    """Another process holds the file; the text is for the user."""


@contextlib.contextmanager
def held(path: pathlib.Path) -> Iterator[None]:
    """Writes this process's id and holds the file; removes it at the end. Raises Running."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + GLANCE
    while (descriptor := _locked(path, fcntl.LOCK_EX)) is None:
        if time.monotonic() > deadline:
            raise Running(f"{path}: another winsim runs there")
        time.sleep(STEP)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def holder(path: pathlib.Path) -> int | None:
    """The id of the process that holds the file; None where there is none."""
    while True:
        try:
            # Shared: who only looks must not pass for the holder, while the file has the number of a dead process.
            descriptor = _locked(path, fcntl.LOCK_SH)
        except FileNotFoundError:
            return None
        if descriptor is not None:
            os.close(descriptor)
            return None
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int(path.read_text(encoding="ascii"))
        time.sleep(STEP)  # locked and not yet written, or already removed


def end(path: pathlib.Path, patience: float = 10.0) -> bool:
    """Ends the process that holds the file; one that does not end within `patience` seconds is killed.

    False where there was none. What a dead process left of the file is removed.
    """
    found = False
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + patience
        process = holder(path)
        if process is None:
            break
        found = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
        while holder(path) is not None and time.monotonic() < deadline:
            time.sleep(STEP)
    path.unlink(missing_ok=True)
    return found


def _locked(path: pathlib.Path, lock: int) -> int | None:
    """A descriptor that has the lock on the file that has the name now; None where another process is in the way.

    An exclusive lock makes the file where there is none; a shared one raises FileNotFoundError.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if lock == fcntl.LOCK_EX else 0)
    while True:
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        with contextlib.suppress(FileNotFoundError):
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        os.close(descriptor)  # removed by its holder between our two steps
