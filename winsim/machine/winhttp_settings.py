"""The machine's own WinHTTP proxy as it lies in the registry: the REG_BINARY value `WinHttpSettings`.

Little-endian dwords: a version (0x18 on older systems, 0x28 on current ones), a counter, flags; then byte strings, each
with its length before it: proxy, bypass list; what may follow (an autoconfig URL, padding) is kept as it is. Trailing
parts may be absent. Shape: published exports of the value, and Wine 8, which writes the same (likely).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

DIRECT = 1
"""Flag: direct access is possible."""
NAMED_PROXY = 2
"""Flag: the proxy of this blob is used. netsh writes 3, Wine writes 2 (observed)."""
AUTOCONFIG_URL = 4
AUTO_DETECT = 8

OLD_VERSION = 0x18
CURRENT_VERSION = 0x28


class MalformedSettings(ValueError):
    """The blob ends inside its header or inside a string."""


@dataclass(frozen=True)
class WinHttpSettings:
    """One value, taken apart. `parse(data).to_bytes() == data` for every blob that holds both strings."""

    proxy: str = ""
    bypass: str = ""
    flags: int = DIRECT
    version: int = CURRENT_VERSION
    counter: int = 0
    rest: bytes = b""

    @property
    def uses_proxy(self) -> bool:
        """Whether WinHTTP sends through `proxy`: the flag alone decides, but an empty name is no proxy (a blob with
        flags 3 and two empty strings was seen in the wild)."""
        return bool(self.flags & NAMED_PROXY and self.proxy)

    def to_bytes(self) -> bytes:
        """The blob; characters outside Latin-1 become `?`, for the strings are bytes (guess: what netsh does)."""
        data = struct.pack("<III", self.version, self.counter, self.flags)
        for text in (self.proxy, self.bypass):
            encoded = text.encode("latin-1", "replace")
            data += struct.pack("<I", len(encoded)) + encoded
        return data + self.rest


def named(proxy: str, bypass: str = "", version: int = CURRENT_VERSION) -> WinHttpSettings:
    """The settings that `set proxy` stores."""
    return WinHttpSettings(proxy, bypass, DIRECT | NAMED_PROXY, version)


def parse(data: bytes) -> WinHttpSettings:
    """Takes a blob apart; strings that are absent at the end count as empty. Raises MalformedSettings."""
    if len(data) < 12:
        raise MalformedSettings(f"{len(data)} bytes are less than the header's 12")
    version, counter, flags = struct.unpack_from("<III", data)
    position, strings = 12, []
    for _unused in range(2):
        if position == len(data):
            strings.append("")
            continue
        if len(data) - position < 4:
            raise MalformedSettings(f"a length is cut off at byte {position}")
        (length,) = struct.unpack_from("<I", data, position)
        position += 4
        if length > len(data) - position:
            raise MalformedSettings(f"a string of {length} bytes at byte {position} ends after the data")
        strings.append(data[position : position + length].decode("latin-1"))
        position += length
    return WinHttpSettings(strings[0], strings[1], flags, version, counter, data[position:])
