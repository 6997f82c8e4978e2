"""The WinINet settings of one account (or of the machine): plain values beside the blob `DefaultConnectionSettings`.

The blob ([46 00 00 00], counter, flags, then proxy, bypass list and autoconfig URL, each with its length before it, and
32 bytes of padding) can keep a proxy's name while its flag is off; the flag decides. Shape: published exports (likely).
Windows keeps the plain values in step with it, and programs that set a proxy write often only these and are obeyed
(likely), so where both exist the plain value decides; auto-detection stands in the blob alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .registry import Registry, ValueType
from .winhttp_settings import AUTO_DETECT, AUTOCONFIG_URL, DIRECT, NAMED_PROXY

ACCOUNT_KEY = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
BLOB = "DefaultConnectionSettings"
VERSION = 0x46


@dataclass(frozen=True)
class InternetSettings:
    """What the page "LAN settings" of Internet Options shows."""

    proxy: str = ""
    """As stored: `host:port`, or `http=h:p;https=h:p`."""
    bypass: str = ""
    proxy_enabled: bool = False
    autoconfig_url: str = ""
    auto_detect: bool = False
    script_is_off: bool = False
    """The script's address is kept while its flag is off, as a proxy's name may be (netsh shows AutoConfigIsEnabled
    false; published output: likely)."""
    url_is_kept_empty: bool = False
    """The value AutoConfigURL exists without text: a script was set once and taken away again."""

    @property
    def is_empty(self) -> bool:
        """Nothing is set here."""
        return not (self.proxy_enabled or self.script or self.auto_detect)

    @property
    def script(self) -> str:
        """The address of the script in force; empty: none."""
        return "" if self.script_is_off else self.autoconfig_url

    @property
    def flags(self) -> int:
        """The blob's flags."""
        return (
            DIRECT
            | (NAMED_PROXY if self.proxy_enabled else 0)
            | (AUTOCONFIG_URL if self.script else 0)
            | (AUTO_DETECT if self.auto_detect else 0)
        )

    def to_blob(self, counter: int) -> bytes:
        """DefaultConnectionSettings, `counter` being the number of the change."""
        data = struct.pack("<III", VERSION, counter, self.flags)
        for text in (self.proxy, self.bypass, self.autoconfig_url):
            encoded = text.encode("latin-1", "replace")
            data += struct.pack("<I", len(encoded)) + encoded
        return data + bytes(32)


def from_blob(data: bytes) -> InternetSettings:
    """DefaultConnectionSettings taken apart; what is missing at its end counts as empty."""
    flags = struct.unpack_from("<I", data, 8)[0] if len(data) >= 12 else DIRECT
    position, strings = 12, ["", "", ""]
    for number in range(3):
        if len(data) - position < 4:
            break
        (length,) = struct.unpack_from("<I", data, position)
        position += 4
        strings[number] = data[position : position + length].decode("latin-1")
        position += length
    return InternetSettings(
        proxy=strings[0],
        bypass=strings[1],
        proxy_enabled=bool(flags & NAMED_PROXY),
        autoconfig_url=strings[2],
        script_is_off=bool(strings[2]) and not flags & AUTOCONFIG_URL,
        auto_detect=bool(flags & AUTO_DETECT),
    )


def read(registry: Registry, key: str) -> InternetSettings:
    """The settings below an Internet Settings key."""
    data = registry.data(f"{key}\\Connections", BLOB)
    blob = from_blob(data) if isinstance(data, bytes) else InternetSettings()
    enabled = registry.get(key, "ProxyEnable")
    url = registry.get(key, "AutoConfigURL")
    script = registry.text(key, "AutoConfigURL", blob.autoconfig_url)
    return InternetSettings(
        proxy=registry.text(key, "ProxyServer", blob.proxy),
        bypass=registry.text(key, "ProxyOverride", blob.bypass),
        proxy_enabled=registry.number(key, "ProxyEnable") == 1 if enabled else blob.proxy_enabled,
        autoconfig_url=script,
        script_is_off=url is None and blob.script_is_off,
        auto_detect=blob.auto_detect,
        url_is_kept_empty=url is not None and url.data == "",
    )


def write(registry: Registry, key: str, settings: InternetSettings) -> None:
    """Writes plain values and blob; the blob's counter goes up by one."""
    old = registry.data(f"{key}\\Connections", BLOB)
    counter = struct.unpack_from("<I", old, 4)[0] + 1 if isinstance(old, bytes) and len(old) >= 8 else 1
    registry.set_dword(key, "ProxyEnable", int(settings.proxy_enabled))
    for name, text in (
        ("ProxyServer", settings.proxy),
        ("ProxyOverride", settings.bypass),
        ("AutoConfigURL", settings.script),
    ):
        existed = registry.get(key, name) is not None
        if text or (existed and name == "AutoConfigURL" and not settings.script_is_off):
            registry.set_text(key, name, text)
        elif existed:
            registry.delete_value(key, name)
    registry.set(f"{key}\\Connections", BLOB, ValueType.BINARY, settings.to_blob(counter & 0xFFFFFFFF))
