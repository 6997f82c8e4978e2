"""What a connection to a WinRM service is to be like, from the settings of either client library.

Only what the collection's own transport can do becomes Settings. Anything else is a text that says what it is, and
the library's own transport is used.
"""

from __future__ import annotations

import functools
import math
import os
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from .optional_imports import krb5

NEGOTIATED = ("ntlm", "kerberos", "negotiate")
"""Methods with a security context, which can seal messages."""


@dataclass(frozen=True)
class Settings:
    """Of one connection."""

    endpoint: str
    method: str
    """`basic`, `certificate`, or one of NEGOTIATED."""
    username: str
    password: str
    seals: bool
    """Messages are sealed, not only protected by TLS."""
    schemes: tuple[str, ...]
    """What a service may call the method, in the order in which it is tried."""
    service: str
    """The first part of the service's name in Kerberos and NTLM."""
    read_timeout: float
    connect_timeout: float = math.inf
    named: str = ""
    """The host's name in Kerberos, where that is not the endpoint's."""
    delegates: bool = False
    """The Kerberos ticket may be used by the host."""
    binds_channel: bool = True
    """The logon names the certificate of the TLS connection."""
    verify: bool | str = True
    """Whether the certificate is checked; a text is the path of the trusted authorities."""
    certificate: tuple[str, str] | None = None
    """The paths of the client's certificate and its key."""
    key_password: str | None = None


def of_pywinrm(made: Any, acquires: bool = False) -> Settings | str:
    """Those of a winrm.transport.Transport. `acquires`: a Kerberos ticket is acquired with the password."""
    url = urllib.parse.urlsplit(made.endpoint)
    tls, always = url.scheme == "https", made.message_encryption == "always"
    shows = made.auth_method == "certificate" or (made.auth_method == "ssl" and (made.cert_pem or made.cert_key_pem))
    # `plaintext` is Basic over http, and `ssl` without a certificate is Basic over https.
    basic = made.auth_method in ("basic", "plaintext", "ssl") and not shows
    method = "basic" if basic else "certificate" if shows else made.auth_method
    if made.auth_method == "kerberos" and not acquires:
        return "kerberos authentication with a ticket from a cache"
    reason = _beyond(method, url, tls, always, made.username, made.password)
    if reason or proxied(made.proxy, url.scheme, url.hostname or ""):
        return reason or "a proxy"
    verify: bool | str = made.server_cert_validation == "validate"
    if verify and made.ca_trust_path is not None:
        verify = _authorities() if made.ca_trust_path == "legacy_requests" else made.ca_trust_path
    return Settings(
        endpoint=made.endpoint,
        method=method,
        username=made.username or "",
        password=made.password or "",
        seals=method in NEGOTIATED and (always or (not tls and made.message_encryption == "auto")),
        schemes=("Negotiate", "NTLM") if method == "ntlm" else ("Negotiate",),
        service="http" if method == "ntlm" else made.service,
        read_timeout=made.read_timeout_sec,
        named=(made.kerberos_hostname_override or "") if method == "kerberos" else "",
        delegates=made.kerberos_delegation,
        binds_channel=made.send_cbt,
        verify=verify,
        certificate=(made.cert_pem, made.cert_key_pem) if shows else None,
    )


def of_pypsrp(made: Any) -> Settings | str:
    """Those of the transport of a pypsrp.wsman.WSMan."""
    url = urllib.parse.urlsplit(made.endpoint)
    certificate = (made.certificate_pem, made.certificate_key_pem)
    if made.auth == "certificate" and not all(certificate):
        return "a certificate that is not named"
    reason = _beyond(made.auth, url, made.ssl, False, made.username, made.password)
    proxy = "legacy_requests" if made.proxy is None and not made.no_proxy else made.proxy
    if reason or proxied(proxy, url.scheme, url.hostname or ""):
        return reason or "a proxy"
    accepted = {"ntlm": ("Negotiate", "NTLM"), "kerberos": ("Negotiate", "Kerberos")}
    given = {name: getattr(made, f"negotiate_{name}", None) for name in ("send_cbt", "service", "delegate")}
    return Settings(
        endpoint=made.endpoint,
        method=made.auth,
        username=made.username or "",
        password=made.password or "",
        seals=made.wrap_required,
        schemes=accepted.get(made.auth, ("Negotiate", "Kerberos", "NTLM")),
        service="host" if given["service"] is None else given["service"],
        read_timeout=made.read_timeout,
        connect_timeout=made.connection_timeout,
        named=getattr(made, "negotiate_hostname_override", None) or "",
        delegates=bool(given["delegate"]),
        binds_channel=given["send_cbt"] is None or bool(given["send_cbt"]),
        verify=_authorities() if made.cert_validation is True else made.cert_validation,
        certificate=certificate if made.auth == "certificate" else None,
        key_password=getattr(made, "certificate_key_password", None),
    )


def _beyond(method: str, url: Any, tls: bool, always: bool, username: Any, password: Any) -> str:
    """What of this the lean transport cannot do, or leaves to the library because it refuses it with its own words."""
    if method not in ("basic", "certificate", *NEGOTIATED):
        return f"{method} authentication"
    if always and method not in NEGOTIATED:
        return "message_encryption: always"
    if method == "certificate":
        return "" if tls else "a certificate without TLS"
    if method in NEGOTIATED and not (username and password):
        return "credentials from a cache"
    if username is None or password is None:
        return "no user or no password"
    if method == "kerberos" and not can_acquire():
        return "kerberos authentication without the Python packages gssapi and krb5"
    if not (url.hostname or "").isascii():
        return "a name that is not ASCII"
    return ""


def can_acquire() -> bool:
    """Whether there are the libraries with which a Kerberos ticket is acquired."""
    return krb5 is not None


def _authorities() -> bool | str:
    """What the environment names, as for requests; otherwise those that come with it."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def proxied(proxy: str | None, scheme: str, hostname: str) -> bool:
    """Whether a host is reached through a proxy, by pywinrm's setting: None is none, `legacy_requests` the one that the
    environment names."""
    if proxy != "legacy_requests":
        return proxy is not None
    known = _proxies_known(*map(os.environ.get, _PROXY_VARIABLES))
    return bool(known.get(scheme) or known.get("all")) and not urllib.request.proxy_bypass(hostname)


_PROXY_VARIABLES = (
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "REQUEST_METHOD",
)


@functools.lru_cache(maxsize=8)
def _proxies_known(*_variables: str | None) -> dict[str, str]:
    """What the standard library finds: it looks at every variable of the environment, and so for every host."""
    return urllib.request.getproxies()
