"""certutil -verify -urlfetch FILE: builds the chain, fetches the list, and ends with success whatever it saw.

The shape, the English names in every language, and that last line: captures (likely). Only the leaf's own list is
fetched here, as the caller, over the CryptoAPI's route (KB 2623724: sure).
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from .. import routing
from ..machine import certificates
from ..machine.access import may_read
from ..machine.certificates import Certificate, NoCertificate
from ..machine.files import FileError, FileSystem
from ..machine.network import Path
from ..routing import Condition
from .certutil_codes import win32
from .process import Process

CERTUTIL = r"C:\Windows\System32\certutil.exe"
STATUS_UNKNOWN = ("CERT_TRUST_REVOCATION_STATUS_UNKNOWN", 0x40)
OFFLINE = ("CERT_TRUST_IS_OFFLINE_REVOCATION", 0x1000000)
UNTRUSTED = ("CERT_TRUST_IS_UNTRUSTED_ROOT", 0x20)
FETCH_ERRORS = {
    Condition.NAME_RESOLUTION: (0x80072EE7, "The server name or address could not be resolved", "WinHttp: 12007"),
    Condition.PERIMETER_DROP: (0x80072EE2, "The operation timed out", "WinHttp: 12002"),
    Condition.PERIMETER_CUT: (0x80072EFE, "The connection with the server was terminated abnormally", "WinHttp: 12030"),
    Condition.PERIMETER_REFUSE: (0x80072EFD, "A connection with the server could not be established", "WinHttp: 12029"),
    Condition.PROXY_PASSWORD: (
        0x80190197,
        "Proxy authentication required (407).",
        "-2145844841 HTTP_E_STATUS_PROXY_AUTH_REQ",
    ),
}
FORBIDDEN = (0x80190193, "Forbidden (403).", "-2145844845 HTTP_E_STATUS_FORBIDDEN")
"""Codes of winhttp.h (sure); the first text stands in a capture, the others are recalled."""
_LINE = "  ----------------  {}  ----------------\r\n"


def asked(words: list[str]) -> bool:
    """Whether a command line is one of this file."""
    options = sorted(word.lower().replace("/", "-", 1) for word in words[:-1])
    return options == ["-urlfetch", "-verify"] and not words[-1].startswith(("-", "/"))


def run(process: Process, name: str) -> int:
    """Verifies the certificate in a file; the exit code is 0 unless the file holds none."""
    path = FileSystem.normal(name, process.directory)
    try:
        content = process.machine.files.read(path)
        if not may_read(process.machine.files, process.token, path):
            raise FileError(5, path)
        certificate = certificates.read(content)
    except FileError as error:
        return _failed(process, -2147024896 | error.code, win32(error.code), f"error_{error.code}")
    except NoCertificate:
        # CRYPT_E_ASN1_BADTAG (recalled)
        return _failed(process, -2146881269, "0x8009310b (ASN: 267 CRYPT_E_ASN1_BADTAG)", "invalid_parameter")
    _verify(process, certificate)
    process.write(process.message("certutil.done", verb="-verify"))
    return 0


def _failed(process: Process, code: int, shown: str, key: str) -> int:
    process.write(process.message("certutil.failed", verb="-verify", code=shown) + process.message(f"certutil.{key}"))
    return code


def _verify(process: Process, certificate: Certificate) -> None:
    way, stopped = _fetch(process, certificate.crl) if certificate.crl else (routing.Way("", "none"), None)
    known_root = ("O", "Microsoft Corporation") in certificate.issuer or any(
        path.inspects_tls and path.inspection_root_trusted for path in _paths(process)
    )
    errors = [] if known_root else [UNTRUSTED]
    if not certificate.crl:
        errors.append(STATUS_UNKNOWN)
    elif stopped:
        errors += [STATUS_UNKNOWN, OFFLINE]
    process.write(_names("Issuer", certificate.issuer) + _names("Subject", certificate.subject))
    process.write("Cert Serial Number: 40\r\n\r\n")
    process.write(
        "dwFlags = CA_VERIFY_FLAGS_CONSOLE_TRACE (0x20000000)\r\ndwFlags = CA_VERIFY_FLAGS_DUMP_CHAIN (0x40000000)\r\n"
        "ChainFlags = CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT (0x40000000)\r\nHCCE_LOCAL_MACHINE\r\n"
        "CERT_CHAIN_POLICY_BASE\r\n-------- CERT_CHAIN_CONTEXT --------\r\n"
        "ChainContext.dwInfoStatus = CERT_TRUST_HAS_PREFERRED_ISSUER (0x100)\r\n"
        + _statuses("ChainContext", errors)
        + _statuses("SimpleChain", errors)
    )
    process.write(
        f"\r\nCertContext[0][0]: dwInfoStatus=102 dwErrorStatus={sum(bit for _unused, bit in errors):x}\r\n"
        f"  Issuer: {certificates.text(tuple(reversed(certificate.issuer)))}\r\n"
        f"  Subject: {certificates.text(tuple(reversed(certificate.subject)))}\r\n" + _statuses("  Element", errors)
    )
    process.write(_LINE.format("Certificate AIA") + '  No URLs "None" Time: 0 (null)\r\n')
    process.write(_LINE.format("Certificate CDP") + _list(process, certificate.crl, way, stopped))
    process.write(_LINE.format("Certificate OCSP") + '  No URLs "None" Time: 0 (null)\r\n')
    if certificate.crl and not stopped:
        # Shape of the dates: a capture in English; in other languages the label is translated (guess), so left out.
        process.write("  --------------------------------\r\n    CRL 04:\r\n" + _dates(process))
    process.write("  --------------------------------\r\n\r\n------------------------------------\r\n")
    if not certificate.crl:
        process.write(process.message("certutil.no_check"))
    else:
        process.write(process.message("certutil.offline" if stopped else "certutil.passed"))


def _paths(process: Process) -> list[Path]:
    network = process.machine.network
    return [network.direct, *network.proxies.values()]


def _fetch(process: Process, url: str) -> tuple[routing.Way, Condition | None]:
    address = urlsplit(url)
    to = routing.Target(address.hostname or "", address.port or 80)
    return routing.route(process.machine, routing.Route.CRYPTOAPI, process.token, to, program=CERTUTIL)


def _list(process: Process, url: str, way: routing.Way, stopped: Condition | None) -> str:
    if not url:
        return '  No URLs "None" Time: 0 (null)\r\n'
    if stopped is None:
        return f'  Verified "Base CRL (04)" Time: 0 72031475f7b9257a6052ced3e22368269fc35ad3\r\n    [0.0] {url}\r\n\r\n'
    code, text, name = FETCH_ERRORS.get(stopped, FETCH_ERRORS[Condition.PERIMETER_REFUSE])
    if stopped is Condition.PERIMETER_REFUSE and way.proxy:
        code, text, name = FORBIDDEN
    return '  Failed "CDP" Time: 0 (null)\r\n' + process.message(
        "certutil.retrieving", text=text, code=code, name=name, url=url
    )


def _dates(process: Process) -> str:
    if process.machine.locale.language != "en":
        return ""
    begin = process.machine.now().replace(hour=8, minute=56)
    rows = (("ThisUpdate", begin), ("NextUpdate", begin + dt.timedelta(days=7)))
    return "".join(
        f"    {label}: {at.month}/{at.day}/{at.year} {(at.hour + 11) % 12 + 1}:{at:%M} {at:%p}\r\n"
        for label, at in rows
    )


def _names(label: str, name: certificates.Name) -> str:
    return f"{label}:\r\n" + "".join(f"    {key}={value}\r\n" for key, value in reversed(name))


def _statuses(whose: str, errors: list[tuple[str, int]]) -> str:
    return "".join(f"{whose}.dwErrorStatus = {name} ({bit:#x})\r\n" for name, bit in errors)
