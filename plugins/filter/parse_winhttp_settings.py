"""The filter windefend.maps.parse_winhttp_settings; its documentation is parse_winhttp_settings.yml."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import shown_filter
from ..plugin_utils._windows import winhttp_settings

NAME = "windefend.maps.parse_winhttp_settings"


def _decode(data: object) -> winhttp_settings.WinHttpSettings:
    if isinstance(data, str):
        return winhttp_settings.from_hex(re.sub(r"[\s,]+", "", data))
    if isinstance(data, bytes):
        return winhttp_settings.decode(data)
    if isinstance(data, Sequence):
        for position, byte in enumerate(data):
            if not isinstance(byte, int) or isinstance(byte, bool) or not 0 <= byte <= 255:
                raise winhttp_settings.BlobError(position, f"{byte!r} is not a byte (0 to 255)")
        return winhttp_settings.decode(bytes(data))
    raise winhttp_settings.BlobError(0, f"{type(data).__name__} is neither hexadecimal text nor a list of bytes")


def _shown(text: str) -> str:
    """Bytes that are not UTF-8 as `\\xNN`: a result must be text that JSON can carry."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def parse_winhttp_settings(data: object) -> dict[str, Any]:
    """The blob of the machine's WinHTTP proxy as a dictionary."""
    try:
        settings = _decode(data)
    except winhttp_settings.BlobError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error
    return {
        "version": settings.version,
        "counter": settings.counter,
        "flags": settings.flags,
        "direct": settings.direct,
        "proxy": _shown(settings.proxy),
        "proxies": {scheme: _shown(address) for scheme, address in settings.proxies.addresses.items()},
        "bypass": _shown(settings.bypass),
        "bypass_list": sorted({_shown(entry).lower() for entry in settings.bypass_list}),
        "autoconfig_url": _shown(settings.autoconfig_url),
        "auto_detect": bool(settings.flags & winhttp_settings.AUTO_DETECT),
        "trailing": settings.trailing.hex(),
    }


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"parse_winhttp_settings": shown_filter(parse_winhttp_settings)}
