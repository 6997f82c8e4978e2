"""A host among many that one process reads: what its connection costs, how long it may take, and how it is broken off.

The protocol is pywinrm's and the connection Ansible's, over the same transports as for a task on one host.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

from .host import CommandTimedOut, Completed, Unreachable
from .link import Link
from .winrm import CLOSE_TIMEOUT, WinrmHost

SLACK = 5.0
"""Seconds beyond a host's time that an answer is waited for: a Receive may be given the whole rest of the time."""
CLEANING = 30.0
"""Seconds in which an operation that was broken off may clean up."""


class SweepHost(WinrmHost):
    """A WinrmHost with a time of its own. `stop` may come from another thread; all else belongs to one."""

    def __init__(self, link: Link, name: str, connection_failures: tuple[type[Exception], ...], seconds: float) -> None:
        """`seconds` is the time for everything on this host, counted from the first command line."""
        super().__init__(link, name, connection_failures)
        self._seconds = seconds
        self._over: float | None = None
        self._cleaning = False
        self._stopped = False

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run. Raises CommandTimedOut also when the host's time is over, Unreachable when it was stopped."""
        if self._over is None:
            self._set_deadline(self._seconds)
        remaining = (self._over or 0.0) - time.monotonic()
        if remaining <= 0:
            self._set_deadline(CLEANING)
            raise CommandTimedOut(
                f"{self._where()}: not finished within the time limit of {self._seconds:g} seconds for a host"
            )
        return super().run(line, stdin=stdin, timeout=min(timeout, remaining), max_bytes=max_bytes)

    def time_left(self) -> float:
        """Seconds of the host's time that are left; none once it was stopped."""
        if self._stopped:
            return 0.0
        return self._seconds if self._over is None else self._over - time.monotonic()

    def reset(self) -> None:
        """See Host.reset. Whoever cleans up afterwards has the time for it."""
        self._start_cleanup()
        super().reset()
        self._set_deadline(max(CLEANING, self.time_left()))

    def close(self) -> None:
        """Deletes the shell and leaves the host; one that does not answer any more is left as it is."""
        self._start_cleanup()
        protocol = self._link.protocol
        with contextlib.suppress(Exception):
            if protocol is not None:
                protocol.transport.read_timeout_sec = CLOSE_TIMEOUT
            self._link.close()
        if self._stopped and self._link.shell_id is not None:  # `stop` came while the deletion was under way
            super().reset()

    def stop(self) -> None:
        """Breaks off what another thread does on this host: it gets Unreachable, cleans up and deletes the shell.

        Before the shell is open nothing is broken off: a shell whose id never arrived could not be deleted. Nor is
        what cleans up already; whoever goes on after it has no time left.
        """
        self._stopped = True
        if self._cleaning:
            return
        self._cancel.stopped = True
        wire = self._wire
        if wire is not None and self._link.shell_id is not None:
            wire.break_off()

    def _protocol(self) -> Any:
        if self._cancel.stopped:
            self._cancel.stopped = False
            raise Unreachable(f"{self._where()}: the run was interrupted")
        return super()._protocol()

    def _start_cleanup(self) -> None:
        self._cleaning = True
        self._cancel.deadline, self._cancel.stopped = None, False

    def _set_deadline(self, seconds: float) -> None:
        self._over = time.monotonic() + seconds
        self._cancel.deadline = self._over + SLACK
