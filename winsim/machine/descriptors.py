"""Access lists as Windows writes them: SDDL text, and the self-relative descriptor of a share.

[MS-DTYP] 2.5.1 (SDDL), 2.4.6 (SECURITY_DESCRIPTOR), 2.4.4.2 (ACCESS_ALLOWED_ACE): sure. winsim knows simple rights,
which hold for everything below a directory.
"""

from __future__ import annotations

import struct

WORDS = {"F": "FA", "M": "0x1301bf", "RX": "0x1200a9", "R": "FR", "W": "0x100116"}
ALIASES = {
    "S-1-5-18": "SY",
    "S-1-5-19": "LS",
    "S-1-5-20": "NS",
    "S-1-5-32-544": "BA",
    "S-1-5-32-545": "BU",
    "S-1-5-11": "AU",
    "S-1-1-0": "WD",
}
SHARE_MASKS = {"R": 0x1200A9, "M": 0x1301BF, "F": 0x1F01FF}
"""READ, CHANGE and FULL of `net share` (published descriptors: likely)."""
_PRESENT, _SELF_RELATIVE, _HEAD = 4, 0x8000, 20


def sddl(rights: dict[str, str], *, directory: bool, own: bool) -> str:
    """The DACL: `own` when it was set here and inherits nothing, else all of it is inherited."""
    flags = ("OICI" if directory else "") + ("" if own else "ID")
    aces = [
        f"(A;{flags};{WORDS[right]};;;{ALIASES.get(sid, sid)})"
        for sid, granted in rights.items()
        for right in granted.split(",")
    ]
    return f"D:{'PAI' if own else 'AI'}{''.join(aces)}"


def binary(rights: dict[str, str]) -> bytes:
    """The descriptor of a share: a DACL and nothing else."""
    aces = b""
    for sid, right in rights.items():
        body = struct.pack("<I", SHARE_MASKS[right]) + _sid(sid)
        aces += struct.pack("<BBH", 0, 0, 4 + len(body)) + body
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(aces), len(rights), 0) + aces
    return struct.pack("<BBHIIII", 1, 0, _PRESENT | _SELF_RELATIVE, 0, 0, 0, _HEAD) + acl


def read(descriptor: bytes) -> dict[str, str]:
    """SID -> right of a share's descriptor, as far as `binary` writes them."""
    (offset,) = struct.unpack_from("<I", descriptor, 16)
    (count,) = struct.unpack_from("<H", descriptor, offset + 4)
    position, rights = offset + 8, {}
    letters = {mask: letter for letter, mask in SHARE_MASKS.items()}
    for _unused in range(count):
        _unused, _unused, size, mask = struct.unpack_from("<BBHI", descriptor, position)
        rights[_text(descriptor[position + 8 : position + size])] = letters[mask]
        position += size
    return rights


def _sid(text: str) -> bytes:
    numbers = [int(part) for part in text.split("-")[2:]]
    return (
        struct.pack("<BB", 1, len(numbers) - 1)
        + numbers[0].to_bytes(6, "big")
        + struct.pack(f"<{len(numbers) - 1}I", *numbers[1:])
    )


def _text(data: bytes) -> str:
    numbers = struct.unpack_from(f"<{data[1]}I", data, 8)
    return "-".join(map(str, ("S", 1, int.from_bytes(data[2:8], "big"), *numbers)))
