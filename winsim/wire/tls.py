"""HTTPS: what a listener shows, whom it trusts, and what binds a log-on to its connection."""

from __future__ import annotations

import pathlib
import ssl
from dataclasses import dataclass

from cryptography import x509
from spnego.channel_bindings import GssChannelBindings

USER_PRINCIPAL_NAME = "1.3.6.1.4.1.311.20.2.3"
"""The type of the other name that holds it (szOID_NT_PRINCIPAL_NAME of wincrypt.h; recalled)."""
MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""What a client says that logs on with its certificate ([MS-WSMV] 2.2.4.34)."""


@dataclass(frozen=True)
class Listener:
    """An HTTPS listener: a file with its certificate and key, and one with the authority of its clients."""

    certificate: pathlib.Path
    clients: pathlib.Path

    def context(self, version: str) -> ssl.SSLContext:
        """For a host of this version of Windows. TLS 1.3 came with Windows Server 2022 and Windows 11
        (curl/curl#8419: likely). A client may show a certificate or none; one of an unknown authority
        ends the handshake (guess: Windows may let WinRM refuse it)."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.certificate)
        made.load_verify_locations(self.clients)
        made.verify_mode = ssl.CERT_OPTIONAL
        if int(version.rpartition(".")[2]) < 20348:
            made.maximum_version = ssl.TLSVersion.TLSv1_2
        return made

    def bindings(self) -> GssChannelBindings:
        """The channel binding token of its connections, tls-server-end-point: the digest of the certificate by the
        hash of its signature (RFC 5929, 4.1, where that is neither MD5 nor SHA-1)."""
        certificate = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        hashed = certificate.signature_hash_algorithm
        if hashed is None:
            raise ValueError(f"{self.certificate}: no hash belongs to this signature, so nothing can be bound to it")
        return GssChannelBindings(application_data=b"tls-server-end-point:" + certificate.fingerprint(hashed))


def principal(certificate: bytes) -> str | None:
    """The user principal name in a client's certificate (DER), or None."""
    try:
        names = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except (x509.ExtensionNotFound, ValueError):
        return None
    for name in names.value.get_values_for_type(x509.OtherName):
        if name.type_id.dotted_string == USER_PRINCIPAL_NAME:
            return name.value[2:].decode("utf-8", "replace")
    return None
