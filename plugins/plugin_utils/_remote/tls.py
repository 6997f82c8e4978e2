"""TLS for the lean transport, as requests and urllib3 make it: what they accept is accepted here, and nothing else.

A context costs more than a host, because it loads the authorities; so connections with the same settings share one.
"""

from __future__ import annotations

import functools
import hashlib
import ssl
import threading
import types
from typing import Any

from .optional_imports import HTTPAdapter, create_urllib3_context, spnego
from .wire import Wire

_making = threading.Lock()
"""So that the threads of a sweep do not make the same one."""
_OLD = ("md5", "sha1")
"""Hashes of a certificate's signature in whose place a channel binding has SHA-256 (RFC 5929, 4.1)."""


def wrapped(
    sock: Any,
    wire: Wire,
    hostname: str,
    verify: bool | str,
    certificate: tuple[str, str] | None,
    key_password: str | None,
) -> Any:
    """The socket with TLS, whose handshake is over. Raises OSError, ssl.SSLError among it, and TooLate."""
    try:
        with _making:
            context = _context(verify, certificate, key_password)
        # As urllib3 does it: a dot at the end and the zone of an address are in no certificate.
        return context.wrap_socket(sock, server_hostname=hostname.rstrip(".").partition("%")[0])
    except TimeoutError:
        raise wire.late() from None
    except BaseException:
        sock.close()
        raise


@functools.lru_cache(maxsize=64)
def _context(verify: bool | str, certificate: tuple[str, str] | None, key_password: str | None) -> ssl.SSLContext:
    chosen: Any = types.SimpleNamespace(ca_certs=None, ca_cert_dir=None, cert_file=None, key_file=None)
    HTTPAdapter().cert_verify(chosen, "https://", verify, certificate)  # says which files are missing
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if chosen.cert_reqs == "CERT_REQUIRED" else 0)
    if chosen.ca_certs or chosen.ca_cert_dir:
        context.load_verify_locations(chosen.ca_certs, chosen.ca_cert_dir)
    if chosen.cert_file:
        context.load_cert_chain(chosen.cert_file, chosen.key_file, _no_prompt if key_password is None else key_password)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _no_prompt() -> str:
    """OpenSSL asks at the terminal otherwise."""
    raise OSError("Client private key is encrypted, password is required")  # urllib3's words


def channel_bindings(sock: ssl.SSLSocket) -> Any:
    """What a logon says of the connection that it belongs to: the hash of the server's certificate (RFC 5929, 4)."""
    from cryptography import x509  # noqa: PLC0415 - only where TLS is used
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415

    der = sock.getpeercert(binary_form=True) or b""
    try:
        algorithm = x509.load_der_x509_certificate(der).signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    name = "sha256" if algorithm is None or algorithm.name in _OLD else algorithm.name
    hashed = hashlib.new(name.replace("sha3-", "sha3_"), der).digest()
    return spnego.channel_bindings.GssChannelBindings(application_data=b"tls-server-end-point:" + hashed)
