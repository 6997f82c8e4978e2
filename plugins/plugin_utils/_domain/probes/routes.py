"""Which proxy a request takes on a host, by whose settings: what the stores say, never what a script would.

WinHTTP's default is the machine's WinHTTP proxy. The CryptoAPI, which fetches revocation lists, looks there first, then
into the Internet settings of the account (or the machine's), then for a proxy by itself, and never sees the proxy that
an application was given (Microsoft KB 2623724: sure).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..._windows import proxy_text
from ..defender import Defender
from ..proxy import Stores

_PORT = re.compile(r":[0-9]{1,5}\Z")


@dataclass(frozen=True)
class Route:
    """A proxy, and where it was found."""

    proxy: str
    """`host:port`; empty: directly."""
    source: str
    """winhttp, defender, account, machine, option or none; with `_bypass` where a list exempts the host."""
    certain: bool = True
    """False: a script or auto-detection decides, a store cannot be read, or it names no proxy that can be used, or
    several, so the real way may be another."""


def bypassed(host: str, entries: Iterable[str]) -> bool:
    """Whether a bypass list exempts a host: `*` anywhere, `<local>` for names without a dot (WINHTTP_PROXY_INFO)."""
    for entry in entries:
        if entry.lower() == "<local>":
            if "." not in host:
                return True
            continue
        pattern = _PORT.sub("", entry.rpartition("//")[2]).lower()
        if pattern and _fits(host.lower(), pattern):
            return True
    return False


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


def winhttp(stores: Stores, scheme: str, host: str) -> Route:
    """The way of WinHTTP's default."""
    store = stores.winhttp
    if store.problem:
        return Route("", "winhttp", certain=False)
    if store.direct:
        return Route("", "none")
    return _route(store.http if scheme == "http" else store.https, store.bypass_list, "winhttp", host)


def defender(product: Defender, stores: Stores, scheme: str, host: str) -> Route:
    """The way of Defender itself: its policy's proxy, then WinHTTP's default (likely, see docs/evidence.md)."""
    if product.proxy_server:
        return _route(product.proxy_server, proxy_text.parse_bypass(product.proxy_bypass), "defender", host)
    if product.proxy_pac_url:
        return Route("", "defender", certain=False)
    return winhttp(stores, scheme, host)


def cryptoapi(stores: Stores, account: str, scheme: str, host: str) -> Route:
    """The way of the CryptoAPI in a process of `account`, a key of `stores.ACCOUNTS`."""
    first = winhttp(stores, scheme, host)
    if first.source != "none":
        return first
    if stores.settings_per_machine:
        store = stores.advanced
        if store is None or store.autoconfig_url or store.auto_detect:
            return Route("", "machine", certain=False)
        proxy = store.http if scheme == "http" else store.https
        return _route(proxy, store.bypass_list, "machine", host) if store.http or store.https else first
    settings = stores.accounts[account]
    if settings.autoconfig_url:
        return Route("", "account", certain=False)
    if settings.enabled and settings.proxy:
        return _route(proxy_text.parse(settings.proxy).address(scheme), settings.bypass_list, "account", host)
    return first


def _route(proxy: str, bypass: Iterable[str], source: str, host: str) -> Route:
    if bypassed(host, bypass):
        return Route("", f"{source}_bypass")
    found = proxy_text.endpoint(proxy)
    return Route(found, source, certain=bool(found or not proxy))
