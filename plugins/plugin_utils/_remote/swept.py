"""A host among many that one process reads: what its connection costs, how long it may take, and how it is broken off.

The protocol is pywinrm's and the connection Ansible's, as for a task on one host; underneath lies the lean transport
where it can do what the connection asks for, else pywinrm's own.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import time
import xml.etree.ElementTree as ET
from typing import Any

from . import envelopes
from .host import CommandTimedOut, Completed, Traffic, Unreachable
from .http_answer import Answer
from .lean import LeanTransport, Leash, why_not
from .libraries import Protocol
from .winrm import FAREWELL, WinrmHost

SLACK = 5.0
"""Seconds beyond a host's time that an answer is waited for: a Receive may be given the whole rest of the time."""
CLEANING = 30.0
"""Seconds in which an operation that was broken off may clean up."""

_leash: contextvars.ContextVar[Leash | None] = contextvars.ContextVar("leash", default=None)
"""That of the host on which this thread works: Ansible's connection makes its protocol itself."""


class LeanProtocol(Protocol):  # type: ignore[misc]
    """pywinrm's Protocol, but that it exchanges the transport it made for a lean one where that can do the same."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)

    # Ansible's connection reads from it what it may pass; for each host, so it is put together once.
    __init__.__signature__ = inspect.signature(Protocol.__init__)  # type: ignore[attr-defined]

    @property
    def transport(self) -> Any:
        return self._transport

    @transport.setter
    def transport(self, made: Any) -> None:
        leash = _leash.get() or Leash()
        leash.why_not = why_not(made)
        if leash.why_not:
            # By None pywinrm has requests write no_proxy=* into the environment around each request, which all hosts
            # of this process share. An empty proxy is none too, and stays in the session.
            if made.proxy is None:
                made.proxy = ""
            with contextlib.suppress(TimeoutError):  # the next request tells it
                made.read_timeout_sec = leash.remaining(made.read_timeout_sec)
        self._transport = made if leash.why_not else LeanTransport(made, leash)

    def open_shell(self, *args: Any, **options: Any) -> str:
        """See Protocol.open_shell."""
        if args or options != {"codepage": envelopes.CODE_PAGE}:
            return str(super().open_shell(*args, **options))
        answer = ET.fromstring(self.send_message(envelopes.create(self.operation_timeout_sec)))  # noqa: S314 - as pywinrm
        return str(next(node for node in answer.iter() if node.get("Name") == "ShellId").text)

    def run_command(self, shell_id: str, command: str, *args: Any, **options: Any) -> str:
        """See Protocol.run_command."""
        if args or options.keys() - {"console_mode_stdin"}:
            return str(super().run_command(shell_id, command, *args, **options))
        console = options.get("console_mode_stdin", True)
        message = envelopes.command(self.operation_timeout_sec, shell_id, command, console)
        answer = ET.fromstring(self.send_message(message))  # noqa: S314 - as pywinrm
        return str(next(node for node in answer.iter() if node.tag.endswith("CommandId")).text)

    def close_shell(self, shell_id: str, close_session: bool = True) -> None:
        """See Protocol.close_shell."""
        try:
            self.send_message(envelopes.delete(self.operation_timeout_sec, shell_id))
        finally:
            if close_session:
                self.transport.close_session()


class SweptHost(WinrmHost):
    """A WinrmHost with a time of its own. `stop` may come from another thread; all else belongs to one."""

    def __init__(
        self, connection: Any, name: str, connection_failures: tuple[type[Exception], ...], seconds: float
    ) -> None:
        """`seconds` is the time for everything on this host, counted from the first command line."""
        super().__init__(connection, name, connection_failures)
        self._seconds = seconds
        self._leash = Leash()
        self._over: float | None = None
        self._cleaning = False
        self._stopped = False

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run. Raises CommandTimedOut also when the host's time is over, Unreachable when it was stopped."""
        if self._over is None:
            self._give(self._seconds)
        remaining = (self._over or 0.0) - time.monotonic()
        if remaining <= 0:
            self._give(CLEANING)
            raise CommandTimedOut(
                f"{self._where()}: not done within the {self._seconds:g} seconds that a host may take"
            )
        return super().run(line, stdin=stdin, timeout=min(timeout, remaining), max_bytes=max_bytes)

    def reset(self) -> None:
        """See Host.reset. Whoever cleans up afterwards has the time for it."""
        self._let_clean_up()
        super().reset()
        self._give(CLEANING)

    def close(self) -> None:
        """Deletes the shell and leaves the host; one that does not answer any more is left as it is."""
        self._let_clean_up()
        protocol = self._connection.protocol
        with contextlib.suppress(Exception):
            if protocol is not None:
                protocol.transport.read_timeout_sec = FAREWELL
            self._connection.close()
        if self._stopped and self._connection.shell_id is not None:  # `stop` came while the deletion was under way
            super().reset()

    def stop(self) -> None:
        """Breaks off what another thread does on this host: it gets Unreachable, cleans up and deletes the shell.

        Before the shell is open nothing is broken off: a shell whose id never arrived could not be deleted. Nor is
        what cleans up already.
        """
        if self._cleaning:
            return
        self._stopped = self._leash.stopped = True
        protocol, shell = self._connection.protocol, self._connection.shell_id
        if protocol is None or shell is None:
            return
        if isinstance(protocol.transport, LeanTransport):
            protocol.transport.break_off()
        else:  # pywinrm's own gives no hold on its socket; without its shell the command ends, and so the waiting
            super().reset()

    def traffic(self) -> Traffic:
        """See Host.traffic."""
        protocol = self._connection.protocol
        if protocol is not None and isinstance(protocol.transport, LeanTransport):
            return protocol.transport.traffic()
        return super().traffic()

    @property
    def why_not_lean(self) -> str:
        """What the lean transport could not do for this host; empty where it was used."""
        return self._leash.why_not

    def _protocol(self) -> Any:
        if self._leash.stopped:
            self._leash.stopped = False
            raise Unreachable(f"{self._where()}: the run was interrupted")
        before = _leash.set(self._leash)
        try:
            protocol = super()._protocol()
        finally:
            _leash.reset(before)
        if isinstance(protocol.transport, LeanTransport):
            protocol.transport.heard = self._note_answer
        return protocol

    def _note_answer(self, answer: Answer) -> None:
        self._note_date(answer.get("date"))

    def _receive_envelope(self, protocol: Any, shell: str, command: str, wait: float) -> str:
        return envelopes.receive(protocol.operation_timeout_sec, shell, command, wait)

    def _let_clean_up(self) -> None:
        self._cleaning = True
        self._leash.deadline, self._leash.stopped = None, False

    def _give(self, seconds: float) -> None:
        self._over = time.monotonic() + seconds
        self._leash.deadline = self._over + SLACK
