"""Texts of a host with placeholders for names, addresses, identifiers and whatever else is not Windows' own.

A word is shown only if the vocabulary has it; all others give way, known or not, so nothing needs to be recognized to
be hidden. A placeholder depends on the word and on a secret of the recording: within one recording it is always the
same, in any case, so answers still fit each other; between two recordings nothing links them. It is as long as the word
and of the same kinds of characters, so what is parsed can still be parsed, and lengths inside binary values stay right.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import string
from collections.abc import Callable, Iterable
from typing import Final

from .vocabulary import Vocabulary

SHORTEST_KNOWN: Final = 2
"""Characters of a known value that is hidden wherever it stands; a single one says nothing."""
MOST_DIGITS: Final = 5
"""Digits of a number that is shown: ports, builds, counts. Longer ones may be somebody's."""
UNKNOWN: Final = "\x81"
"""What stands for a byte beyond ASCII of a text that is no UTF-8: no code page in use has it as a character alone."""
BEFORE_TEXTS: Final = 12
"""Bytes of a proxy's settings before the first text: version, counter, flags (docs/evidence.md, "The blob")."""
MOST_TEXTS: Final = 3
"""Proxies, bypass list, address of a script."""

_DIGITS, _HEX = "0123456789", "0123456789abcdef"
_PROGRAMS = frozenset(
    (
        *("bat", "cab", "cat", "cmd", "config", "cpl", "crl", "crt", "dat", "dll", "exe", "inf", "ini", "job", "log"),
        *("mui", "mum", "sst", "sys", "tmp", "txt", "xml"),
    )
)
"""How names of files end."""
_STATUS = re.compile(r"21[45]\d{7}\Z")
"""An HRESULT as a number, with or without its sign: 0x80000000 to 0x80FFFFFF."""
_HRESULT = re.compile(r"80(?:[01][0-9a-f]|2[0-9]|50)[0-9a-f]{4,5}\Z", re.IGNORECASE)
"""The same in hexadecimal digits, as MpCmdRun prints it without 0x, of the facilities of winerror.h and of Defender."""
_PUBLIC_SID = re.compile(r"S-1-(?:[0-4]|16|5-(?:\d{1,2}|32-\d{3}|80(?:-\d+)+))(?:-\d{1,5})?\Z", re.IGNORECASE)
_TIME = re.compile(r"\d{1,2}:\d\d:\d\d\Z")
_FILETIME = re.compile(r"(?:[0-9a-f]{12}[cd][0-9a-f]01|0{16})\Z", re.IGNORECASE)
"""A time of 1971 to 2057 as its eight bytes, or none."""
_DESCRIPTOR_SID = re.compile("0105000000000005150000" + "00([0-9a-f]{24})", re.IGNORECASE)
"""S-1-5-21 with the three numbers of a machine or domain, in a binary security descriptor ([MS-DTYP] 2.4.2.2)."""
_PROXY_BLOB = re.compile("(?:18|28|3c|46)000000[0-9a-f]{8}[0-9a-f]{2}000000[0-9a-f]{8}", re.IGNORECASE)
"""How WinHttpSettings and its siblings begin: version, counter, flags, a length."""

_TOKENS: Final = (
    r"(?P<own>windefend-maps-[0-9a-f]{1,12}-[0-9a-f]{1,32})",
    # How far back events are asked for: a number of the collection's own.
    r"(?P<age>(?<=\(@SystemTime\) <= )\d{1,12})",
    r"(?P<free>(?<=\|)(?:Name|Desc|EmbedCtxt)=(?!@|windefend\.maps)[^|\r\n]*)",
    r"(?P<owner>(?<=RegisteredOwner    REG_SZ    )[^\r\n]+|(?<=RegisteredOrganization    REG_SZ    )[^\r\n]+)",
    r"(?P<login>(?<=//)[^/\s@\"'|]+@)",
    r"(?P<sid>\bS-1(?:-\d+)+)",
    r"(?P<guid>\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b)",
    r"(?P<colons>(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:]))",
    r"(?P<mac>(?<![\w-])[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}(?![\w-]))",
    r"(?P<phone>(?<![\w.-])\+\d[\d -]{5,}\d(?!\w)|(?<![\w.-])\d{2,5}(?:[- ]\d{3,5}){2,}(?![\w.-]))",
    r"(?P<blob>(?<!\w)[0-9A-Fa-f]{16,}(?!\w))",
    r"(?P<word>\w+(?:[.-]+\w+)*)",
)


class Placeholders:
    """Hides what a text holds of a fleet's own; one for each recording."""

    def __init__(self, secret: bytes, vocabulary: Vocabulary, known: Iterable[str] = ()) -> None:
        """`secret` must be random, and be forgotten with the run. `known` are values that are hidden although their
        words may be in the vocabulary: the host's name and address, its account, the options of the task."""
        self._secret = secret
        self._words = vocabulary.words
        self._domains = vocabulary.domains
        values = sorted(_parts(known) - vocabulary.words, key=len, reverse=True)
        first = [rf"(?P<known>(?<!\w)(?:{'|'.join(map(re.escape, values))})(?!\w))"] if values else []
        tokens = "|".join([_TOKENS[0], *first, *_TOKENS[1:]])
        self._pattern = re.compile(tokens, re.IGNORECASE)
        self._made: dict[str, str] = {}
        self._kinds: dict[str, Callable[[str], str]] = {
            "own": str,
            "age": str,
            "known": self._all,
            "free": self._named,
            "owner": self._all,
            "login": self._all,
            "sid": self._sid,
            "guid": lambda found: found if found.lower() in self._words else self._hexadecimal(found),
            "mac": self._hexadecimal,
            "colons": lambda found: found if _TIME.match(found) else self._hexadecimal(found),
            "phone": self._all,
            "blob": self._blob,
            "word": self._token,
        }

    def text(self, text: str) -> str:
        """The text with its placeholders."""
        return self._pattern.sub(lambda found: self._kinds[found.lastgroup or "word"](found[0]), text)

    def stream(self, data: bytes) -> dict[str, str]:
        """What a program printed, as `text`, and where that is no UTF-8 its `encoding`: `utf-16`, or `ansi`, of which
        nothing beyond ASCII is kept, because its words cannot be told apart without the code page."""
        if data and data.count(0) * 4 >= len(data):
            return {"text": self.text(data.decode("utf-16-le", "replace")), "encoding": "utf-16"}
        try:
            return {"text": self.text(data.decode("utf-8"))}
        except UnicodeDecodeError:
            hidden = self.text(data.decode("latin-1"))
        return {"text": re.sub("[\x80-\xff]", UNKNOWN, hidden), "encoding": "ansi"}

    def name(self, text: str) -> str:
        """A name for a recording's file, of which nobody can tell the host."""
        return self._digest("file name", text).hex()[:12]

    def _token(self, token: str) -> str:
        """Words that dots or hyphens join."""
        if token.lower() in self._words:
            return token
        labels = token.split(".")
        if len(labels) == 1:
            return self._compound(token)
        if all(part.isdecimal() for part in labels):
            return self._numbers(token, labels)
        if re.fullmatch(r"v\d+(?:\.\d+)+|[\d.-]+", token, re.IGNORECASE):
            return token
        ending = "." + token.lower()
        if labels[-1].lower() in _PROGRAMS or any(ending.endswith(domain) for domain in self._domains):
            return ".".join(self._compound(label) if label else "" for label in labels)
        return ".".join(map(self._all, labels))

    def _compound(self, token: str) -> str:
        if token.lower() in self._words:
            return token
        parts = re.split(r"([.-]+)", token)
        words = parts[::2]
        known = [one.lower() in self._words for one in words if not one.isdecimal()]
        if len(words) == 1:
            return self._word(token)
        if not known:
            return "".join(map(self._word, parts))
        if not all(known) or any(one.isdecimal() and len(one) > 1 for one in words):
            return self._all(token)
        return token

    def _word(self, word: str) -> str:
        if word.lower() in self._words or not word or (not word.isalnum() and not word.strip("_.-")):
            return word
        if (
            re.fullmatch(r"0x[0-9a-f]{1,16}", word, re.IGNORECASE)
            or _HRESULT.match(word)
            or (len(word) == 1 and word.isascii())
        ):
            return word
        if word.isdecimal():
            return word if len(word) <= MOST_DIGITS or _STATUS.match(word) else self._all(word)
        return self._all(word)

    def _numbers(self, token: str, labels: list[str]) -> str:
        """A version stays; what may be an address loses every number but those of loopback and of none. Each number
        depends on those before it, so addresses of one network stay in one."""
        if len(labels) != 4 or any(int(one) > 255 for one in labels) or labels[0] in ("0", "127", "255"):
            return token
        return ".".join(self._octet(".".join(labels[: n + 1]), one) for n, one in enumerate(labels))

    def _octet(self, before: str, octet: str) -> str:
        number = int.from_bytes(self._digest("address", before)[:4], "big")
        low, high = {1: (1, 9), 2: (10, 99), 3: (100, 223)}[len(octet)]
        return str(low + number % (high - low + 1))

    def _sid(self, sid: str) -> str:
        if _PUBLIC_SID.match(sid):
            return sid
        head, *rest = sid.split("-")[2:]
        hidden = [one if len(one) <= 3 else self._subauthority(one) for one in rest]
        return "-".join([sid[:3], head, *hidden])

    def _subauthority(self, digits: str) -> str:
        return "1" + self._all(digits)[1:]

    def _blob(self, digits: str) -> str:
        """Binary data as reg prints it. A time stays. A proxy keeps its form, with placeholders in its texts, and a
        security descriptor all but the numbers of domains; of anything else only the length is left."""
        if digits.lower() in self._words or _FILETIME.match(digits):
            return digits
        if len(digits) % 2:
            return self._hexadecimal(digits)
        if _PROXY_BLOB.match(digits):
            return self._proxy(digits)
        if digits[:4] == "0100" and _DESCRIPTOR_SID.search(digits):
            return _DESCRIPTOR_SID.sub(lambda sid: sid[0][:-24] + self._hexadecimal(sid[1]), digits)
        return self._hexadecimal(digits)

    def _proxy(self, digits: str) -> str:
        """The texts of a proxy's settings one by one, each behind its length; what follows them is made zeros."""
        data = bytes.fromhex(digits)
        made, at = data[:BEFORE_TEXTS], BEFORE_TEXTS
        for _unused in range(MOST_TEXTS):
            length = int.from_bytes(data[at : at + 4], "little")
            if at + 4 + length > len(data):
                break
            text = self.text(data[at + 4 : at + 4 + length].decode("latin-1"))
            made += data[at : at + 4] + re.sub("[\x80-\xff]", "x", text).encode("latin-1")
            at += 4 + length
        made += bytes(len(data) - len(made))
        return made.hex().upper() if digits.upper() == digits else made.hex()

    def _named(self, found: str) -> str:
        name, _equals, value = found.partition("=")
        return f"{name}={self._all(value)}"

    def _hexadecimal(self, text: str) -> str:
        made = self._shaped(text.lower(), _HEX)
        return made.upper() if text == text.upper() else made

    def _all(self, text: str) -> str:
        """Every letter and digit gives way; what stands between words stays, so that quoting does."""
        return re.sub(r"[^\W_]+", lambda found: self._shaped(found[0], string.ascii_lowercase), text)

    def _shaped(self, text: str, letters: str) -> str:
        """A placeholder of the same length, which is no word of the vocabulary."""
        key = text.lower()
        made = self._made.get(letters[0] + key)
        number = 0
        while made is None or (made == key and len(key) > 1) or (made in self._words and len(key) > 2 and number < 99):
            number += 1
            made = _filled(key, self._digest(str(number), key), letters)
        self._made[letters[0] + key] = made
        return "".join(new.upper() if old.isupper() else new for old, new in zip(text, made, strict=False))

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._secret, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256)


def _filled(key: str, digest: bytes, letters: str) -> str:
    stream = b"".join(hashlib.sha256(digest + bytes([n])).digest() for n in range(len(key) // 32 + 1))
    kinds = ((_DIGITS if one.isdecimal() and letters != _HEX else letters) for one in key)
    return "".join(
        kind[byte % len(kind)] if one.isalnum() else one for one, byte, kind in zip(key, stream, kinds, strict=False)
    )


def _parts(known: Iterable[str]) -> set[str]:
    """The values, and their parts: of an account its name and its domain, of a DNS name its first label."""
    found: set[str] = set()
    for value in known:
        pieces = {value, *re.split(r"[\\@]", value)}
        pieces |= {piece.partition(".")[0] for piece in pieces if not piece.replace(".", "").isdecimal()}
        found |= {piece.lower() for piece in pieces if len(piece) >= SHORTEST_KNOWN and not piece.isdecimal()}
    return found
