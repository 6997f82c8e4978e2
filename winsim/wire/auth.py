"""Who speaks on a connection, and the sealing of what is said.

Negotiate, with NTLM or Kerberos, and CredSSP belong to the TCP connection ([MS-WSMV] 2.2.9.1): after the handshake
every further request of it counts as the user's, sealed with the context's keys. Basic is decided request by request,
and so is a certificate, which the client showed when the TLS connection began.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import hmac
import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import spnego
from spnego.channel_bindings import GssChannelBindings

from . import negotiate, sealing, tls
from .backend import Credential, Host, Limits
from .md4 import nt_hash

# pyspnego finds the passwords of an acceptor through one environment variable of the process.
_user_file_lock = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """What to make of a request: the user, or nobody (401); and the headers that the answer must carry."""

    user: str | None
    fields: list[tuple[str, str]] = field(default_factory=list)
    handshake: bool = False
    """Whether this request was the last of a handshake."""


class Authenticator:
    """The authentication of one connection to one host, which clients reach at `address`. Over TLS there are the
    `bindings` of its listener and perhaps the `certificate` of the client, as DER."""

    def __init__(
        self,
        host: Host,
        address: str = "",
        bindings: GssChannelBindings | None = None,
        certificate: bytes | None = None,
    ) -> None:
        self._host = host
        self._address = address
        self._bindings = bindings
        self._certificate = certificate
        self._context: spnego.ContextProxy | None = None
        self._scheme = ""
        """Of the handshake that made the context."""

    @property
    def established(self) -> bool:
        """Whether a handshake succeeded on this connection, so that messages can be sealed."""
        return self._context is not None and self._context.complete

    def check(self, authorization: str | None, limits: Limits) -> Answer:
        """Judges a request by its Authorization header."""
        if authorization is None:
            if self._context is not None and self._context.complete:
                return Answer(self._context.client_principal)
            return self._challenge(limits)
        scheme, _unused, value = authorization.partition(" ")
        if scheme.lower() == "basic" and limits.allow_basic:
            user = self._basic(value)
            return Answer(user) if user else self._challenge(limits)
        if scheme.lower() == "negotiate":
            return self._handshake("Negotiate", value, limits)
        if scheme.lower() == "credssp" and limits.allow_credssp:
            return self._handshake("CredSSP", value, limits)
        if authorization == tls.MUTUAL and limits.allow_certificate:
            user = self._mapped()
            return Answer(user) if user else self._challenge(limits)
        return self._challenge(limits)

    def unseal(self, body: bytes) -> sealing.Sealed:
        """The message in a multipart body. Raises Unsealable; the context is useless afterwards."""
        return sealing.unseal(self._established(), body)

    def seal(self, answer: sealing.Sealed) -> tuple[str, bytes]:
        """The content type and the multipart body that holds the message; only once established."""
        return sealing.seal(self._established(), answer)

    def _established(self) -> spnego.ContextProxy:
        if self._context is None or not self._context.complete:
            raise sealing.Unsealable
        return self._context

    def _challenge(self, limits: Limits) -> Answer:
        self._context = None
        schemes = [("WWW-Authenticate", "Negotiate")]
        if limits.allow_credssp:
            schemes.append(("WWW-Authenticate", "CredSSP"))
        if limits.allow_basic:
            schemes.append(("WWW-Authenticate", 'Basic realm="WSMAN"'))
        return Answer(None, schemes)

    def _basic(self, value: str) -> str | None:
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return None
        # RFC 7617 leaves the charset open, and clients disagree: UTF-8 or Latin-1.
        for text in (raw.decode("utf-8", "replace"), raw.decode("latin-1")):
            user, _unused, password = text.partition(":")
            for credential in self._host.credentials():
                names = {_account(*name) for name in _names(credential, self._host.name)}
                same = hmac.compare_digest(password.encode(), credential.password.encode("utf-8", "surrogatepass"))
                if user.lower() in names and same:
                    self._host.password_accepted(user)
                    return user
        self._host.password_rejected(raw.decode("utf-8", "replace").partition(":")[0])
        return None

    def _acceptor(self, scheme: str, limits: Limits) -> spnego.ContextProxy:
        inner = functools.partial(negotiate.acceptor, self._host, self._address)
        if scheme == "Negotiate":
            return inner(self._bindings, limits)
        # CredSSP has a TLS connection of its own inside, which it binds to by itself.
        return spnego.server(protocol="credssp", credssp_negotiate_context=inner(None, limits))

    def _mapped(self) -> str | None:
        principal = tls.principal(self._certificate) if self._certificate else None
        return self._host.mapped_account(principal) if principal else None

    def _handshake(self, scheme: str, value: str, limits: Limits) -> Answer:
        if self._context is not None and (self._context.complete or self._scheme != scheme):
            self._context = None
        self._scheme = scheme
        try:
            token = base64.b64decode(value, validate=True)
            if not token:
                return self._challenge(limits)
            with _user_file(self._host):
                if self._context is None:
                    self._context = self._acceptor(scheme, limits)
                reply = self._context.step(token)
        except Exception:
            # Whatever a client's token does to the library, the client is not authenticated.
            return self._challenge(limits)
        fields = [("WWW-Authenticate", f"{scheme} {base64.b64encode(reply).decode()}")] if reply else []
        if not self._context.complete:
            return Answer(None, fields)
        return Answer(self._context.client_principal, fields, handshake=True)


def _names(credential: Credential, machine: str) -> Iterator[tuple[str, str]]:
    """Domain and user as clients may give them; a domain of "@" stands for user@domain in the user's place."""
    for domain in sorted({"", ".", machine.lower(), credential.domain.lower()}):
        yield domain, credential.user
        if domain not in ("", "."):
            yield "", f"{credential.user}@{domain}"


def _account(domain: str, user: str) -> str:
    return (f"{domain}\\{user}" if domain else user).lower()


@functools.lru_cache(maxsize=4096)
def _hash(password: str) -> str:
    return nt_hash(password).hex().upper()


@contextlib.contextmanager
def _user_file(host: Host) -> Iterator[None]:
    """Lets pyspnego see this host's users, and no other host's, for one step."""
    # The smbpasswd format takes hashes, so that any character may stand in a password. The LM hash is random: LM
    # responses must never match.
    lines = [
        f"{_account(*name)}:0:{secrets.token_hex(16).upper()}:{_hash(credential.password)}:[U]:LCT-0\n"
        for credential in host.credentials()
        for name in _names(credential, host.name)
    ]
    with _user_file_lock, tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".users") as file:
        file.writelines(lines)
        file.flush()
        before = os.environ.get("NTLM_USER_FILE", "")
        os.environ["NTLM_USER_FILE"] = file.name
        try:
            yield
        finally:
            # Empty is not set (pyspnego, `_get_credential_file`). Never deleted: a client in another thread of this
            # process may just be going through the variables, as requests does for each request.
            os.environ["NTLM_USER_FILE"] = before
