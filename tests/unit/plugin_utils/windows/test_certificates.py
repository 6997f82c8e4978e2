"""What certificates name, made by a library of its own and by winsim."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.certificates import Named
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry, Url
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LIST = "http://www.microsoft.com/pkiops/crl/Microsoft%20TLS%20G2%20RSA%20CA%20OCSP%2002.crl"
KEY = ec.generate_private_key(ec.SECP256R1())
OID = x509.AuthorityInformationAccessOID


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(*extensions: x509.ExtensionType, issuer: str = "issuer") -> str:
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(
        name(issuer), name("server"), KEY.public_key(), 7, begin, begin.replace(year=2027)
    )
    for one in extensions:
        builder = builder.add_extension(one, critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def points(*urls: str) -> x509.CRLDistributionPoints:
    full = [x509.UniformResourceIdentifier(url) for url in urls]
    return x509.CRLDistributionPoints([x509.DistributionPoint(full, None, None, None)])


def access(*rows: tuple[x509.ObjectIdentifier, str]) -> x509.AuthorityInformationAccess:
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in rows]
    )


def test_lists_responders_and_issuers_each_once() -> None:
    both = (
        points("ldap:///CN=a", LIST),
        access((OID.OCSP, "http://o.example/ocsp"), (OID.CA_ISSUERS, "http://i.example/a.crt")),
    )
    found = Named.by([certificate(*both), certificate(*both, issuer="another")])
    assert found == Named((LIST,), ("http://o.example/ocsp",), ("http://i.example/a.crt",))


@pytest.mark.parametrize(
    "pem",
    ["", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\u8a3c", certificate()],
)
def test_what_cannot_be_read_or_names_nothing_is_nothing(pem: str) -> None:
    assert Named.by([pem]) == Named()


def test_a_root_names_nothing_that_is_asked_for() -> None:
    assert Named.by([certificate(points(LIST), issuer="server")]) == Named()


def test_a_list_whose_address_has_signs_for_characters_can_be_carried() -> None:
    assert Url(LIST) == f'"{LIST}"'


@pytest.mark.parametrize(
    "url", ["http://a.example/%PATH%", "http://a.example/%2", "http://a.example/&x", 'http://a.example/"', "ftp://a/b",
            "http://a.example/!x", "http://a.example/a b", "http://a.example/%20\n"],
)  # fmt: skip
def test_no_other_address_can(url: str) -> None:
    with pytest.raises(CannotCarry):
        Url(url)
