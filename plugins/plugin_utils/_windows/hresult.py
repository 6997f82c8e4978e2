"""HRESULTs that MpCmdRun, Schannel and the services around them answer: what each is called and what it means.

The names and texts are Windows' own words in short (winerror.h, wininet.h, wincrypt.h), not a diagnosis: one code has
several causes, and Microsoft's own pages do not agree on them. Numbers of wininet.h count from 12000 (0x2EE0).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .hresult_families import named


@dataclass(frozen=True)
class Meaning:
    """A code. `known` is false for a code that is in no table; its name is empty then."""

    code: int
    name: str
    text: str
    source: str
    known: bool = True
    likely: tuple[int, ...] = ()
    """Codes that may be meant by a code that is not known, the most likely first."""


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
    (0x80070667, "ERROR_INVALID_COMMAND_LINE", "invalid argument; of MpCmdRun: too old for this switch", _WINERROR),
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
"""The codes that a failed connection, validation or update is known to give."""


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
    """What a code means. An unknown one is said to be unknown, with its facility's own number where it wraps one, and
    with the codes that may be meant. A bare number of a Win32 error is explained as that error. Raises ValueError."""
    try:
        number = normalize(code)
    except ValueError as error:
        meant = _meant(_digits(str(code)))
        raise ValueError(f"{error}{_question(meant)}") from None
    known = _known(number) or (_known(0x80070000 | number) if number < _WIN32_END else None)
    if known:
        return Meaning(number, known.name, known.text, known.source)
    text = "unknown code"
    if number >> 16 == 0x8007 and not _no_code(number):
        return Meaning(number, "", f"Win32 error {number & 0xFFFF}, not in the table", "", known=False)
    meant = _meant(f"{number:08X}") or _meant_decimal(number)
    return Meaning(number, "", text + _question(meant), "", known=False, likely=meant)


_WIN32_END: Final = 16_000
"""Above it winerror.h has no Win32 errors (the header: sure)."""
_COMPLETE: Final = (
    *((0x80072EE0, 0x800732C7), (0x80073E80, 0x8007FFFF), (0x80090300, 0x800903FF), (0x80091000, 0x800932FF)),
    *((0x80096000, 0x800960FF), (0x800B0000, 0x800B01FF), (0x80240000, 0x8024FFFF)),
)
"""First and last code of the ranges of which the tables hold all, by the headers: what they do not hold is no code."""
_MOST: Final = 3
"""So many suggestions still help."""


@functools.cache
def _known(number: int) -> Meaning | None:
    if number in TABLE:
        return TABLE[number]
    name, text, source = named().get(number, ("", "", ""))
    return Meaning(number, name, text, source) if name else None


def _no_code(number: int) -> bool:
    """Whether the headers leave no room for a code of this number."""
    return any(first <= number <= last for first, last in _COMPLETE)


def _question(meant: tuple[int, ...]) -> str:
    said = " or ".join(f"{format_code(one)} ({(_known(one) or TABLE[one]).text})" for one in meant)
    return f"; did you mean {said}?" if said else ""


_LOOK_ALIKE: Final = str.maketrans("OoIlSsZz", "00115522")
"""Letters that are no hexadecimal digits, and the digits that they look like."""


def _digits(text: str) -> str:
    """The hexadecimal digits that somebody may have meant; empty: none."""
    found = re.sub(r"[\s:_.,-]", "", text.strip()[:40]).translate(_LOOK_ALIKE).upper()
    found = re.sub(r"^(0X)+", "", found)
    return found if re.fullmatch(r"[0-9A-F]{6,10}", found) else ""


def _meant(digits: str) -> tuple[int, ...]:
    """The known codes that differ from the digits by one slip of the hand; the likeliest kind of slip decides.

    Two neighboring digits in each other's place go before a digit lost or doubled, and that before a wrong digit. What
    the described codes answer is not asked of the rest. Too many candidates are none. A wrong digit is looked for only
    where the number can be no other code.
    """
    no_code = len(digits) == 8 and _no_code(int(digits, 16))
    for kind in (_same, _swapped, _lost_or_doubled, *([_wrong] if no_code else [])):
        for table in (frozenset(TABLE), frozenset(named())):
            found = sorted({one for one in kind(digits) if one in table and one >> 31})
            if found:
                return tuple(found) if len(found) <= _MOST else ()
    return ()


def _numbers(texts: Iterator[str]) -> Iterator[int]:
    return (int(one, 16) for one in texts if len(one) == 8)


def _same(digits: str) -> Iterator[int]:
    return _numbers(iter([digits]))


def _swapped(digits: str) -> Iterator[int]:
    return _numbers(digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1))


def _lost_or_doubled(digits: str) -> Iterator[int]:
    """A digit too few or too many; zeros before a number that was normalized count as lost."""
    bare = digits.lstrip("0") if len(digits) == 8 else digits
    yield from _numbers(bare[:i] + bare[i + 1 :] for i in range(len(bare)))
    yield from _numbers(bare[:i] + one + bare[i:] for i in range(len(bare) + 1) for one in "0123456789ABCDEF")


def _wrong(digits: str) -> Iterator[int]:
    return _numbers(digits[:i] + one + digits[i + 1 :] for i in range(len(digits)) for one in "0123456789ABCDEF")


def _meant_decimal(number: int) -> tuple[int, ...]:
    """The described codes whose signed number differs from this one by two neighboring digits in each other's place."""
    if not number >> 31:
        return ()
    digits = str((1 << 32) - number)
    swapped = {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1)}
    return tuple(sorted(one for one in TABLE if one >> 31 and str((1 << 32) - one) in swapped))[:_MOST]
