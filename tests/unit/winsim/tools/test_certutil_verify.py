"""winsim's certutil -verify -urlfetch, and the certificates that it reads."""

from __future__ import annotations

import pathlib
import ssl

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, build
from ansible_collections.windefend.maps.winsim.machine.certificates import Certificate, NoCertificate, read, text
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.tools import certutil

MICROSOFT = (("C", "US"), ("O", "Microsoft Corporation"), ("CN", "Microsoft Secure Server CA 2011"))
LIST = "http://crl.microsoft.com/pki/crl/products/a.crl"
PLAIN = Certificate((("CN", "wdcp.microsoft.com"),), MICROSOFT, LIST)
INSPECTED = Certificate((("CN", "wdcp.microsoft.com"),), (("O", "Contoso"), ("CN", "Inspection")))
_LONG = {"C": "countryName", "O": "organizationName", "CN": "commonName"}
PATH = r"C:\Windows\Temp\a b.cer"


def verify(certificate: bytes, on: Machine | None = None, options: str = "-verify -urlfetch") -> tuple[int, str]:
    on = on or build("PC", seed=3)
    on.files.write(PATH, certificate)
    prompt = Prompt(certutil.run, on)
    code, out = prompt.run(f'{options} "{PATH}"')
    assert prompt.unknown == []
    return code, out


@pytest.mark.parametrize("one", [PLAIN, INSPECTED], ids=["named", "inspected"])
def test_others_read_the_certificate_too(one: Certificate, tmp_path: pathlib.Path) -> None:
    """OpenSSL, by way of Python's ssl, judges the DER."""
    path = tmp_path / "one.pem"
    path.write_text(one.pem)
    seen = ssl._ssl._test_decode_cert(str(path))  # type: ignore[attr-defined]
    assert seen["subject"] == tuple(((_LONG[key], value),) for key, value in one.subject)
    assert seen["issuer"] == tuple(((_LONG[key], value),) for key, value in one.issuer)
    assert seen.get("crlDistributionPoints", ()) == ((one.crl,) if one.crl else ())
    assert seen["notBefore"] == "Jan  1 00:00:00 2026 GMT"
    assert read(one.der) == one
    assert read(one.pem.encode()) == one


@pytest.mark.parametrize("data", [b"", b"x", b"\x30\x03\x02\x01", PLAIN.der[:100], b"-----BEGIN CERTIFICATE-----"])
def test_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(NoCertificate):
        read(data)


def test_names() -> None:
    assert text(MICROSOFT) == "C=US, O=Microsoft Corporation, CN=Microsoft Secure Server CA 2011"


@pytest.mark.parametrize("options", ["-verify -urlfetch", "-urlfetch -verify", "/verify -URLFETCH"])
def test_a_list_that_comes(options: str) -> None:
    code, out = verify(PLAIN.pem.encode(), options=options)
    assert code == 0
    assert "dwInfoStatus=102 dwErrorStatus=0\r\n" in out
    assert 'Verified "Base CRL' in out
    assert "dwErrorStatus = " not in out
    assert out.endswith(
        "Leaf certificate revocation check passed\r\nCertUtil: -verify command completed successfully.\r\n"
    )


def test_trap_21_a_list_out_of_reach_ends_with_success() -> None:
    on = build("PC", seed=3)
    on.network.direct.blocked["*:80"] = Barrier.DROP
    code, out = verify(PLAIN.der, on)
    assert code == 0
    assert "ChainContext.dwErrorStatus = CERT_TRUST_IS_OFFLINE_REVOCATION (0x1000000)" in out
    assert "dwErrorStatus=1000040\r\n" in out
    assert f"The operation timed out 0x80072ee2 (WinHttp: 12002)\r\n    {LIST}" in out
    assert "0x80092013 (-2146885613 CRYPT_E_REVOCATION_OFFLINE)" in out
    assert out.endswith("CertUtil: -verify command completed successfully.\r\n")


def test_a_certificate_that_names_no_list() -> None:
    on = build("PC", seed=3)
    on.network.direct.inspects_tls = True
    code, out = verify(INSPECTED.pem.encode(), on)
    assert (code, "0x80092012" in out, "OFFLINE" in out, "UNTRUSTED" in out) == (0, True, False, False)
    on.network.direct.inspection_root_trusted = False
    assert "CERT_TRUST_IS_UNTRUSTED_ROOT (0x20)" in verify(INSPECTED.pem.encode(), on)[1]


def test_names_and_codes_stay_english_in_japanese() -> None:
    on = build("PC", locale=LOCALES["ja"], seed=3)
    on.network.direct.blocked["*:80"] = Barrier.DROP
    out = verify(PLAIN.der, on)[1]
    assert "CERT_TRUST_IS_OFFLINE_REVOCATION (0x1000000)" in out
    assert out.endswith("CertUtil: -verify コマンドは正常に完了しました。\r\n")


def test_failures() -> None:
    prompt = Prompt(certutil.run, build("PC", seed=3))
    assert prompt.run(r"-verify -urlfetch C:\none.cer")[0] == -2147024894
    prompt.machine.files.write(PATH, b"no certificate")
    code, out = prompt.run(f'-verify -urlfetch "{PATH}"')
    assert (code, "0x8009310b" in out) == (-2146881269, True)
    prompt.machine.files.write(PATH, PLAIN.der).access = {"S-1-5-32-544": "F"}
    prompt.token = USER
    assert prompt.run(f'-verify -urlfetch "{PATH}"')[0] == -2147024891
    assert prompt.unknown == []
    prompt.run(f'-verify "{PATH}"')
    assert prompt.unknown
