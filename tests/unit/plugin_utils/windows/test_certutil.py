"""certutil -verify: the verdict comes from names and codes of the body and never from its last line."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import certutil
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import arguments, runs

DONE = "CertUtil: -verify command completed successfully.\r\n"
LEAF = "CertContext[0][0]: dwInfoStatus=102 dwErrorStatus="


def body(*statuses: tuple[str, int], text: str = "", last: str = DONE) -> bytes:
    lines = [f"ChainContext.dwErrorStatus = {name} ({number:#x})" for name, number in statuses]
    lines += [f"{LEAF}{sum(number for _unused, number in statuses):x}", "  Issuer: CN=EXAMPLE EC CA, C=DE", text, last]
    return "\r\n".join(lines).encode()


UNKNOWN = ("CERT_TRUST_REVOCATION_STATUS_UNKNOWN", 0x40)
OFFLINE = ("CERT_TRUST_IS_OFFLINE_REVOCATION", 0x1000000)


def test_command() -> None:
    words = arguments(runs(certutil.verify("C:\\a b\\c.cer").text)[0].text)
    assert words == ["certutil", "-verify", "-urlfetch", "C:\\a b\\c.cer"]


@pytest.mark.parametrize(
    ("output", "verdict", "codes"),
    [
        (body(text="Leaf certificate revocation check passed"), "good", ()),
        (body(UNKNOWN, OFFLINE), "offline", ()),
        (body(UNKNOWN, OFFLINE, ("CERT_TRUST_IS_PARTIAL_CHAIN", 0x10000)), "untrusted", ()),
        (body(UNKNOWN), "no_check", ()),
        (body(text="0x80092013 (-2146885613 CRYPT_E_REVOCATION_OFFLINE)"), "offline", (0x80092013,)),
        (body(text="0x80092012 (-2146885614 CRYPT_E_NO_REVOCATION_CHECK)"), "no_check", (0x80092012,)),
        (body(text="0x80092010 (-2146885616 CRYPT_E_REVOKED)"), "revoked", (0x80092010,)),
        (body(("CERT_TRUST_IS_NOT_TIME_VALID", 1)), "unknown", ()),
        (body(("CERT_TRUST_IS_UNTRUSTED_ROOT", 0x20)), "untrusted", ()),
        (b"------------------------------------\r\n" + DONE.encode(), "unknown", ()),
        (b"", "unknown", ()),
    ],
)
def test_trap_21_success_in_the_last_line_says_nothing(output: bytes, verdict: str, codes: tuple[int, ...]) -> None:
    seen = certutil.parse_verify(output)
    assert (seen.verdict, seen.codes) == (verdict, codes)


def test_the_code_of_a_single_fetch_is_kept() -> None:
    output = body(
        UNKNOWN, OFFLINE,
        text='Fehler "CDP" Time: 0\r\n  Fehler 0x80072ee7 (WIN32: 12007)\r\n  http://a.example/0x8007.crl',
        last="CertUtil: -verify-Befehl wurde erfolgreich ausgeführt.",
    )  # fmt: skip
    seen = certutil.parse_verify(output)
    assert (seen.verdict, seen.codes) == ("offline", (0x80072EE7,))
    assert seen.errors == (UNKNOWN[0], OFFLINE[0])


def test_a_certificate_that_could_not_be_read_is_unknown() -> None:
    output = b"CertUtil: -verify command FAILED: 0x80092004 (-2146885628 CRYPT_E_NOT_FOUND)\r\n"
    assert certutil.parse_verify(output).verdict == "unknown"


def test_the_command_that_brings_the_lists() -> None:
    words = arguments(runs(certutil.sync_with_windows_update("C:\\a b").text)[0].text)
    assert words == ["certutil", "-syncWithWU", "C:\\a b"]


@pytest.mark.parametrize(
    ("exit_code", "output", "code"),
    [
        (-2147012867, b"", 0x80072EFD),
        (0x80072EFD, b"", 0x80072EFD),
        (-2147012867, b"0x80072ee7", 0x80072EFD),
        (1, b"x 0x80072efd (INet: 12029)\r\nCertUtil: -syncWithWU command FAILED: 0x800700b7 (WIN32)", 0x800700B7),
        (1, b"nothing", None),
        (None, b"", None),
        (0, b"", None),
    ],
)
def test_the_code_of_a_failure(exit_code: int | None, output: bytes, code: int | None) -> None:
    assert certutil.failure(exit_code, output) == code


def test_until_when_the_lists_are_valid() -> None:
    """Expert M10, as captured: a host whose lists are blocked passes until then."""
    text = (
        "    CRL 04:  \r\n    ThisUpdate: 9/9/2022 8:56 AM  \r\n    NextUpdate: 9/9/2023 9:16 PM  \r\n    CRL: 72\r\n"
    )
    assert certutil.parse_verify(body(text=text)).next_updates == ("9/9/2023 9:16 PM",)
    assert certutil.parse_verify(body(text="    NextUpdate:\r\n")).next_updates == ()
    assert certutil.parse_verify(body()).next_updates == ()
