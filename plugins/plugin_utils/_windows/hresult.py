"""HRESULTs that MpCmdRun, Schannel and the services around them answer: what each is called and what it means.

The names and texts are Windows' own words in short (winerror.h, wininet.h, wincrypt.h), not a diagnosis: one code has
several causes, and Microsoft's own pages do not agree on them. Numbers of wininet.h count from 12000 (0x2EE0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Meaning:
    """A code. `known` is false for a code that is not in the table; its name is empty then."""

    code: int
    name: str
    text: str
    source: str
    known: bool = True


_WINERROR = "winerror.h"
_WININET = "wininet.h, winhttp.h"
_WINCRYPT = "winerror.h (CryptoAPI)"
_SCHANNEL = "winerror.h (Security Support Provider)"
_DEFENDER = "Microsoft's page on MpCmdRun"
_UPDATE = "Microsoft's page of Windows Update error codes"

_ROWS: Final[tuple[tuple[int, str, str, str], ...]] = (
    (0x00000000, "S_OK", "success", _WINERROR),
    (0x00000001, "S_FALSE", "success with the answer no", _WINERROR),
    (
        0x80004005,
        "E_FAIL",
        "unspecified failure; of MpCmdRun with code 450: network, such as name resolution",
        _DEFENDER,
    ),
    (0x80070002, "ERROR_FILE_NOT_FOUND", "the file was not found", _WINERROR),
    (0x80070003, "ERROR_PATH_NOT_FOUND", "the path was not found", _WINERROR),
    (0x80070005, "ERROR_ACCESS_DENIED", "access denied; of MpCmdRun: the caller is not elevated", _WINERROR),
    (0x80070006, "ERROR_INVALID_HANDLE", "invalid handle; of MpCmdRun: no connection to MAPS came about", _WINERROR),
    (0x8007000D, "ERROR_INVALID_DATA", "the data is invalid", _WINERROR),
    (0x80070035, "ERROR_BAD_NETPATH", "no server of that name answers", _WINERROR),
    (0x80070043, "ERROR_BAD_NET_NAME", "the server has no share with that name", _WINERROR),
    (0x80070057, "E_INVALIDARG", "the parameter is incorrect", _WINERROR),
    (0x8007007F, "ERROR_PROC_NOT_FOUND", "the procedure was not found", _WINERROR),
    (0x800700B7, "ERROR_ALREADY_EXISTS", "the file is already there", _WINERROR),
    (0x80070422, "ERROR_SERVICE_DISABLED", "the service is disabled", _WINERROR),
    (0x80070424, "ERROR_SERVICE_DOES_NOT_EXIST", "there is no such service", _WINERROR),
    (0x80070426, "ERROR_SERVICE_NOT_ACTIVE", "the service is not running", _WINERROR),
    (0x80070490, "ERROR_NOT_FOUND", "the element was not found", _WINERROR),
    (0x800704C7, "ERROR_CANCELLED", "the operation was cancelled", _WINERROR),
    (0x800704E8, "ERROR_REMOTE_SESSION_LIMIT_EXCEEDED", "no more connections to the remote computer", _WINERROR),
    (0x8007051A, "ERROR_REVISION_MISMATCH", "two revision levels do not fit", _WINERROR),
    (0x800705B4, "ERROR_TIMEOUT", "the time-out was reached before an answer came", _WINERROR),
    (0x80070652, "ERROR_INSTALL_ALREADY_RUNNING", "another installation is in progress", _WINERROR),
    (0x80070667, "ERROR_INVALID_COMMAND_LINE", "invalid argument; of MpCmdRun: Windows is too old for it", _WINERROR),
    (0x800106BA, "RPC_S_SERVER_UNAVAILABLE", "the Defender service is stopped or disabled", _DEFENDER),
    (0x8024001E, "WU_E_SERVICE_STOP", "Windows Update: its service was stopped or is shutting down", _UPDATE),
    (0x80240022, "WU_E_ALL_UPDATES_FAILED", "Windows Update: no update could be installed", _UPDATE),
    (
        0x8024002E,
        "WU_E_WU_DISABLED",
        "Windows Update: access to a server that does not manage it is forbidden",
        _UPDATE,
    ),
    (0x80240438, "WU_E_PT_ENDPOINT_UNREACHABLE", "Windows Update: no route to the server", _UPDATE),
    (0x8024401C, "WU_E_PT_HTTP_STATUS_REQUEST_TIMEOUT", "Windows Update: the server waited too long", _UPDATE),
    (0x80244022, "WU_E_PT_HTTP_STATUS_SERVICE_UNAVAIL", "Windows Update: the server is overloaded", _UPDATE),
    (0x8024402C, "WU_E_PT_WINHTTP_NAME_NOT_RESOLVED", "Windows Update: no name of proxy or server resolves", _UPDATE),
    (0x80508015, "", "Defender: no connection; a firewall blocks it, or TLS is inspected", _DEFENDER),
    (0x80508023, "ERR_MP_THREAT_NOT_FOUND", "Defender: the threat was not found or is gone", "published captures"),
    (0x80072EE2, "ERROR_INTERNET_TIMEOUT", "the request timed out", _WININET),
    (0x80072EE7, "ERROR_INTERNET_NAME_NOT_RESOLVED", "the server's name could not be resolved", _WININET),
    (0x80072EFD, "ERROR_INTERNET_CANNOT_CONNECT", "no connection to the server came about", _WININET),
    (0x80072EFE, "ERROR_INTERNET_CONNECTION_ABORTED", "the connection was aborted or reset", _WININET),
    (
        0x80072F05,
        "ERROR_INTERNET_SEC_CERT_DATE_INVALID",
        "the server's certificate has expired or is not yet valid",
        _WININET,
    ),
    (0x80072F06, "ERROR_INTERNET_SEC_CERT_CN_INVALID", "the server's certificate is for another name", _WININET),
    (0x80072F0C, "ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED", "the server wants a certificate of the client", _WININET),
    (
        0x80072F0D,
        "ERROR_INTERNET_INVALID_CA",
        "the certificate's issuer is not trusted; typical of TLS inspection",
        _WININET,
    ),
    (0x80072F78, "ERROR_HTTP_INVALID_SERVER_RESPONSE", "the server's answer could not be read", _WININET),
    (0x80072F7D, "ERROR_INTERNET_SECURITY_CHANNEL_ERROR", "the secure channel could not be set up", _WININET),
    (0x80072F8F, "ERROR_INTERNET_DECODING_FAILED", "a security failure: clock, revocation check or trust", _WININET),
    (0x80090308, "SEC_E_INVALID_TOKEN", "the token is invalid: the peer does not speak TLS as expected", _SCHANNEL),
    (0x80090322, "SEC_E_WRONG_PRINCIPAL", "the certificate is for another name", _SCHANNEL),
    (0x80090325, "SEC_E_UNTRUSTED_ROOT", "the certificate chain ends in a root that is not trusted", _SCHANNEL),
    (0x80090326, "SEC_E_ILLEGAL_MESSAGE", "a message was unexpected or badly formed", _SCHANNEL),
    (0x80090328, "SEC_E_CERT_EXPIRED", "the certificate has expired", _SCHANNEL),
    (0x80092004, "CRYPT_E_NOT_FOUND", "the object or property was not found", _WINCRYPT),
    (0x80092010, "CRYPT_E_REVOKED", "the certificate is revoked", _WINCRYPT),
    (
        0x80092012,
        "CRYPT_E_NO_REVOCATION_CHECK",
        "revocation cannot be checked: the certificate names no list",
        _WINCRYPT,
    ),
    (
        0x80092013,
        "CRYPT_E_REVOCATION_OFFLINE",
        "revocation cannot be checked: the list's server is out of reach",
        _WINCRYPT,
    ),
    (0x800B0101, "CERT_E_EXPIRED", "a certificate of the chain is not within its time", _WINCRYPT),
    (0x800B0109, "CERT_E_UNTRUSTEDROOT", "the chain ends in a root that is not trusted", _WINCRYPT),
)
TABLE: Final = {row[0]: Meaning(*row) for row in _ROWS}


def normalize(code: int | str) -> int:
    """An HRESULT as an unsigned 32-bit number: from `0x80072F8F`, `80072F8F`, -2147012721 or 2147954575.

    Text without `0x` is hexadecimal when it has eight digits, else decimal. Raises ValueError.
    """
    if isinstance(code, str):
        text = code.strip()
        if re.fullmatch(r"0[xX][0-9A-Fa-f]{1,8}", text) or re.fullmatch(r"[0-9A-Fa-f]{8}", text):
            number = int(text, 16)
        elif re.fullmatch(r"-?\d{1,10}", text):
            number = int(text)
        else:
            raise ValueError(f"{code!a} is no HRESULT: hexadecimal with up to eight digits, or decimal")
    else:
        number = code
    if not -(1 << 31) <= number < 1 << 32:
        raise ValueError(f"{code!a} does not fit into 32 bits")
    return number & 0xFFFFFFFF


def format_code(code: int) -> str:
    """The usual spelling, such as `0x80072F8F`."""
    return f"0x{normalize(code):08X}"


def explain(code: int | str) -> Meaning:
    """What a code means. An unknown one is said to be unknown, with its facility's own number where it wraps one."""
    number = normalize(code)
    if number in TABLE:
        return TABLE[number]
    text = "unknown code"
    if number >> 16 == 0x8007:
        text = f"Win32 error {number & 0xFFFF}, not in the table"
    return Meaning(number, "", text, "", known=False)
