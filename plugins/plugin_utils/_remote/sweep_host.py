"""A host among many that one process reads: what its connection costs, how long it may take, and how it is broken off.

The protocol is pywinrm's and the connection Ansible's, over the same transports as for a task on one host.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

from .host import Completed, Unreachable
from .link import Link
from .time_limit import TimeLimit
from .winrm import CLOSE_TIMEOUT, WinrmHost


class SweepHost(WinrmHost):
    """A WinrmHost with a time of its own. `stop` may come from another thread; all else belongs to one."""

    def __init__(self, link: Link, name: str, connection_failures: tuple[type[Exception], ...], seconds: float) -> None:
        """`seconds` is the time for everything on this host, counted from the first command line."""
        super().__init__(link, name, connection_failures)
        self._limit = TimeLimit(seconds)

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run. Raises CommandTimedOut also when the host's time is over, Unreachable when it was stopped."""
        try:
            timeout = self._limit.command(timeout, self._where())
        finally:
            self._cancel.deadline = time.monotonic() + self._limit.longest()
        return super().run(line, stdin=stdin, timeout=timeout, max_bytes=max_bytes)

    def time_left(self) -> float:
        """See LimitedHost.time_left."""
        return self._limit.left()

    def reset(self) -> None:
        """See Host.reset. Whoever cleans up afterwards has the time for it."""
        self._start_cleanup()
        super().reset()
        self._limit.cleaned()
        self._cancel.deadline = time.monotonic() + self._limit.longest()

    def close(self) -> None:
        """Deletes the shell and leaves the host; one that does not answer any more is left as it is."""
        self._start_cleanup()
        protocol = self._link.protocol
        with contextlib.suppress(Exception):
            if protocol is not None:
                protocol.transport.read_timeout_sec = CLOSE_TIMEOUT
            self._link.close()
        if self._limit.stopped and self._link.shell_id is not None:  # `stop` came while the deletion was under way
            super().reset()

    def stop(self) -> None:
        """Breaks off what another thread does on this host: it gets Unreachable, cleans up and deletes the shell.

        Before the shell is open nothing is broken off: a shell whose id never arrived could not be deleted. Nor is
        what cleans up already; whoever goes on after it has no time left.
        """
        self._limit.stopped = True
        if self._limit.cleaning:
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
        self._limit.cleaning = True
        self._cancel.deadline, self._cancel.stopped = None, False
