"""X.509 certificates as curl prints them: the addresses that they name for revocation and for their issuers.

Read by `cryptography`, which the connection needs anyway. Extensions: RFC 5280, 4.2.1.13 and 4.2.2.1 (sure). Only
addresses with `http:` count: Windows fetches others too (ldap:), which a probe cannot ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True)
class Named:
    """Addresses that the certificates of a chain name, each once, in the order of the certificates."""

    lists: tuple[str, ...] = ()
    """Revocation lists (CRL)."""
    responders: tuple[str, ...] = ()
    """OCSP."""
    issuers: tuple[str, ...] = ()
    """Certificates of issuers."""

    @classmethod
    def by(cls, pems: Iterable[str]) -> Named:
        """What certificates in PEM name. One that cannot be read, or that signs itself, names nothing that is asked."""
        found: list[tuple[str, str]] = [one for pem in pems for one in _named(pem)]
        kinds = ("list", "responder", "issuer")
        return cls(*(tuple(dict.fromkeys(url for kind, url in found if kind == wanted)) for wanted in kinds))


def _named(pem: str) -> Iterator[tuple[str, str]]:
    from cryptography import x509  # noqa: PLC0415 - takes time to load, and most tasks see no certificate
    from cryptography.x509.oid import AuthorityInformationAccessOID  # noqa: PLC0415

    try:
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii"))
        if certificate.subject == certificate.issuer:
            return
        extensions = [one.value for one in certificate.extensions]
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return
    for value in extensions:
        if isinstance(value, x509.CRLDistributionPoints):
            for point in value:
                yield from (("list", url) for name in point.full_name or () for url in _http(name))
        elif isinstance(value, x509.AuthorityInformationAccess):
            for access in value:
                responds = access.access_method == AuthorityInformationAccessOID.OCSP
                yield from (("responder" if responds else "issuer", url) for url in _http(access.access_location))


def _http(name: x509.GeneralName) -> Iterator[str]:
    if isinstance(name.value, str) and name.value.lower().startswith("http://"):
        yield name.value
