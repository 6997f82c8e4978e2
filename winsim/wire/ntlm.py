"""NTLM's challenge as a Windows machine writes it: with its own names, version and clock.

pyspnego's acceptor puts the name of the computer it runs on there, which is the controller's: that would betray it, and
clients that take their domain from the challenge (Go's masterzen/winrm) could not log on.
"""

from __future__ import annotations

from spnego._ntlm import NTLMProxy
from spnego._ntlm_raw.messages import (
    Authenticate,
    AvId,
    Challenge,
    FileTime,
    NegotiateFlags,
    NTClientChallengeV2,
    TargetInfo,
    Version,
)
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import BadBindingsError, SpnegoError

from .backend import ChannelBinding, Host

_NO_BINDINGS = bytes(16)
"""What a client sends that knows of bindings and has none ([MS-NLMP] 2.2.2.1, MsvAvChannelBindings: sure)."""


class Acceptor(NTLMProxy):
    """pyspnego's, but for the challenge and for how strictly bindings are asked for."""

    def __init__(self, host: Host, bindings: GssChannelBindings | None, level: ChannelBinding) -> None:
        super().__init__(usage="accept")
        self._is_wrapped = True
        self._host = host
        self._bindings = bindings
        self._level = level

    def _step_accept_negotiate(self, token: bytes) -> bytes:
        super()._step_accept_negotiate(token)
        made = self._temp_challenge
        if made is None:
            raise AssertionError
        domain = self._host.domain()
        flags = NegotiateFlags(made.flags)
        if domain.netbios:
            flags = flags & ~NegotiateFlags.target_type_server | NegotiateFlags.target_type_domain
        self._temp_challenge = Challenge(
            flags,
            made.server_challenge,
            target_name=(domain.netbios or self._host.name).upper(),
            target_info=self._target_info(),
            version=_version(self._host.version) if flags & NegotiateFlags.version else None,
        )
        return self._temp_challenge.pack()

    def _step_accept_authenticate(self, token: bytes, channel_bindings: GssChannelBindings | None) -> None:
        user = Authenticate.unpack(token).user_name or ""
        wanted = self._wanted(token)
        try:
            super()._step_accept_authenticate(token, wanted)
        except BadBindingsError:  # it comes before the password is looked at
            raise
        except SpnegoError:
            self._host.password_rejected(user)
            raise
        self._host.password_accepted(user)

    def _wanted(self, token: bytes) -> GssChannelBindings | None:
        """The bindings that the client's must equal; None if they are not looked at. Raises BadBindingsError."""
        if self._bindings is None or self._level is ChannelBinding.NONE:
            return None
        response = Authenticate.unpack(token).nt_challenge_response or b""
        sent = NTClientChallengeV2.unpack(response[16:]).av_pairs if len(response) > 24 else {}
        if sent.get(AvId.channel_bindings, _NO_BINDINGS) != _NO_BINDINGS:
            return self._bindings
        if self._level is ChannelBinding.STRICT:
            raise BadBindingsError(context_msg="The client sent no channel binding token")
        return None

    def _target_info(self) -> TargetInfo:
        """The pairs of Windows in its order ([MS-NLMP] 2.2.2.1 and the message of 4.2.4.3; what nmap's http-ntlm-info
        prints shows that in a workgroup the computer's name stands for the domain too: sure)."""
        name, domain = self._host.name, self._host.domain()
        pairs = TargetInfo()
        pairs[AvId.nb_domain_name] = (domain.netbios or name).upper()
        pairs[AvId.nb_computer_name] = name.upper()
        pairs[AvId.dns_domain_name] = domain.dns or name
        pairs[AvId.dns_computer_name] = f"{name}.{domain.dns}" if domain.dns else name
        pairs[AvId.timestamp] = FileTime.from_datetime(self._host.now())
        return pairs


def _version(text: str) -> Version:
    major, minor, build = (int(part) for part in text.split("."))
    return Version(major, minor, build)
