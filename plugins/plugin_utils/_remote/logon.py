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


def begin(settings: Settings, scheme: str, hostname: str, channel: Any) -> tuple[Seal, bytes]:
    """A context for a scheme that the service offers, and its first token: without the request that only asks for a
    challenge. Raises InvalidCredentialsError for what fails on the controller."""
    protocol = settings.method if settings.method != "negotiate" or scheme == "Negotiate" else scheme.lower()
    try:
        with contextlib.ExitStack() as held:
            context = spnego.client(
                _credentials(settings, protocol, held),
                protocol=protocol,
                hostname=settings.named or hostname,
                service=settings.service,
                channel_bindings=channel,
                context_req=_requested(settings.delegates),
                options=_options(protocol, settings.seals),
            )
            token = context.step() or b""
    except Exception as error:  # whatever a library makes of a setting, a domain controller or a missing ticket
        raise InvalidCredentialsError(f"{type(error).__name__}: {error}") from error
    return Seal(context, KERBEROS if scheme == "Kerberos" else PROTOCOL), token


@functools.cache
def _requested(delegates: bool) -> Any:
    return spnego.ContextReq.default | (spnego.ContextReq.delegate if delegates else 0)


@functools.cache
def _options(protocol: str, seals: bool) -> Any:
    if protocol == "ntlm":
        return spnego.NegotiateOptions.use_ntlm  # as requests_ntlm: never the credentials of a cache
    return spnego.NegotiateOptions.wrapping_winrm if seals else spnego.NegotiateOptions.none


def _credentials(settings: Settings, protocol: str, held: contextlib.ExitStack) -> list[Any]:
    """What a context may log on with: a ticket, which is there while it is `held`, and for NTLM the password."""
    username, password = settings.username, settings.password
    found: list[Any] = []
    if protocol == "kerberos" or (protocol == "negotiate" and can_acquire()):
        from .tickets import cache  # noqa: PLC0415 - its libraries are there where it is used

        with contextlib.nullcontext() if protocol == "kerberos" else contextlib.suppress(Exception):
            found.append(held.enter_context(cache(username, password, settings.delegates)))
    if protocol != "kerberos":
        hashes = _hashes(password) if lmowfv1 is not None else ()
        found.append(spnego.NTLMHash(username, *hashes) if hashes else spnego.Password(username, password))
    return found


@functools.lru_cache(maxsize=256)
def _hashes(password: str) -> tuple[str, str]:
    """The hashes of a password as hex: with them a context costs a thirtieth (measured)."""
    lm_hash, nt_hash = (base64.b16encode(one(password)).decode() for one in (lmowfv1, ntowfv1))
    return lm_hash, nt_hash
