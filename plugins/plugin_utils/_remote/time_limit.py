"""The time that one of a sweep's hosts has for everything, and how it is broken off: the same over every carrier."""

from __future__ import annotations

import time

from .host import CommandTimedOut

SLACK = 5.0
"""Seconds beyond a host's time that an answer or a logon is waited for: a command may be given the whole rest of it."""
CLEANING = 30.0
"""Seconds in which an operation that was broken off may clean up."""


class TimeLimit:
    """Counts from the first command line. `stopped` may be set by another thread; all else belongs to one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._over: float | None = None
        self.cleaning = False
        """Nothing is broken off any more."""
        self.stopped = False

    def command(self, timeout: float, where: str) -> float:
        """Seconds that a command may take. Raises CommandTimedOut when the host's time is over."""
        if self._over is None:
            self._over = time.monotonic() + self._seconds
        remaining = self._over - time.monotonic()
        if remaining <= 0:
            self._over = time.monotonic() + CLEANING
            raise CommandTimedOut(
                f"{where}: not finished within the time limit of {self._seconds:g} seconds for a host"
            )
        return min(timeout, remaining)

    def left(self) -> float:
        """See LimitedHost.time_left."""
        if self.stopped:
            return 0.0
        return self._seconds if self._over is None else self._over - time.monotonic()

    def longest(self) -> float:
        """Seconds that an answer or a logon may take, whatever a command may."""
        return SLACK + (max(0.0, self._over - time.monotonic()) if self._over is not None else 0.0)

    def cleaned(self) -> None:
        """The connection was given up: whoever cleans up afterwards has the time for it."""
        self._over = time.monotonic() + max(CLEANING, self.left())
