"""Who speaks on a connection, and the sealing of what is said.

Negotiate with NTLM belongs to the TCP connection ([MS-WSMV] 2.2.9.1): after the handshake every further request of it
counts as the user's, sealed with the context's keys. Basic is decided request by request. Kerberos, CredSSP and
certificates are not offered.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import hmac
import os
import re
import secrets
import struct
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import spnego
from spnego.exceptions import SpnegoError

from . import ntlm
from .backend import Credential, Host, Limits
from .md4 import nt_hash

SEALED = "application/HTTP-SPNEGO-session-encrypted"
SEALED_TYPE = f'multipart/encrypted;protocol="{SEALED}";boundary="Encrypted Boundary"'
SOAP_TYPE = "application/soap+xml;charset=UTF-8"

_SEALED_BODY = re.compile(
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:\s*application/HTTP-SPNEGO-session-encrypted\r\n"
    rb"\s*OriginalContent:\s*type=[^\r\n]{1,200}?;Length=(\d{1,10})\r\n"
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:\s*application/octet-stream\r\n",
    re.IGNORECASE,
)
_SEALED_END = re.compile(rb"--\s*Encrypted Boundary--(?:\r\n)?\Z")

# pyspnego finds the passwords of an acceptor through one environment variable of the process.
_user_file_lock = threading.Lock()


class Unsealable(Exception):
    """A sealed message that is malformed, tampered with, or came before a handshake."""


@dataclass(frozen=True)
class Answer:
    """What to make of a request: the user, or nobody (401); and the headers that the answer must carry."""

    user: str | None
    fields: list[tuple[str, str]] = field(default_factory=list)
    handshake: bool = False
    """Whether this request was the last of a handshake."""


class Authenticator:
    """The authentication of one connection to one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._context: spnego.ContextProxy | None = None

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
            return self._negotiate(value, limits)
        return self._challenge(limits)

    def unseal(self, body: bytes) -> bytes:
        """The message in a multipart/encrypted body. Raises Unsealable; the context is useless afterwards."""
        start, end = _SEALED_BODY.match(body), _SEALED_END.search(body)
        if self._context is None or not self._context.complete or not start or not end or end.start() < start.end() + 4:
            raise Unsealable
        data = body[start.end() : end.start()]
        (length,) = struct.unpack("<I", data[:4])
        try:
            message = self._context.unwrap_winrm(data[4 : 4 + length], data[4 + length :])
        except (SpnegoError, ValueError, struct.error, IndexError):
            raise Unsealable from None
        if len(message) != int(start[1]):
            raise Unsealable
        return message

    def seal(self, message: bytes) -> bytes:
        """A multipart/encrypted body that holds the message; only once established."""
        if self._context is None:
            raise Unsealable
        sealed = self._context.wrap_winrm(message)
        length = len(message) + sealed.padding_length
        return (
            b"--Encrypted Boundary\r\n"
            b"\tContent-Type: " + SEALED.encode() + b"\r\n"
            b"\tOriginalContent: type=" + SOAP_TYPE.encode() + b";Length=%d\r\n" % length
            + b"--Encrypted Boundary\r\n"
            b"\tContent-Type: application/octet-stream\r\n"
            + struct.pack("<i", len(sealed.header)) + sealed.header + sealed.data
            + b"--Encrypted Boundary--\r\n"
        )  # fmt: skip

    def _challenge(self, limits: Limits) -> Answer:
        self._context = None
        schemes = [("WWW-Authenticate", "Negotiate")]
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
                    return user
        return None

    def _negotiate(self, value: str, limits: Limits) -> Answer:
        if self._context is not None and self._context.complete:
            self._context = None
        try:
            token = base64.b64decode(value, validate=True)
            if not token:
                return self._challenge(limits)
            with _user_file(self._host):
                if self._context is None:
                    self._context = ntlm.acceptor(self._host)
                reply = self._context.step(token)
        except Exception:
            # Whatever a client's token does to the library, the client is not authenticated.
            return self._challenge(limits)
        fields = [("WWW-Authenticate", f"Negotiate {base64.b64encode(reply).decode()}")] if reply else []
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
