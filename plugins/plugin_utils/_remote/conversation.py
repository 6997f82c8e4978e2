"""What is said with a WinRM service: to open a shell, to run command lines in it, to delete it. Over any transport."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from . import answered, envelopes, soap
from .faults import TIMED_OUT
from .optional_imports import InvalidCredentialsError, WinRMOperationTimeoutError, WinRMTransportError


class NoService(WinRMTransportError):  # type: ignore[misc]
    """An error of HTTP without a fault: what answered may be no WinRM service, and the text says who it was."""

    def __init__(self, error: Any, who: str) -> None:
        super().__init__(*error.args)
        self._who = who

    def __str__(self) -> str:
        return f"{self.message} ({self._who})" if self._who else str(self.message)


class Conversation:
    """As much of pywinrm's Protocol as WinrmHost uses, by its names. Faults it reads itself, and it says who answered
    where that was no WinRM service."""

    transport: Any
    """`send_message`, `close_session`, `build_session`, `read_timeout_sec`, and the `wire` below."""
    operation_timeout_sec: int

    def send_message(self, message: str) -> bytes:
        """The answer to an envelope, which may be parsed."""
        try:
            return bytes(self.transport.send_message(message))
        except WinRMTransportError as error:
            fault = soap.fault(error)
            if fault is not None and fault.wsman_fault_code == TIMED_OUT:
                raise WinRMOperationTimeoutError from error
            raise fault or NoService(error, self._who_answered()) from error
        except InvalidCredentialsError as error:
            raise InvalidCredentialsError(self._with_who(str(error))) from error
        except soap.NotWsman as error:
            raise soap.NotWsman(self._with_who(str(error))) from error

    def open_shell(self, codepage: int = envelopes.CODE_PAGE) -> str:
        """The id of a new shell, whose code page can be no other."""
        if codepage != envelopes.CODE_PAGE:
            raise ValueError(f"code page {codepage}")
        return self._read(soap.shell_id, self.send_message(envelopes.create(self.operation_timeout_sec)))

    def run_command(self, shell_id: str, command: str, console_mode_stdin: bool = True) -> str:
        """The id of a command that was started."""
        message = envelopes.command(self.operation_timeout_sec, shell_id, command, console_mode_stdin)
        return self._read(soap.command_id, self.send_message(message))

    def send_command_input(self, shell_id: str, command_id: str, stdin_input: bytes, end: bool = True) -> None:
        """All of a command's standard input."""
        if not end:
            raise ValueError("input in pieces")
        self.send_message(envelopes.send(self.operation_timeout_sec, shell_id, command_id, stdin_input))

    def cleanup_command(self, shell_id: str, command_id: str) -> None:
        """Signal terminate."""
        self.send_message(envelopes.terminate(self.operation_timeout_sec, shell_id, command_id))

    def close_shell(self, shell_id: str, close_session: bool = True) -> None:
        """Deletes a shell, and leaves the host."""
        try:
            self.send_message(envelopes.delete(self.operation_timeout_sec, shell_id))
        finally:
            if close_session:
                self.transport.close_session()

    def _read(self, read: Callable[[bytes], str], answer: bytes) -> str:
        try:
            return read(answer)
        except (ValueError, ET.ParseError, StopIteration) as error:
            what = str(error) if isinstance(error, soap.NotWsman) else "it is no envelope with an id"
            raise soap.NotWsman(self._with_who(f"no answer of a WinRM service: {what}")) from error

    def _who_answered(self) -> str:
        wire = getattr(self.transport, "wire", None)
        return answered.who_answered(wire.last) if wire is not None else ""

    def _with_who(self, said: str) -> str:
        who = self._who_answered()
        return f"{said} ({who})" if who else said
