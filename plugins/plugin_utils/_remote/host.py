"""What every way to a host offers, and what can go wrong on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class RemoteError(Exception):
    """Base of everything that keeps a command line from being answered."""


class Unreachable(RemoteError):
    """No connection, no logon, or the connection broke: Ansible's UNREACHABLE."""

    is_lost_connection = True


class ShellRefused(Unreachable):
    """The host answers, but gives this account no shell; the message says why and what to do."""


class CommandTimedOut(RemoteError):
    """The command ran past its deadline and was ended with Signal terminate."""


class LineBroken(RemoteError):
    """The command line ended before all of it had run."""


@dataclass(frozen=True)
class Completed:
    """What a command line answered."""

    stdout: bytes
    stderr: bytes
    exit_code: int
    truncated: bool = False
    """The output passed the allowed size; the command was ended and `stdout` holds its beginning."""


@dataclass
class Traffic:
    """What a connection has cost so far; None where it cannot be measured."""

    requests: int = 0
    """HTTP requests, authentication included."""
    bytes_sent: int | None = None
    """TCP payload bytes, HTTP heads included."""
    bytes_received: int | None = None


class Host(Protocol):
    """A Windows host that runs command lines in one cmd shell with code page 65001."""

    name: str
    """The inventory's name, for messages."""
    address: str
    """Where the connection really goes."""

    def run(self, line: str, *, stdin: bytes | None, timeout: float, max_bytes: int) -> Completed:
        """Runs one command line and waits for its end.

        `timeout` in seconds counts from the moment the command was started; `max_bytes` bounds standard output.
        Raises Unreachable, ShellRefused, CommandTimedOut.
        """

    def reset(self) -> None:
        """Drops shell and connection after a failure, so that the next `run` starts with fresh ones."""

    def own_values(self) -> tuple[str, ...]:
        """What names the host and its account, the password included: for those who must hide it."""

    def traffic(self) -> Traffic:
        """What this connection has cost until now."""

    def clock_skew(self) -> float | None:
        """Seconds that the host's clock is ahead of this one, to the second; None before the first answer."""

    @property
    def fallback_reason(self) -> str:
        """What the lean transport could not do for this host; empty where it was used, or there is none."""


class LimitedHost(Host, Protocol):
    """One of a sweep's hosts: with a time of its own, and to be broken off."""

    def time_left(self) -> float:
        """Seconds of the host's time that are left; none once it was stopped."""

    def stop(self) -> None:
        """Breaks off what another thread does on this host."""

    def close(self) -> None:
        """Leaves the host."""
