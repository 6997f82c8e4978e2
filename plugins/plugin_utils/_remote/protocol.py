"""pywinrm's Protocol with a transport that is bounded, and lean where that can do what the connection asks for."""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any

from . import answered, envelopes, soap
from .bounded import BoundedTransport
from .fast_transport import FastTransport, unsupported_reason
from .faults import TIMED_OUT
from .optional_imports import (
    InvalidCredentialsError,
    Protocol,
    Transport,
    WinRMOperationTimeoutError,
    WinRMTransportError,
)
from .wire import CancelToken, Wire

_token: contextvars.ContextVar[CancelToken | None] = contextvars.ContextVar("leash", default=None)
"""That of the host on which this thread works: Ansible's connection makes its protocol itself."""


@contextlib.contextmanager
def cancellable(leash: CancelToken) -> Iterator[None]:
    """Protocols that are made meanwhile obey this leash."""
    before = _token.set(leash)
    try:
        yield
    finally:
        _token.reset(before)


def bounded(made: Any, leash: CancelToken) -> FastTransport | BoundedTransport:
    """What takes the place of a transport that pywinrm made."""
    leash.why_not = unsupported_reason(made)
    if not leash.why_not:
        return FastTransport(made, leash)
    # By None pywinrm has requests write no_proxy=* into the environment around each request, which all hosts of a sweep
    # share. An empty proxy is none too, and stays in the session.
    if made.proxy is None:
        made.proxy = ""
    return BoundedTransport(made, leash)


def wire_of(protocol: Any, leash: CancelToken) -> Wire | None:
    """The wire of a protocol's transport, on this leash. A transport of pywinrm's, which another task of the same
    connection made, is replaced: the shell belongs to the user, not to the TCP connection."""
    transport = protocol.transport
    if isinstance(transport, Transport) and not isinstance(transport, BoundedTransport):
        transport.close_session()
        transport = protocol.transport = bounded(transport, leash)
    wire: Wire | None = getattr(transport, "wire", None)
    if wire is not None:
        wire.leash = leash
    return wire


class NoService(WinRMTransportError):  # type: ignore[misc]
    """An error of HTTP without a fault: what answered may be no WinRM service, and the text says who it was."""

    def __init__(self, error: Any, who: str) -> None:
        super().__init__(*error.args)
        self._who = who

    def __str__(self) -> str:
        return f"{self.message} ({self._who})" if self._who else str(self.message)


class FastProtocol(Protocol):  # type: ignore[misc]
    """pywinrm's Protocol, but that it exchanges the transport it made, fills in envelopes that are written once, reads
    faults itself, and says who answered where it was no WinRM service."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)

    # Ansible's connection reads from it what it may pass; for each host, so it is put together once.
    __init__.__signature__ = inspect.signature(Protocol.__init__)  # type: ignore[attr-defined]

    @property
    def transport(self) -> Any:
        return self._transport

    @transport.setter
    def transport(self, made: Any) -> None:
        self._transport = made if hasattr(made, "wire") else bounded(made, _token.get() or CancelToken())

    def send_message(self, message: str) -> bytes:
        """See Protocol.send_message."""
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

    def open_shell(self, *args: Any, **options: Any) -> str:
        """See Protocol.open_shell."""
        if args or options != {"codepage": envelopes.CODE_PAGE}:
            return str(super().open_shell(*args, **options))
        return self._read(soap.shell_id, self.send_message(envelopes.create(self.operation_timeout_sec)))

    def run_command(self, shell_id: str, command: str, *args: Any, **options: Any) -> str:
        """See Protocol.run_command."""
        if args or options.keys() - {"console_mode_stdin"}:
            return str(super().run_command(shell_id, command, *args, **options))
        console = options.get("console_mode_stdin", True)
        message = envelopes.command(self.operation_timeout_sec, shell_id, command, console)
        return self._read(soap.command_id, self.send_message(message))

    def close_shell(self, shell_id: str, close_session: bool = True) -> None:
        """See Protocol.close_shell."""
        try:
            self.send_message(envelopes.delete(self.operation_timeout_sec, shell_id))
        finally:
            if close_session:
                self.transport.close_session()
