"""Which entry of a bypass list exempts a host (WINHTTP_PROXY_INFO)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_PORT: Final = re.compile(r":[0-9]{1,5}\Z")
_OWN_PORT: Final = {"http": ":80", "https": ":443"}


def bypassed(host: str, entries: Iterable[str]) -> bool:
    """Whether a bypass list exempts a host: `*` anywhere, `<local>` for names without a dot (WINHTTP_PROXY_INFO)."""
    return bool(exempting(host, entries))


def exempting(host: str, entries: Iterable[str]) -> str:
    """The first entry that exempts a host; empty: none."""
    for entry in entries:
        if entry.lower() == "<local>":
            if "." not in host:
                return entry
            continue
        pattern = _PORT.sub("", entry.rpartition("//")[2]).lower()
        if pattern and _fits(host.lower(), pattern):
            return entry
    return ""


def is_for(entry: str, scheme: str) -> bool:
    """Whether an entry names no other scheme and no other port than the URL has, which is the scheme's own. Whether
    WinHTTP looks at them in a bypass list is not documented (WINHTTP_PROXY_INFO names server names only)."""
    before, _unused, rest = entry.rpartition("//")
    port = _PORT.search(rest)
    return before.lower() in ("", f"{scheme}:") and (port is None or port[0] == _OWN_PORT[scheme])


def _fits(host: str, pattern: str) -> bool:
    """Whether a name fits a pattern in which only `*` has a meaning: each part as far to the left as it goes."""
    first, *others = pattern.split("*")
    if not others:
        return host == pattern
    *middle, last = others
    position = len(first)
    if not host.startswith(first) or not host.endswith(last):
        return False
    for part in filter(None, middle):
        at = host.find(part, position)
        if at < 0:
            return False
        position = at + len(part)
    return position <= len(host) - len(last)
