"""The security contexts of a logon, which pyspnego makes: NTLM, Kerberos, or what both sides negotiate."""

from __future__ import annotations

import base64
import contextlib
import functools
from typing import Any

from .optional_imports import InvalidCredentialsError, spnego
from .sealing import KERBEROS, PROTOCOL, Seal
from .settings import Settings, can_acquire

try:  # pyspnego shows no way to hash a password once and to use it for many hosts; without these it hashes for each
    from spnego._ntlm_raw.crypto import lmowfv1, ntowfv1
except ImportError:
    lmowfv1 = ntowfv1 = None  # type: ignore[assignment]


class Logon:
    """What a transport logs on with to one host. It may log on again: a ticket for the host is there until `close`."""

    def __init__(self, settings: Settings, hostname: str) -> None:
        self._settings = settings
        self._hostname = settings.named or hostname
        self._held = contextlib.ExitStack()
        self._cache: Any = None

    def begin(self, scheme: str, channel: Any) -> tuple[Seal, bytes]:
        """A context for a scheme that the service offers, and its first token: without the request that only asks for
        a challenge. Raises InvalidCredentialsError for what fails on the controller."""
        settings = self._settings
        protocol = settings.method if settings.method != "negotiate" or scheme == "Negotiate" else scheme.lower()
        try:
            context = spnego.client(
                self._credentials(protocol),
                protocol=protocol,
                hostname=self._hostname,
                service=settings.service,
                channel_bindings=channel,
                context_req=_requested(settings.delegates),
                options=_options(protocol, settings.seals),
            )
            token = context.step() or b""
        except Exception as error:  # whatever a library makes of a setting, a domain controller or a missing ticket
            raise InvalidCredentialsError(f"{type(error).__name__}: {error}") from error
        return Seal(context, KERBEROS if scheme == "Kerberos" else PROTOCOL), token

    def close(self) -> None:
        """Forgets the ticket for the host; the one of the account stays."""
        self._cache = None
        self._held.close()

    def _credentials(self, protocol: str) -> list[Any]:
        username, password = self._settings.username, self._settings.password
        found: list[Any] = []
        if protocol == "kerberos" or (protocol == "negotiate" and can_acquire()):
            with contextlib.nullcontext() if protocol == "kerberos" else contextlib.suppress(Exception):
                found.append(self._ticket())
        if protocol != "kerberos":
            hashes = _hashes(password) if lmowfv1 is not None else ()
            found.append(spnego.NTLMHash(username, *hashes) if hashes else spnego.Password(username, password))
        return found

    def _ticket(self) -> Any:
        from .tickets import cache  # noqa: PLC0415 - its libraries are there where it is used

        if self._cache is None:
            of = self._settings
            self._cache = self._held.enter_context(cache(of.username, of.password, of.delegates))
        return self._cache


@functools.cache
def _requested(delegates: bool) -> Any:
    return spnego.ContextReq.default | (spnego.ContextReq.delegate if delegates else 0)


@functools.cache
def _options(protocol: str, seals: bool) -> Any:
    if protocol == "ntlm":
        return spnego.NegotiateOptions.use_ntlm  # as requests_ntlm: never the credentials of a cache
    return spnego.NegotiateOptions.wrapping_winrm if seals else spnego.NegotiateOptions.none


@functools.lru_cache(maxsize=256)
def _hashes(password: str) -> tuple[str, str]:
    """The hashes of a password as hex: with them a context costs a thirtieth (measured)."""
    lm_hash, nt_hash = (base64.b16encode(one(password)).decode() for one in (lmowfv1, ntowfv1))
    return lm_hash, nt_hash
