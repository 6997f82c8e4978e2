"""A host whose WinRM service runs command lines, behind one of Ansible's connections and the shell that it opened.

The connection authenticates and opens a cmd shell with code page 65001 when it connects; using that shell instead of
one of our own saves two requests a task. The reading of output is ours: pywinrm takes the first exit code of an
answer although it may have several, and asks for ever after operation time-outs (ansible/ansible#81095). So is what
carries the messages, with its bounds on what a host may send (docs/decisions/0014-bounds.md).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import functools
import time
from typing import Any

from . import certificates, envelopes
from .faults import NEW_SHELL_HELPS, excerpt, explain_refusal, fault_code
from .hints import connection_hint
from .host import CommandTimedOut, Completed, RemoteError, ShellRefused, Traffic, Unreachable
from .http_answer import Answer
from .link import Link
from .optional_imports import InvalidCredentialsError, WinRMError, WinRMOperationTimeoutError, WinRMTransportError
from .protocol import cancellable, wire_of
from .soap import read_answer
from .wire import CancelToken, Wire

LONGEST_RECEIVE = 20.0
"""Seconds a Receive may wait on the server: pywinrm's own operation timeout, below its read timeout of 30."""
LONGEST_DATE = 64
"""Characters of a Date that is read; the one that RFC 9110 asks for has 29."""
MAX_IDLE = 60.0
"""Seconds after which a connection is not trusted any more: HTTP.sys closes it after 120 without a request (recalled),
and the security context, with which the next message would be sealed, goes with it."""
CLOSE_TIMEOUT = 5
"""Seconds that the deletion of a shell may take after a failure: the host may be gone."""

THIN, THIN_ANSWERS, PAUSE = 1024, 20, 0.1
"""A host that answers at once and brings less than so many bytes is asked again at once so often; then only after so
many seconds. What a program writes meanwhile waits in the service, so nothing is lost by it."""

MAX_UNSIGNALLED = 10
"""Ended commands that may lie in a shell before they are signalled. Windows counts them until then, and 25 of them are
MaxProcessesPerShell (ansible/ansible#74985: likely); a task of few commands saves a request for each."""


class WinrmHost:
    """A Host over one connection to a WinRM service. Not for use by several threads."""

    def __init__(self, link: Link, name: str, connection_failures: tuple[type[Exception], ...]) -> None:
        """`connection_failures` are the exceptions that `link.connect` raises."""
        self._link = link
        self._connection_failures = connection_failures
        self._dated: tuple[str, dt.datetime] | None = None
        """The last answer's Date, and when it came."""
        self._wire: Wire | None = None
        self._cancel = CancelToken()
        self.name = name
        self.address = str(link.get_option("remote_addr"))

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run."""
        try:
            completed = self._run(line, stdin, timeout, max_bytes)
            self._link.protocol.last_used = time.monotonic()
            return completed
        except RemoteError:
            raise
        except WinRMOperationTimeoutError as error:
            raise Unreachable(f"{self._where()} accepted the request but did not answer in time") from error
        except (OSError, WinRMTransportError, InvalidCredentialsError) as error:  # those of `requests` are OSErrors
            raise Unreachable(f"the connection to {self._whole()} broke: {self._hinted(str(error))}") from error
        except WinRMError as error:
            raise Unreachable(f"{self._whole()} refused the command: {self._hinted(str(error))}") from error
        except Exception as error:  # whatever a client library makes of an answer that is none
            message = self._hinted(f"not WS-Management: {error!r}")
            raise Unreachable(f"{self._where()} sent an answer that is {message}") from error

    def _run(self, line: str, stdin: bytes | None, timeout: float, max_bytes: int) -> Completed:
        try:
            protocol, shell, command = self._start(line, stdin is None)
        except WinRMError as error:
            # Windows counts every operation of a user, and only the end of the shell takes them off again
            # (ansible/ansible#83656; [MS-WSMV] appendix, note on 3.1.4.12). The command was not started.
            if fault_code(str(error)) not in NEW_SHELL_HELPS:
                raise
            self.reset()
            protocol, shell, command = self._start(line, stdin is None)
        if stdin is not None:
            # A line that ended without reading its input refuses it; what it said is still there to be received.
            with contextlib.suppress(WinRMError):
                protocol.send_command_input(shell, command, stdin, end=True)
        return self._receive(protocol, shell, command, timeout, max_bytes)

    def _start(self, line: str, console: bool) -> tuple[Any, str, str]:
        protocol = self._protocol()
        shell = self._link.shell_id or ""
        ended = self._link.finished
        if len(ended) >= MAX_UNSIGNALLED:
            for its_shell, command in ended:
                if its_shell == shell:
                    self._signal(protocol, shell, command)
            ended.clear()
        return protocol, shell, protocol.run_command(shell, line, console_mode_stdin=console)

    def reset(self) -> None:
        """See Host.reset.

        The shell belongs to the user, not to the TCP connection, so it is deleted over a fresh one: the security
        context of a connection that broke is lost with it. Whatever still runs in the shell ends with it.
        """
        protocol, shell = self._link.protocol, self._link.shell_id
        if protocol is not None:
            with contextlib.suppress(Exception):
                protocol.transport.close_session()
                protocol.transport.read_timeout_sec = CLOSE_TIMEOUT
            with contextlib.suppress(Exception):
                if shell:
                    protocol.close_shell(shell)
        self._link.forget()
        self._wire = None

    def own_values(self) -> tuple[str, ...]:
        """See Host.own_values."""
        options = (self._link.get_option(name) for name in ("remote_user", "remote_password"))
        return self.name, self.address, *(str(one) for one in options if one)

    def traffic(self) -> Traffic:
        """See Host.traffic."""
        return self._wire.traffic() if self._wire is not None else Traffic()

    def clock_skew(self) -> float | None:
        """See Host.clock_skew. Taken from the Date header of the service's answers (RFC 9110, 6.6.1)."""
        if self._dated is None:
            return None
        sent, came = self._dated
        try:
            return round((_moment(sent) - came).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None

    @property
    def fallback_reason(self) -> str:
        """See Host.fallback_reason."""
        return self._cancel.why_not

    def _where(self) -> str:
        return f"{self.name} ({self.address})" if self.name != self.address else self.name

    def _whole(self) -> str:
        """Where, by which port and as whom: what a failed connection leaves to be checked."""
        port, user = (self._link.get_option(name) for name in ("port", "remote_user"))
        return f"{self._where()}, port {port}, as {user or 'no user'}"

    def _certificate(self, message: str) -> str:
        """What the listener's certificate says, where it is not accepted."""
        port = self._link.get_option("port")
        if "certificate verify failed" not in message.lower() or self._cancel.proxy or not isinstance(port, int):
            return ""
        said = certificates.described(self.address, port)
        return f". {said}" if said else ""

    def _hinted(self, message: str) -> str:
        """What was said, and what it means: a fault by its code, anything else by the client library's words."""
        meaning = explain_refusal(message) or connection_hint(message, self._cancel.proxy)
        return self._link.worded(excerpt(message) + (f". {meaning[:1].upper()}{meaning[1:]}" if meaning else ""))

    def _protocol(self) -> Any:
        """The connection's protocol, connected and with a shell."""
        try:
            with cancellable(self._cancel):
                self._link.connect()
        except self._connection_failures as error:
            message = str(error)
            if meaning := self._link.worded(explain_refusal(message) or ""):
                raise ShellRefused(f"{self._whole()}: {meaning}. Message of the host: {excerpt(message)}") from error
            if message.strip().endswith(":"):  # what Ansible makes of a time-out while the shell is created
                message += " no answer in time"
            message = self._hinted(message or type(error).__name__) + self._certificate(message)
            raise Unreachable(f"cannot connect to {self._whole()}: {message}") from error
        protocol = self._link.protocol
        self._wire = wire_of(protocol, self._cancel)
        if self._wire is not None:
            self._wire.heard = self._note_answer
        if time.monotonic() - getattr(protocol, "last_used", time.monotonic()) > MAX_IDLE:
            protocol.transport.close_session()  # the shell stays: it belongs to the user
            protocol.transport.build_session()
        return protocol

    def _note_answer(self, answer: Answer) -> None:
        sent = answer.get("date")
        if 0 < len(sent) <= LONGEST_DATE:
            self._dated = sent, dt.datetime.now(dt.UTC)

    def _receive(self, protocol: Any, shell: str, command: str, timeout: float, max_bytes: int) -> Completed:
        deadline = time.monotonic() + timeout
        streams = {"stdout": bytearray(), "stderr": bytearray()}
        size = thin = 0
        while True:
            asked = time.monotonic()
            remaining = deadline - asked
            if remaining <= 0:
                self._signal(protocol, shell, command)
                output = streams["stdout"][-300:].decode("utf-8", "replace").strip()
                raise CommandTimedOut(
                    f"{self._where()}: the command did not finish within {timeout:g} seconds and was stopped"
                    + (f"; its last output: {output}" if output else "")
                )
            before = size
            try:
                answer = protocol.send_message(self._receive_message(protocol, shell, command, remaining))
                exit_code, chunks = read_answer(answer)
            except WinRMOperationTimeoutError:
                exit_code, chunks = None, []
            came = sum([len(data) for _stream, data in chunks])
            if size + came > max_bytes:
                chunks = _first(chunks, max_bytes - size)
            for name, held in streams.items():
                held.extend(b"".join([data for stream, data in chunks if stream == name]))
            size += came
            if exit_code is not None:
                self._link.finished.append((shell, command))
            elif size > max_bytes:
                self._signal(protocol, shell, command)
            if exit_code is not None or size > max_bytes:
                stdout, stderr = (bytes(streams[name]) for name in ("stdout", "stderr"))
                return Completed(stdout, stderr, -1 if exit_code is None else exit_code, truncated=size > max_bytes)
            if size - before < THIN and time.monotonic() - asked < PAUSE:
                thin += 1
                time.sleep(PAUSE if thin > THIN_ANSWERS else 0)

    def _receive_message(self, protocol: Any, shell: str, command: str, remaining: float) -> str:
        wait = max(1.0, min(remaining, LONGEST_RECEIVE, float(protocol.operation_timeout_sec)))
        return envelopes.receive(shell, command, wait)

    def _signal(self, protocol: Any, shell: str, command: str) -> None:
        """Signal terminate; a host that does not take it any more has lost the command with its shell."""
        with contextlib.suppress(Exception):
            protocol.cleanup_command(shell, command)


def _first(chunks: list[tuple[str, bytes]], most: int) -> list[tuple[str, bytes]]:
    """The chunks up to so many bytes of all streams together."""
    kept = []
    for stream, data in chunks:
        kept.append((stream, data[: max(0, most)]))
        most -= len(data)
    return kept


# The hosts of a sweep answer within the same seconds.
_moment = functools.lru_cache(maxsize=64)(email.utils.parsedate_to_datetime)
