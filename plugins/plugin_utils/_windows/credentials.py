r"""Credentials in what a host says: where they begin and end, and the text without them.

WinHTTP, Defender's policies and the accounts' Internet settings are to hold a proxy as `host:port`, but each takes any
text, and people write `http://user:password@host:port` there (*recalled*). A user name is
masked with the password: where one ends and the other begins, nothing tells for certain.

Rules that hold in this file
- In doubt a text is masked: a password may hold `/`, `:`, `;`, `@` and blanks, so the end is the last `@` that a host
  follows (RFC 3986, 3.2.1 would have them percent-encoded; people do not).
- Half of a credential counts too, since outputs are cut: see `last_words`.
- Each pattern looks at a character a bounded number of times, and a masked text stays as it is when masked again.
"""

from __future__ import annotations

import base64
import binascii
import re

from .proxy_text import FOR, HOST, SCHEME

MASK = "***"

_BLANK = r" \t\r\n"
_NUMBER = rf"\d{{1,5}}(?![\w@]|:[^{_BLANK}])"
_WORD = re.compile(rf"[^{_BLANK}]+")
_ENTRY = re.compile(rf"(?:{FOR})?(?:{SCHEME})?{HOST}:\d{{1,5}}/?[;,](?={FOR}|{SCHEME})")
"""A whole entry of a list of proxies, and the beginning of the next."""
_OPENING = r"[\"'(\[{<>=,;:|]"
_PREFIX = re.compile(rf"{_OPENING}{{0,16}}(?:{FOR})?{_OPENING}{{0,4}}(?:{SCHEME}|//)?")
"""What may come before a user name: opening quotes, `http=`, `http://`."""
_ADDRESS = re.compile(rf"{HOST}:{_NUMBER}")
_DRIVE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:(?=[\\/])")
_AT_A_HOST = re.compile(r"@[\w\[][\w.:-]{2}")
"""Asked for among bytes, which hold an `@` by chance."""
_RESOURCE = re.compile(r"[^@,;|]{1,260},-\d")
"""What follows the `@` of a text that lies in a program: `@FirewallAPI.dll,-25000`."""
_PATH_WITH_AT = re.compile(rf"{SCHEME}{HOST}/[^:]*\Z")

_UNFINISHED = re.compile(
    rf"(://)(?![A-Za-z]:[\\/])(?!\*\*\*)[^{_BLANK}/@:\[\]\"'<>{{}},;|]{{1,80}}:(?![{_BLANK}\"']|\Z|{_NUMBER})"
    rf"(?:[^\r\n@]{{0,64}}@|[^{_BLANK}]*)"
)
"""`://name:` and no port: a password that holds a blank, or that was cut off before its `@`."""
_BLANK_INSIDE = re.compile(
    rf"(?<![^{_BLANK}])({FOR})?[\w.\\-]{{1,80}}:(?![{_BLANK}\\/]|{_NUMBER})[^\r\n@]{{0,64}}@(?={HOST}:{_NUMBER})"
)
"""`name:pass word@host:port` without a scheme."""
_HEADER = re.compile(
    r"((?:Proxy-)?Authorization|(?:Set-)?Cookie2?)([ \t]{0,4}:[ \t]{0,4}+)(?!\*\*\*)[^\r\n]*", re.IGNORECASE
)
_BASIC = re.compile(r"\b(Basic[ \t]{1,4})([A-Za-z0-9+/]{4,}={0,2})")
_TELLING = r"(?:token|secret|pass|pwd?|key|sig|auth|cred|session|sas|jwt)"
_PARAMETER = re.compile(
    rf"([?&;#](?=[\w.-]{{0,40}}{_TELLING})[\w.-]{{1,60}}=)(?!\*\*\*)[^{_BLANK}&#;\"'<>]+", re.IGNORECASE
)
"""A parameter of a URL whose name says that its value is a secret."""
_ENCODED = re.compile(rf"(%2F%2F)(?!\*)[^{_BLANK}&]{{1,400}}?(%40)", re.IGNORECASE)
_ENCODED_PAIR = re.compile(
    rf"(?<![^{_BLANK}\"'=;,(/])[^{_BLANK}&%\"'=;,(/]{{1,80}}%3A(?!%2F%2F)[^{_BLANK}&]{{1,200}}?(?=%40)", re.IGNORECASE
)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[ ,:-]?){9,}[0-9A-Fa-f]{1,2}(?![0-9A-Za-z])")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}")
_READABLE = re.compile(rb"[\x20-\x7e]{12,}")
_READABLE_WIDE = re.compile(rb"(?:[\x20-\x7e]\0){12,}")
_SUSPECT = re.compile(
    r"@|%40|://[^/@: \t\r\n]{1,80}:|[?&;#][\w.-]{1,60}=|uthorization|ookie|Basic[ \t]|[A-Za-z0-9+/]{20}"
    r"|(?:[0-9A-F]{2}[ ,:-]){9}",
    re.IGNORECASE,
)
"""In most texts there is nothing of the kind, and a fleet has many."""
_MOST_PASSES = 16
"""A text that changes that often is none that a program prints."""


def masked(text: str) -> str:
    """The text with `***` for credentials: in URLs, lists of proxies, HTTP headers, and in bytes written as text.

    What stands before a mask may then look like a name, so a text is masked until nothing changes.
    """
    for _unused in range(_MOST_PASSES):
        if _SUSPECT.search(text) is None:
            break
        before, text = text, _masked_once(text)
        if text == before:
            break
    return text


def _masked_once(text: str) -> str:
    text = _HEADER.sub(rf"\1\2{MASK}", text)
    text = _BASIC.sub(_basic, text)
    text = _PARAMETER.sub(rf"\1{MASK}", text)
    text = _ENCODED_PAIR.sub(MASK, _ENCODED.sub(rf"\1{MASK}\2", text))
    text = _BASE64.sub(_base64, _HEX.sub(_hex, text))
    text = _BLANK_INSIDE.sub(rf"\1{MASK}@", _UNFINISHED.sub(_unfinished, text))
    return _WORD.sub(lambda word: _without_users(word[0]), text) if "@" in text else text


def last_words(text: str, length: int = 300) -> str:
    """The end of what a program said; `none` where it said nothing. Masked before it is cut."""
    return masked(text.strip())[-length:] or "none"


def _unfinished(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}{'@' if found[0].endswith('@') else ''}"


def _without_users(word: str) -> str:
    """A word without what comes before `@`, where that is no address of mail and no reference to a resource."""
    if "@" not in word:
        return word
    first, *others = word.split("@")
    shown: list[str] = []
    left = [first]
    for right in others[:-1]:
        entry = _ENTRY.match(right)
        if entry is None:
            left.append(right)  # after an `@` in a password; or there are several addresses of mail
        else:
            shown += [_without_user("@".join(left), right), entry[0]]
            left = [right[entry.end() :]]
    return "".join([*shown, _without_user("@".join(left), others[-1]), others[-1]])


def _without_user(left: str, right: str) -> str:
    """`left@`, as it may be shown before `right`."""
    start = 0
    while (entry := _ENTRY.match(left, start)) is not None:
        start = entry.end()
    found = left[start:]
    if _RESOURCE.match(right) or not _names_a_user(found, right):
        return f"{left}@"
    prefix = _PREFIX.match(found)
    kept = prefix.end() if prefix else 0
    if "://" in found:
        kept = max(kept, found.index("://") + 3)
    return f"{left[:start]}{found[:kept]}{MASK}@" if kept < len(found) else f"{left}@"


def _names_a_user(left: str, right: str) -> bool:
    if "://" in left:
        return _PATH_WITH_AT.search(left) is None
    return ":" in _DRIVE.sub("", left) or left.startswith("//") or _ADDRESS.match(right) is not None


def _basic(found: re.Match[str]) -> str:
    try:
        content = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return found[0]
    return f"{found[1]}{MASK}" if b":" in content else found[0]


def _hex(found: re.Match[str]) -> str:
    """Bytes as hexadecimal digits; where the text was cut, a byte may begin with the second digit."""
    digits = re.sub(r"[ ,:-]", "", found[0])
    halves = (digits[start : start + (len(digits) - start) // 2 * 2] for start in (0, 1))
    return MASK if any(_bytes_hold_one(bytes.fromhex(half)) for half in halves) else found[0]


def _base64(found: re.Match[str]) -> str:
    text = found[0].rstrip("=")
    try:
        content = base64.b64decode(text[: len(text) // 4 * 4])
    except binascii.Error:
        return found[0]
    return MASK if _bytes_hold_one(content) else found[0]


def _bytes_hold_one(content: bytes) -> bool:
    narrow = [one.decode("ascii") for one in _READABLE.findall(content)]
    wide = [one[::2].decode("ascii") for one in _READABLE_WIDE.findall(content)]
    return any(_holds_user(text) for text in (*narrow, *wide))


def _holds_user(text: str) -> bool:
    plain = _UNFINISHED.sub(_unfinished, text)
    return plain != text or any(
        _AT_A_HOST.search(word) and _without_users(word) != word for word in _WORD.findall(text)
    )
