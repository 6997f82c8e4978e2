"""Kerberos: tickets for this host, which the keys in a keytab open. It needs the packages gssapi and krb5.

As with every Kerberos service on Unix, KRB5_KTNAME names the keytab, and KRB5_CONFIG the configuration.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from spnego._gss import GSSAPIProxy
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import BadBindingsError, InvalidTokenError

from .backend import ChannelBinding

_SERVICES = frozenset({"http", "wsman", "host"})
"""Of the names of a computer's account; `host` stands for the others (sPNMappings; recalled)."""
_CHANNEL_BOUND = 0x800
"""GSS_C_CHANNEL_BOUND_FLAG: the client sent the bindings that the acceptor has (MIT krb5 1.19 and later)."""


def has_keys() -> bool:
    """Whether there are keys at all."""
    return bool(os.environ.get("KRB5_KTNAME"))


class Acceptor(GSSAPIProxy):
    """pyspnego's, but for one computer of the keytab, and strict about bindings where the computer is."""

    def __init__(self, names: Iterable[str], bindings: GssChannelBindings | None, level: ChannelBinding) -> None:
        bound = None if level is ChannelBinding.NONE else bindings
        super().__init__(usage="accept", channel_bindings=bound)
        self._is_wrapped = True
        self._names = {name.lower() for name in names}
        self._must_bind = bindings is not None and level is ChannelBinding.STRICT

    def step(
        self, in_token: bytes | None = None, *, channel_bindings: GssChannelBindings | None = None
    ) -> bytes | None:
        answer = super().step(in_token, channel_bindings=channel_bindings)
        if self._context is not None and self._context.complete:
            service, _unused, name = str(self._context.target_name).partition("@")[0].partition("/")
            if service.lower() not in _SERVICES or name.lower() not in self._names:
                raise InvalidTokenError(context_msg=f"The ticket is for {service}/{name}")
            if self._must_bind and not int(self._context.actual_flags) & _CHANNEL_BOUND:
                raise BadBindingsError(context_msg="The client sent no channel binding token")
        return answer
