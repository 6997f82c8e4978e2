"""In place of pykerberos: its interface over NTLM, with the account taken from the cache file that KRB5CCNAME names.

So a connection that finds another's cache logs on as another, and is refused. A cache is two lines, user and password.
"""

from __future__ import annotations

import base64
import os
import pathlib
import threading
from typing import Any

import spnego

GSS_C_DELEG_FLAG, GSS_C_MUTUAL_FLAG, GSS_C_SEQUENCE_FLAG = 1, 2, 8

_begun = threading.local()
"""NTLM needs a second step, for which the caller makes a new context; one that was refused never comes to it."""


class GSSError(Exception):
    """What pykerberos raises."""


class Context:
    """A security context and its last token."""

    def __init__(self) -> None:
        self.name = os.environ["KRB5CCNAME"]
        cache = pathlib.Path(self.name.removeprefix("FILE:"))
        lines = cache.read_text().split("\n")
        if len(lines) < 2:
            raise GSSError(f"no credentials in {cache}")
        self.security = spnego.client(
            lines[0], lines[1], protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate
        )
        self.token = b""


def authGSSClientInit(service: str, **_options: Any) -> tuple[int, Context]:  # noqa: N802 - pykerberos' name
    begun: Context | None = getattr(_begun, "context", None)
    if begun is None or begun.name != os.environ["KRB5CCNAME"]:
        begun = _begun.context = Context()
    return 1, begun


def authGSSClientStep(context: Context, token: str, **_options: Any) -> int:  # noqa: N802
    context.token = context.security.step(base64.b64decode(token) if token else None) or b""
    if context.security.complete:
        _begun.context = None
    return 1 if context.security.complete else 0


def authGSSClientResponse(context: Context) -> str:  # noqa: N802
    return base64.b64encode(context.token).decode()


def authGSSWinRMEncryptMessage(context: Context, message: bytes) -> tuple[bytes, bytes]:  # noqa: N802
    sealed = context.security.wrap_winrm(message)
    return sealed.data, sealed.header


def authGSSWinRMDecryptMessage(context: Context, message: bytes, header: bytes) -> bytes:  # noqa: N802
    return context.security.unwrap_winrm(header, message)
