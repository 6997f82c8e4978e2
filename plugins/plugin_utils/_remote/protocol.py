"""pywinrm's Protocol with a transport that is bounded, and lean where that can do what the connection asks for."""

from __future__ import annotations

import contextlib
import contextvars
import inspect
from collections.abc import Iterator
from typing import Any

from . import envelopes
from .bounded import BoundedTransport
from .conversation import Conversation
from .fast_transport import FastTransport
from .optional_imports import Protocol, Transport
from .settings import Settings, of_pywinrm
from .wire import CancelToken, Wire

_token: contextvars.ContextVar[CancelToken | None] = contextvars.ContextVar("cancel", default=None)
"""That of the host on which this thread works: Ansible's connection makes its protocol itself."""


@contextlib.contextmanager
def cancellable(cancel: CancelToken) -> Iterator[None]:
    """Protocols that are made meanwhile obey this token."""
    before = _token.set(cancel)
    try:
        yield
    finally:
        _token.reset(before)


def current_token() -> CancelToken:
    """The one that a protocol that is made now obeys."""
    return _token.get() or CancelToken()


def bounded(made: Any, cancel: CancelToken) -> FastTransport | BoundedTransport:
    """What takes the place of a transport that pywinrm made."""
    settings = of_pywinrm(made, cancel.acquires)
    if isinstance(settings, Settings):
        cancel.why_not = ""
        return FastTransport(settings, cancel)
    cancel.why_not = settings
    # By None pywinrm has requests write no_proxy=* into the environment around each request, which all hosts of a sweep
    # share. An empty proxy is none too, and stays in the session.
    if made.proxy is None:
        made.proxy = ""
    return BoundedTransport(made, cancel)


def wire_of(protocol: Any, cancel: CancelToken) -> Wire | None:
    """The wire of a protocol's transport, on this token. A transport of pywinrm's, which another task of the same
    connection made, is replaced: the shell belongs to the user, not to the TCP connection."""
    transport = protocol.transport
    if isinstance(transport, Transport) and not isinstance(transport, BoundedTransport):
        transport.close_session()
        transport = protocol.transport = bounded(transport, cancel)
    wire: Wire | None = getattr(transport, "wire", None)
    if wire is not None:
        wire.cancel = cancel
    return wire


class FastProtocol(Conversation, Protocol):  # type: ignore[misc]
    """pywinrm's Protocol, but that it exchanges the transport it made, and says by itself what a Conversation says."""

    def __init__(self, *args: Any, **options: Any) -> None:
        Protocol.__init__(self, *args, **options)

    # Ansible's connection reads from it what it may pass; for each host, so it is put together once.
    __init__.__signature__ = inspect.signature(Protocol.__init__)  # type: ignore[attr-defined]

    @property
    def transport(self) -> Any:
        return self._transport

    @transport.setter
    def transport(self, made: Any) -> None:
        self._transport = made if hasattr(made, "wire") else bounded(made, current_token())

    def open_shell(self, *args: Any, **options: Any) -> str:
        """See Protocol.open_shell."""
        if args or options != {"codepage": envelopes.CODE_PAGE}:
            return str(Protocol.open_shell(self, *args, **options))
        return super().open_shell(**options)

    def run_command(self, shell_id: str, command: str, *args: Any, **options: Any) -> str:
        """See Protocol.run_command."""
        if args or options.keys() - {"console_mode_stdin"}:
            return str(Protocol.run_command(self, shell_id, command, *args, **options))
        return super().run_command(shell_id, command, **options)

    def send_command_input(self, shell_id: str, command_id: str, stdin_input: str | bytes, end: bool = False) -> None:
        """See Protocol.send_command_input."""
        if not end or isinstance(stdin_input, str):
            Protocol.send_command_input(self, shell_id, command_id, stdin_input, end)
        else:
            super().send_command_input(shell_id, command_id, stdin_input, end)
