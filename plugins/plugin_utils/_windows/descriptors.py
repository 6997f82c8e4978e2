"""Security descriptors without names: SDDL as `cacls /s` prints it, and the bytes that the registry keeps for a share.

icacls and net print account names, which Windows translates; both forms here hold SIDs ([MS-DTYP] 2.5.1, 2.4.6:
*sure*). What is not understood raises ValueError: nothing is taken for "nobody may".
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

from .cmdline import Command, Literal
from .text import tool_text

ALIASES: Final = {
    "AN": "S-1-5-7",
    "AU": "S-1-5-11",
    "BA": "S-1-5-32-544",
    "BG": "S-1-5-32-546",
    "BU": "S-1-5-32-545",
    "CO": "S-1-3-0",
    "IU": "S-1-5-4",
    "LS": "S-1-5-19",
    "NS": "S-1-5-20",
    "NU": "S-1-5-2",
    "SY": "S-1-5-18",
    "WD": "S-1-1-0",
}
"""Others, such as DC for a domain's computers, depend on the domain and stay as they are."""
_WORDS: Final = {
    "FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0, "GA": 0x1F01FF, "GR": 0x120089, "GW": 0x120116,
    "GX": 0x1200A0, "RC": 0x20000, "SD": 0x10000, "WD": 0x40000, "WO": 0x80000, "CC": 1, "DC": 2, "LC": 4, "SW": 8,
    "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
}  # fmt: skip
READ_AND_EXECUTE: Final = 0x1200A9
FULL: Final = 0x1F01FF
WRITING: Final = 0x10000 | 0x40000 | 0x80000 | 2 | 4
"""Delete, change permissions, take ownership, write data, append data: any of them lets one change what lies there."""
_FLAGS = re.compile(r"[A-Z]*")
_ENTRY = re.compile(r"\(([^()]*)\)")
_ALLOWED, _DENIED = 0, 1
_INHERIT_ONLY, _INHERITED = 8, 16


@dataclass(frozen=True)
class Entry:
    """One entry of an access list."""

    sid: str
    mask: int
    allows: bool
    flags: frozenset[str]
    """OI, CI, IO, ID and the like."""

    @property
    def effective(self) -> bool:
        """Whether it speaks of the folder itself."""
        return "IO" not in self.flags


@dataclass(frozen=True)
class AccessList:
    """Who may do what."""

    protected: bool
    """Nothing is inherited from above."""
    entries: tuple[Entry, ...]

    def granted(self, sid: str, below: bool = False) -> int:
        """The rights that one SID is granted by its own entries; `below`: those only that hold for what lies there."""
        mask = 0
        for one in self.entries:
            if one.sid == sid and one.effective and (not below or {"OI", "CI"} <= one.flags):
                mask = mask | one.mask if one.allows else mask & ~one.mask
        return mask

    def sids_with_access(self, mask: int) -> list[str]:
        """The SIDs that are granted any of these rights, in order."""
        granted: dict[str, int] = {}
        for one in self.entries:
            if one.effective:
                before = granted.get(one.sid, 0)
                granted[one.sid] = before | one.mask if one.allows else before & ~one.mask
        return [sid for sid in granted if granted[sid] & mask]


def show(path: str) -> Command:
    """`cacls PATH /s`: the access list as SDDL, nothing changed (published help text and outputs: *likely*)."""
    return Command.of("cacls", path, Literal("/s"))


def parse_shown(output: bytes) -> AccessList:
    """What `cacls /s` printed. Raises ValueError."""
    text = tool_text(output)
    found = next(filter(None, map(_shown_list, text.split("\n"))), None)
    if found is None:
        raise ValueError(f"no access list in what cacls printed: {text.strip()[-200:]!a}")
    control, parts = found
    entries = []
    for part in parts:
        fields = part.split(";")
        if len(fields) < 6:
            raise ValueError(f"an entry {part[:80]!a} in an access list is not understood")
        kind, flags, rights, _object, _inherited, sid = fields[:6]
        if kind not in ("A", "D"):
            raise ValueError(f"an entry of type {kind!a} in an access list is not understood")
        flag_set = frozenset(re.findall("..", flags))
        entries.append(Entry(ALIASES.get(sid, sid), _mask(rights), kind == "A", flag_set))
    return AccessList("P" in control, tuple(entries))


def _shown_list(line: str) -> tuple[str, list[str]] | None:
    """The flags and entries of the access list that a line of cacls has in quotes; None where it has none."""
    quoted = line.partition('"')[2]
    if '"' not in quoted:
        return None
    _owner, mark, text = quoted[: quoted.index('"')].partition("D:")
    flags = _FLAGS.match(text)
    if not mark or flags is None:
        return None
    entries, position = [], flags.end()
    while entry := _ENTRY.match(text, position):
        entries.append(entry[1])
        position = entry.end()
    return (flags[0], entries) if text[position : position + 2] in ("", "S:") else None


def _mask(rights: str) -> int:
    if re.fullmatch(r"0x[0-9a-fA-F]{1,8}", rights):
        return int(rights, 16)
    mask = 0
    for word in re.findall("..", rights):
        if word not in _WORDS:
            raise ValueError(f"a right {word!a} in an access list is not understood")
        mask |= _WORDS[word]
    return mask


def parse_binary(data: bytes) -> AccessList:
    """A self-relative descriptor. Raises ValueError."""
    try:
        _revision, _unused, control, _owner, _group, _sacl, offset = struct.unpack_from("<BBHIIII", data)
        if not offset:
            raise ValueError("a descriptor without an access list grants full control to everyone")
        (count,) = struct.unpack_from("<H", data, offset + 4)
        position, entries = offset + 8, []
        for _unused in range(count):
            kind, flags, size, mask = struct.unpack_from("<BBHI", data, position)
            if kind not in (_ALLOWED, _DENIED):
                raise ValueError(f"an entry of type {kind} in an access list is not understood")
            words = {"IO"} if flags & _INHERIT_ONLY else set()
            words |= {"ID"} if flags & _INHERITED else set()
            sid = _sid(data[position + 8 : position + size])
            entries.append(Entry(sid, mask, kind == _ALLOWED, frozenset(words)))
            position += size
    except struct.error as error:
        raise ValueError(f"a security descriptor of {len(data)} bytes is cut: {error}") from error
    return AccessList(bool(control & 0x1000), tuple(entries))


def _sid(data: bytes) -> str:
    if len(data) < 8:
        raise ValueError("a security descriptor is cut inside a SID")
    numbers = struct.unpack_from(f"<{data[1]}I", data, 8)
    return "-".join(map(str, ("S", data[0], int.from_bytes(data[2:8], "big"), *numbers)))
