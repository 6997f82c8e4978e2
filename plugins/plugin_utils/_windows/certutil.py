"""certutil -verify -urlfetch: a certificate in a file, its chain, and whether its revocation lists come; -syncWithWU.

Rules that hold in this file
- Its last line says "completed successfully" and its exit code 0 even for a revoked certificate or a list that is out
  of reach (*likely*, captures); so the body is read.
- Read are names in capitals and hexadecimal codes, which stay English in every language (*likely*, captures).
- `certutil -urlcache` is not here: Defender detects it (Microsoft's threat page: *sure*).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .cmdline import Command, Literal
from .text import tool_text

REVOKED, NO_CHECK, OFFLINE = 0x80092010, 0x80092012, 0x80092013
_STATUS = re.compile(r"dwErrorStatus = (CERT_TRUST_[A-Z0-9_]+) \(0x([0-9a-fA-F]+)\)")
_LEAF = re.compile(r"CertContext\[0\]\[0\]: dwInfoStatus=[0-9a-fA-F]+ dwErrorStatus=([0-9a-fA-F]+)")
_NEXT_UPDATE = re.compile(r"^ +NextUpdate: (\S[^\r\n]{0,60}?) *\r?$", re.MULTILINE)
_CODE = re.compile(r"\b0x([89][0-9a-fA-F]{7})\b")


@dataclass(frozen=True)
class Verification:
    """What certutil saw."""

    verdict: str
    """good, offline (a list is out of reach), no_check (no list is named), revoked, untrusted, or unknown."""
    errors: tuple[str, ...]
    """CERT_TRUST_ names of wincrypt.h, in order, each once."""
    codes: tuple[int, ...]
    """HRESULTs in the text, in order, each once: of single fetches and of the whole."""
    next_updates: tuple[str, ...] = ()
    """Until when the lists that Windows has are valid, in the host's own date format, each once; empty where it shows
    none, and in languages other than English, whose label is not known (a capture in English: likely)."""


def verify(path: str) -> Command:
    """`certutil -verify -urlfetch FILE`. Raises CannotCarry."""
    return Command.of("certutil", Literal("-verify"), Literal("-urlfetch"), path).with_errors()


def sync_with_windows_update(folder: str) -> Command:
    """`certutil -syncWithWU FOLDER`: the lists of root certificates; the folder must be there, and empty without `-f`.

    A local path: a share would be a second hop from a remote session, and security products watch for it there.
    """
    return Command.of("certutil", Literal("-syncWithWU"), folder)


def failure(exit_code: int | None, output: bytes) -> int | None:
    """The HRESULT of a call that failed: its exit code where that is one (*likely*), else the last code in its text."""
    if exit_code is not None and (exit_code < 0 or exit_code >= 1 << 31):
        return exit_code & 0xFFFFFFFF
    codes = _CODE.findall(tool_text(output))
    return int(codes[-1], 16) if codes else None


def parse_verify(output: bytes) -> Verification:
    """The verdict from the body. What shows no leaf is unknown, whatever its last line says."""
    text = tool_text(output)
    errors = tuple(dict.fromkeys(name for name, _unused in _STATUS.findall(text)))
    codes = tuple(dict.fromkeys(int(code, 16) for code in _CODE.findall(text)))
    return Verification(_verdict(text, errors, codes), errors, codes, tuple(dict.fromkeys(_NEXT_UPDATE.findall(text))))


def _verdict(text: str, errors: tuple[str, ...], codes: tuple[int, ...]) -> str:
    if REVOKED in codes or "CERT_TRUST_IS_REVOKED" in errors:
        return "revoked"
    if "CERT_TRUST_IS_UNTRUSTED_ROOT" in errors or "CERT_TRUST_IS_PARTIAL_CHAIN" in errors:
        return "untrusted"
    if OFFLINE in codes or "CERT_TRUST_IS_OFFLINE_REVOCATION" in errors:
        return "offline"
    if NO_CHECK in codes or "CERT_TRUST_REVOCATION_STATUS_UNKNOWN" in errors:
        return "no_check"
    leaf = _LEAF.search(text)
    return "good" if leaf and int(leaf[1], 16) == 0 and not errors else "unknown"
