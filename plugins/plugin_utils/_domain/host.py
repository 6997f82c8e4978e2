"""Everything the collection reads of a host, in one round trip, as one structured result that the roles use."""

from __future__ import annotations

import functools
from typing import Any

from .._windows.cmdline import Outcome
from .._windows.text import whole_number
from . import defender, fields, firewall, proxy_stores, spynet
from .operation import Answer, Ask, Operation


def maps_subject(product: defender.Defender, stores: proxy_stores.Stores) -> firewall.Subject:
    """Who speaks with MAPS: MsMpEng.exe, service WinDefend (recalled: Microsoft names no single list).

    The firewall sees the first hop only, so with a proxy the port is the proxy's: Defender's own, else WinHTTP's.
    """
    folder = product.mpcmdrun.rpartition("\\")[0] or r"%ProgramFiles%\Windows Defender"
    port = port_of(product.proxy_server) or port_of(stores.winhttp.https) or 443
    return firewall.Subject(f"{folder}\\MsMpEng.exe", "WinDefend", port)


def crl_subject(stores: proxy_stores.Stores) -> firewall.Subject:
    """Who fetches revocation lists: CryptSvc as NETWORK SERVICE, through WinHTTP's proxy (KB 2623724)."""
    return firewall.Subject(r"%SystemRoot%\System32\svchost.exe", "CryptSvc", port_of(stores.winhttp.http) or 80)


def probe_subject(maps: firewall.Subject) -> firewall.Subject:
    """Who probes: Windows' own curl.exe, on the way that Defender takes; what stops it need not stop Defender."""
    return firewall.Subject(r"%SystemRoot%\System32\curl.exe", "", maps.port)


def port_of(address: str) -> int:
    """The port of `host:port` or `http://host:port`; 0 where there is none."""
    return whole_number(address.rstrip("/").rpartition(":")[2]) or 0


SUBJECTS = (
    firewall.Subject("MsMpEng.exe", "WinDefend", 443),
    firewall.Subject("svchost.exe", "CryptSvc", 80),
    firewall.Subject("curl.exe", "", 443),
)
"""For the filter on the host, which looks at file names and services only."""


@functools.cache
def reading(filtered: bool = True) -> Ask:
    """One line for everything, the same for every host; the firewall's rules, which can be large, come last.

    `filtered` False leaves out the filtering on the host, for hosts without findstr.
    """
    return Ask(
        {
            **defender.reading(),
            **proxy_stores.reading(),
            **spynet.reading(),
            **firewall.reading(SUBJECTS, filtered),
        }
    )


def interpret(answer: Answer) -> dict[str, Any]:
    """The structured result: system, defender, proxy, spynet, firewall, clock_skew. Its parts are not to be changed."""
    return {**_understood(tuple(answer.outcomes.items()), answer.truncated), "clock_skew": answer.clock_skew}


@functools.lru_cache(maxsize=64)
def _understood(answered: tuple[tuple[str, Outcome], ...], truncated: bool) -> dict[str, Any]:
    """A fleet has few kinds of hosts, so a sweep that understands equal answers once understands most of them so."""
    outcomes = dict(answered)
    system = defender.read_system(outcomes)
    product = defender.read_defender(outcomes)
    stores = proxy_stores.read(outcomes)
    rules = firewall.read(outcomes, truncated)
    maps = maps_subject(product, stores)
    return {
        "system": fields.of(system),
        "defender": {
            **fields.of(product),
            "running": product.running,
            "applicable": product.applicable,
        },
        "proxy": {
            "winhttp": fields.of(stores.winhttp),
            "advanced": fields.of(stores.advanced) if stores.advanced else None,
            "accounts": {name: fields.of(one) for name, one in stores.accounts.items()},
            "settings_per_machine": stores.settings_per_machine,
            "caller_differs_from_system": stores.caller_differs_from_system,
        },
        "spynet": spynet.shown(spynet.read(outcomes)),
        "firewall": {
            "maps": firewall.shown(rules, maps),
            "crl": firewall.shown(rules, crl_subject(stores)),
            "probe": firewall.shown(rules, probe_subject(maps)),
            "too_large": rules.too_large,
            "unreadable": rules.unreadable,
        },
    }


def read() -> Operation[dict[str, Any]]:
    """Reads a host."""
    answer = yield reading()
    return interpret(answer)
