"""A host behind Ansible's winrm connection: its pywinrm protocol and the shell that it already opened.

The connection authenticates and opens a cmd shell with code page 65001 when it connects; using that shell instead of
one of our own saves two requests a task. Only the reading of output is ours: pywinrm takes the first exit code of an
answer although a server may send several CommandState elements, of which the one in state Done counts
(xebialabs/overthere#79), and asks for ever after operation time-outs (ansible/ansible#81095).
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import email.utils
import time
import weakref
import xml.etree.ElementTree as ET
from typing import Any

from .faults import TOO_MANY_OPERATIONS, connection_hint, explain_refusal, fault_code
from .host import CommandTimedOut, Completed, RemoteError, ShellRefused, Traffic, Unreachable
from .libraries import (
    InvalidCredentialsError,
    WinRMError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    xmltodict,
)
from .traffic import measure

SHELL_URI = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CMD_URI = f"{SHELL_URI}/cmd"
RSP = f"{{{SHELL_URI}}}"
LONGEST_RECEIVE = 20.0
"""Seconds a Receive may wait on the server: pywinrm's own operation timeout, below its read timeout of 30."""
IDLE = 60.0
"""Seconds after which a connection is not trusted any more: HTTP.sys closes it after 120 without a request (recalled),
and the security context, with which the next message would be sealed, goes with it."""
FAREWELL = 5
"""Seconds that the deletion of a shell may take after a failure: the host may be gone."""

UNSIGNALLED = 10
"""Ended commands that may lie in a shell before they are signalled. Windows counts them until then, and 25 of them are
MaxProcessesPerShell (ansible/ansible#74985: likely); a task of few commands saves a request for each."""

_ended: weakref.WeakKeyDictionary[Any, list[tuple[str, str]]] = weakref.WeakKeyDictionary()
"""Connection -> shell and command id of what ended and was not signalled. Loops share a connection, not a WinrmHost."""


class WinrmHost:
    """A Host over one ansible.builtin.winrm connection. Not for use by several threads."""

    def __init__(self, connection: Any, name: str, connection_failures: tuple[type[Exception], ...]) -> None:
        """`connection` is Ansible's; `connection_failures` are the exceptions its `_connect` raises."""
        self._connection = connection
        self._connection_failures = connection_failures
        self._dated: tuple[str, dt.datetime] | None = None
        """The last answer's Date, and when it came."""
        self._session: Any = None
        self.name = name
        self.address = str(connection.get_option("remote_addr"))

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run."""
        try:
            completed = self._run(line, stdin, timeout, max_bytes)
            self._connection.protocol.last_used = time.monotonic()
            return completed
        except RemoteError:
            raise
        except WinRMOperationTimeoutError as error:
            raise Unreachable(f"{self._where()} took the request but did not answer it in time") from error
        except (OSError, WinRMTransportError, InvalidCredentialsError) as error:  # those of `requests` are OSErrors
            raise Unreachable(f"the connection to {self._where()} broke: {error}") from error
        except WinRMError as error:
            raise Unreachable(f"{self._where()} refused the command: {error}") from error
        except Exception as error:  # whatever a client library makes of an answer that is none
            raise Unreachable(f"{self._where()} answered what is not WS-Management: {error!r}") from error

    def _run(self, line: str, stdin: bytes | None, timeout: float, max_bytes: int) -> Completed:
        try:
            protocol, shell, command = self._start(line, stdin is None)
        except WinRMError as error:
            # Windows counts every operation of a user, and only the end of the shell takes them off again
            # (ansible/ansible#83656; [MS-WSMV] appendix, note on 3.1.4.12). The command was not started.
            if fault_code(str(error)) != TOO_MANY_OPERATIONS:
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
        shell = self._connection.shell_id
        ended = _ended.setdefault(self._connection, [])
        if len(ended) >= UNSIGNALLED:
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
        protocol, shell = self._connection.protocol, self._connection.shell_id
        if protocol is not None:
            with contextlib.suppress(Exception):
                protocol.transport.close_session()
                protocol.transport.read_timeout_sec = FAREWELL
            with contextlib.suppress(Exception):
                if shell:
                    protocol.close_shell(shell)
        self._connection.protocol = None
        self._connection.shell_id = None
        self._connection._connected = False
        self._session = None

    def traffic(self) -> Traffic:
        """See Host.traffic."""
        return measure(self._session) if self._session is not None else Traffic()

    def clock_skew(self) -> float | None:
        """See Host.clock_skew. Taken from the Date header of the service's answers (RFC 9110, 6.6.1)."""
        if self._dated is None:
            return None
        sent, came = self._dated
        try:
            return round((email.utils.parsedate_to_datetime(sent) - came).total_seconds())
        except (TypeError, ValueError):
            return None

    def _where(self) -> str:
        return f"{self.name} ({self.address})" if self.name != self.address else self.name

    def _protocol(self) -> Any:
        """The connection's protocol, connected and with a shell."""
        try:
            self._connection._connect()
        except self._connection_failures as error:
            message = str(error)
            meaning = explain_refusal(message)
            if meaning:
                raise ShellRefused(f"{self._where()}: {meaning}. The host said: {message}") from error
            if message.strip().endswith(":"):  # what Ansible makes of a time-out while the shell is created
                message += " no answer in time"
            hint = connection_hint(message)
            raise Unreachable(
                f"cannot connect to {self._where()}: {message or type(error).__name__}" + (f". {hint}" if hint else "")
            ) from error
        protocol = self._connection.protocol
        if time.monotonic() - getattr(protocol, "last_used", time.monotonic()) > IDLE:
            protocol.transport.close_session()  # the shell stays: it belongs to the user
            protocol.transport.build_session()
        session = getattr(protocol.transport, "session", None)
        if session is not None and session is not self._session:
            self._session = session
            session.hooks["response"].append(self._note_clock)
        return protocol

    def _note_clock(self, response: Any, **_kwargs: Any) -> None:
        self._note_date(response.headers.get("Date"))

    def _note_date(self, sent: str | None) -> None:
        if sent:
            self._dated = sent, dt.datetime.now(dt.UTC)

    def _receive(self, protocol: Any, shell: str, command: str, timeout: float, max_bytes: int) -> Completed:
        deadline = time.monotonic() + timeout
        streams: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
        size = 0
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                self._signal(protocol, shell, command)
                output = b"".join(streams["stdout"])[-300:].decode("utf-8", "replace").strip()
                raise CommandTimedOut(
                    f"{self._where()}: the command had not ended after {timeout:g} seconds and was stopped"
                    + (f"; its last output: {output}" if output else "")
                )
            try:
                answer = protocol.send_message(self._receive_message(protocol, shell, command, remaining))
            except WinRMOperationTimeoutError:
                continue
            exit_code, chunks = read_answer(answer)
            for stream, data in chunks:
                streams.setdefault(stream, []).append(data)
                size += len(data)
            if exit_code is not None:
                _ended[self._connection].append((shell, command))
                return Completed(b"".join(streams["stdout"]), b"".join(streams["stderr"]), exit_code)
            if size > max_bytes:
                self._signal(protocol, shell, command)
                return Completed(b"".join(streams["stdout"]), b"".join(streams["stderr"]), -1, truncated=True)

    def _receive_message(self, protocol: Any, shell: str, command: str, remaining: float) -> str:
        wait = max(1.0, min(remaining, LONGEST_RECEIVE, float(protocol.operation_timeout_sec)))
        return self._receive_envelope(protocol, shell, command, wait)

    def _receive_envelope(self, protocol: Any, shell: str, command: str, wait: float) -> str:
        return receive_envelope(protocol, shell, command, wait)

    def _signal(self, protocol: Any, shell: str, command: str) -> None:
        """Signal terminate; a host that does not take it any more has lost the command with its shell."""
        with contextlib.suppress(Exception):
            protocol.cleanup_command(shell, command)


def receive_envelope(protocol: Any, shell: str, command: str, wait: float) -> str:
    """The Receive that a service answers after `wait` seconds at the latest."""
    header = getattr(protocol, "build_wsman_header", None) or protocol._get_soap_header
    message = header(resource_uri=CMD_URI, action=f"{SHELL_URI}/Receive", shell_id=shell)
    envelope = message if "env:Envelope" in message else {"env:Envelope": message}
    envelope["env:Envelope"]["env:Header"]["w:OperationTimeout"] = f"PT{wait:.3f}S"
    envelope["env:Envelope"]["env:Body"] = {
        "rsp:Receive": {"rsp:DesiredStream": {"@CommandId": command, "#text": "stdout stderr"}}
    }
    return str(xmltodict.unparse(envelope))


def read_answer(answer: bytes) -> tuple[int | None, list[tuple[str, bytes]]]:
    """The exit code of a ReceiveResponse whose command is done (else None), and its chunks of output in order."""
    root = ET.fromstring(answer)  # noqa: S314 - the host was authenticated; expat expands no external entities
    chunks = [
        (stream.get("Name", ""), base64.b64decode(stream.text)) for stream in root.iter(f"{RSP}Stream") if stream.text
    ]
    for state in root.iter(f"{RSP}CommandState"):
        if state.get("State", "").endswith("/Done"):
            code = state.findtext(f"{RSP}ExitCode")
            return int(code) if code else 0, chunks
    return None, chunks
