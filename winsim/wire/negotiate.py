"""What a host accepts within Negotiate: NTLM, and Kerberos if there are keys.

pyspnego's private parts are used in this file and those of the two mechanisms alone: its SPNEGO layer can be given
acceptors but not configured.
"""

from __future__ import annotations

import spnego
from spnego._context import ContextProxy, GSSMech
from spnego._negotiate import NegotiateProxy
from spnego.channel_bindings import GssChannelBindings

from . import kerberos, ntlm
from .backend import Host, Limits


def acceptor(host: Host, address: str, bindings: GssChannelBindings | None, limits: Limits) -> ContextProxy:
    """A context that answers for `host`, which clients reach at `address`, each mechanism alone or within SPNEGO.
    NTLM_USER_FILE must name its users. `bindings` are those of the TLS connection, if it is one."""
    level = limits.channel_binding
    mechanisms: dict[GSSMech, ContextProxy] = {GSSMech.ntlm: ntlm.Acceptor(host, bindings, level)}
    if kerberos.has_keys():
        names = (host.name, f"{host.name}.{host.domain().dns}", address)
        mechanisms[GSSMech.kerberos] = kerberos.Acceptor(names, bindings, level)
    return _Acceptor(mechanisms)


class _Acceptor(NegotiateProxy):
    """pyspnego's, but it takes the first mechanism of the client's that it has, and not the first of its own."""

    def __init__(self, mechanisms: dict[GSSMech, ContextProxy]) -> None:
        options = spnego.NegotiateOptions.use_negotiate
        super().__init__(usage="accept", options=options, _negotiate_contexts=mechanisms)
        self._mechanisms = mechanisms

    def _rebuild_context_list(
        self, mech_types: list[str] | None = None, channel_bindings: GssChannelBindings | None = None
    ) -> list[str]:
        chosen = (mech for oid in mech_types or [] for mech in self._mechanisms if self._is_same_mech(mech, oid))
        self._available_contexts = {mech: self._mechanisms[mech] for mech in [next(chosen, GSSMech.ntlm)]}
        return super()._rebuild_context_list(mech_types, channel_bindings)
