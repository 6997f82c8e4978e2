"""The machine's WinHTTP proxy as the registry keeps it: a codec of the REG_BINARY value `WinHttpSettings`.

Where: value :data:`NAME` of :data:`KEY`, in the 64- and the 32-bit view. No value means direct access (*likely*).
Layout, little-endian dwords: version (0x18 on older builds, 0x28 on current ones; other writers leave 0x46 or 0x3C),
counter, flags, then texts each after its length in bytes: proxy, bypass list, in the longer forms the address of a
configuration script; what follows is padding or of unknown meaning. Parts at the end may be absent. *Likely*: published
blobs, Microsoft KB 4494447 for direct access, and the sibling value DefaultConnectionSettings.

Rules: everything decoded is encoded again byte for byte; the flag bit decides, not the text, because a text may stay
behind when the proxy is switched off (seen in DefaultConnectionSettings). No encoding of non-ASCII text is documented:
UTF-8 is assumed (*guess*), and bytes that are not UTF-8 are kept as lone surrogates (`surrogateescape`).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from . import proxy_text
from .proxy_text import ProxyText

KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
NAME = "WinHttpSettings"

DIRECT = 1
PROXY = 2
AUTOCONFIG_URL = 4
AUTO_DETECT = 8

_HEAD = struct.Struct("<III")
_LENGTH = struct.Struct("<I")
_PARTS = ("proxy", "bypass list", "autoconfig URL")


class BlobError(ValueError):
    """A blob that is not understood: `position` is the offset in bytes, from 0."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"byte {position}: {reason}")
        self.position = position
        self.reason = reason


@dataclass(frozen=True)
class WinHttpSettings:
    """The settings. `texts` is the number of length-prefixed texts that the blob holds (0 to 3); the others are empty.

    `flags`: :data:`DIRECT`, :data:`PROXY`, :data:`AUTOCONFIG_URL`, :data:`AUTO_DETECT`. Windows writes 1 or 3, Wine 2.
    """

    flags: int = DIRECT
    proxy: str = ""
    bypass: str = ""
    autoconfig_url: str = ""
    version: int = 0x28
    counter: int = 0
    trailing: bytes = b""
    texts: int = 2

    @property
    def named(self) -> bool:
        """A proxy is in force: its flag is set and there is one (a blob with the flag and no proxy has been seen)."""
        return bool(self.flags & PROXY) and bool(self.proxy)

    @property
    def direct(self) -> bool:
        """No named proxy is in force."""
        return not self.named

    @property
    def proxies(self) -> ProxyText:
        """The proxies in force."""
        return proxy_text.parse(self.proxy if self.named else "")

    @property
    def bypass_list(self) -> tuple[str, ...]:
        """The bypass list in force."""
        return proxy_text.parse_bypass(self.bypass if self.named else "")

    def encode(self) -> bytes:
        """The blob. Raises ValueError when a text is set that `texts` leaves out, or a number is too large."""
        contents = (self.proxy, self.bypass, self.autoconfig_url)
        if not 0 <= self.texts <= 3 or any(contents[self.texts :]):
            raise ValueError(f"{self.texts} texts cannot contain what is set")
        if self.texts < 3 and len(self.trailing) >= _LENGTH.size:
            raise ValueError("trailing bytes would be read as the length of a text")
        try:
            parts = [_HEAD.pack(self.version, self.counter, self.flags)]
        except struct.error as error:
            raise ValueError(f"version, counter and flags are 32-bit numbers: {error}") from None
        for content in contents[: self.texts]:
            data = content.encode("utf-8", "surrogateescape")
            parts += [_LENGTH.pack(len(data)), data]
        return b"".join([*parts, self.trailing])


def decode(blob: bytes) -> WinHttpSettings:
    """The settings in a blob. Raises :class:`BlobError` with the offset of what does not fit."""
    if len(blob) < _HEAD.size:
        raise BlobError(len(blob), f"ends within version, counter and flags ({_HEAD.size} bytes)")
    version, counter, flags = _HEAD.unpack_from(blob)
    position = _HEAD.size
    contents: list[str] = []
    while len(contents) < len(_PARTS) and len(blob) - position >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(blob, position)
        left = len(blob) - position - _LENGTH.size
        if length > left:
            reason = f"length {length} of the {_PARTS[len(contents)]} is more than the {left} bytes that are left"
            raise BlobError(position, reason)
        position += _LENGTH.size
        contents.append(blob[position : position + length].decode("utf-8", "surrogateescape"))
        position += length
    if flags & PROXY and not contents and position < len(blob):
        raise BlobError(position, "ends within the length of the proxy, which its flag says is in force")
    proxy, bypass, url = [*contents, "", "", ""][:3]
    return WinHttpSettings(flags, proxy, bypass, url, version, counter, blob[position:], len(contents))


def from_hex(text: str) -> WinHttpSettings:
    """:func:`decode` for hexadecimal digits, as reg.exe prints them. Raises :class:`BlobError`."""
    unfit = re.search(r"[^0-9A-Fa-f]", text)
    if unfit:
        raise BlobError(unfit.start() // 2, f"{unfit[0]!a} is not a hexadecimal digit")
    if len(text) % 2:
        raise BlobError(len(text) // 2, "half a byte at the end")
    return decode(bytes.fromhex(text))
