"""What the certificate of a listener says, where the controller does not accept it: Python's ssl tells only that.

It is fetched over a connection of its own, which checks nothing and sends nothing: for a message, never for trust.
"""

from __future__ import annotations

import datetime as dt
import ssl

SECONDS = 5.0
"""For the connection: the host has just answered."""
MAX_NAMES = 5
"""Names that are shown; a certificate may have hundreds."""
MAX_NAME = 80
"""Characters of a name."""


def described(address: str, port: int) -> str:
    """For which names the certificate is, who issued it and when it is valid; empty where that cannot be found out."""
    try:
        from cryptography import x509  # noqa: PLC0415 - only where it is needed, and there
        from cryptography.x509.oid import NameOID  # noqa: PLC0415

        pem = ssl.get_server_certificate((address, port), timeout=SECONDS)
        certificate = x509.load_pem_x509_certificate(pem.encode())
        try:
            alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names = [str(one.value) for one in alternative if isinstance(one, (x509.DNSName, x509.IPAddress))]
        except x509.ExtensionNotFound:
            names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        issuer = certificate.issuer.rfc4514_string()
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except Exception:  # whatever a host sends: the failure that is explained is another one
        return ""
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    shown = ", ".join(name[:MAX_NAME] for name in names[:MAX_NAMES]) or "no name"
    return (
        f"Its certificate is for {shown}{more}, issued by {issuer[:MAX_NAME]!r}, valid from {_day(begins)} to "
        f"{_day(ends)}"
    )


def _day(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")
