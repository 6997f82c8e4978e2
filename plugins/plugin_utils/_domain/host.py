"""Everything the collection reads of a host, in one round trip, as one structured result that the roles use."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from .._windows import proxy_text
from .._windows.cmdline import Outcome
from .defender import product as defender_product, spynet
from .firewall import verdict as firewall_verdict
from .operation import Answer, Ask, Operation, erase, facts, plain_values, understood, unknown
from .proxy import stores as proxy_stores


def maps_subject(product: defender_product.Defender, stores: proxy_stores.Stores) -> firewall_verdict.Subject:
    """Who speaks with MAPS: MsMpEng.exe, service WinDefend (recalled: Microsoft names no single list).

    The firewall sees the first hop only, so with a proxy the port is the proxy's: Defender's own, else WinHTTP's.
    """
    folder = product.mpcmdrun.rpartition("\\")[0] or r"%ProgramFiles%\Windows Defender"
    port = _first_hop((product.proxy_server, stores.winhttp.https), 443)
    return firewall_verdict.Subject(f"{folder}\\MsMpEng.exe", "WinDefend", port)


def crl_subject(stores: proxy_stores.Stores) -> firewall_verdict.Subject:
    """Who fetches revocation lists: CryptSvc as NETWORK SERVICE, through WinHTTP's proxy (KB 2623724)."""
    port = _first_hop((stores.winhttp.http,), 80)
    return firewall_verdict.Subject(r"%SystemRoot%\System32\svchost.exe", "CryptSvc", port)


def probe_subject(maps: firewall_verdict.Subject) -> firewall_verdict.Subject:
    """Who probes: Windows' own curl.exe, on the way that Defender takes; what stops it need not stop Defender."""
    return firewall_verdict.Subject(r"%SystemRoot%\System32\curl.exe", "", maps.port)


def _first_hop(proxies: Iterable[str], without: int) -> int:
    """The port of the first of these proxies that names one, else `without`; 0 where it names several."""
    for proxy in proxies:
        ports = proxy_text.parse(proxy).ports
        if ports:
            return next(iter(ports)) if len(ports) == 1 else 0
    return without


SUBJECTS = (
    firewall_verdict.Subject("MsMpEng.exe", "WinDefend", 443),
    firewall_verdict.Subject("svchost.exe", "CryptSvc", 80),
    firewall_verdict.Subject("curl.exe", "", 443),
)
"""For the filter on the host, which looks at file names and services only."""


_VERDICTS = ("firewall.maps.verdict", "firewall.crl.verdict", "firewall.probe.verdict")
DECIDES: Final[unknown.Fields] = {
    "system.version": tuple(
        f"system.{name}" for name in ("product_name", "build", "revision", "installation_type", "system_root")
    ),
    "system.elevated": ("system.elevated",),
    "defender.service": (
        *(
            f"defender.{name}"
            for name in ("installed", "start_type", "image_path", "mpcmdrun", "platform_version", "applicable")
        ),
        "firewall.maps.verdict",
    ),
    "defender.state": ("defender.service_state", "defender.running"),
    "defender.product": ("defender.passive_mode", "defender.disabled", "defender.applicable"),
    "defender.policy": (
        *(f"defender.{name}" for name in ("disabled", "applicable", "proxy_server", "proxy_pac_url", "proxy_bypass")),
        "firewall.maps.verdict",
        "firewall.probe.verdict",
    ),
    "proxy.blob": (
        *(f"proxy.winhttp.{name}" for name in ("direct", "http", "https", "bypass_list", "present", "raw")),
        *_VERDICTS,
    ),
    "proxy.blob32": ("proxy.winhttp.raw_32",),
    "proxy.advanced": ("proxy.advanced",),
    "proxy.policy": ("proxy.settings_per_machine",),
    "proxy.caller": ("proxy.accounts.caller", "proxy.caller_differs_from_system"),
    "proxy.system": ("proxy.accounts.system", "proxy.caller_differs_from_system"),
    "proxy.network_service": ("proxy.accounts.network_service",),
    "spynet.policy": tuple(
        f"spynet.{name}"
        for name in ("ssl_options", "certificate_pinning", "revocation_check", "reporting", "submit_samples")
    ),
    "spynet.reporting": ("spynet.effective_reporting",),
    "spynet.tamper": ("spynet.tamper_protection",),
    **dict.fromkeys(firewall_verdict.reading(SUBJECTS), _VERDICTS),
}
"""What of the result each command decides."""


@functools.cache
def reading(filtered: bool = True) -> Ask:
    """One line for everything, the same for every host; the firewall's rules, which can be large, come last.

    `filtered` False leaves out the filtering on the host, for hosts without findstr.
    """
    return Ask(
        {
            **defender_product.reading(),
            **proxy_stores.reading(),
            **spynet.reading(),
            **firewall_verdict.reading(SUBJECTS, filtered),
        },
        reads=True,
    )


def interpret(answer: Answer) -> dict[str, Any]:
    """The structured result: system, defender, proxy, spynet, firewall, unknown, clock_skew. Its parts are not to be
    changed."""
    return {**_understood(tuple(answer.outcomes.items())), "clock_skew": answer.clock_skew}


@functools.lru_cache(maxsize=64)
def _understood(answered: tuple[tuple[str, Outcome], ...]) -> dict[str, Any]:
    """A fleet has few kinds of hosts, so a sweep that understands equal answers once understands most of them so."""
    result, unread = understood(dict(answered), _read)
    result["unknown"] = facts(unread, DECIDES)
    erase(result, result["unknown"])
    if "proxy.blob" in unread:
        result["proxy"]["winhttp"]["problem"] = unread["proxy.blob"]
    return result


def _read(outcomes: Mapping[str, Outcome], unread: Mapping[str, str]) -> dict[str, Any]:
    system = defender_product.read_system(outcomes)
    product = defender_product.read_defender(outcomes)
    stores = proxy_stores.read(outcomes)
    rules = firewall_verdict.read(outcomes, any(name.startswith("firewall.") for name in unread))
    maps = maps_subject(product, stores)

    def verdict(subject: firewall_verdict.Subject, *decided_by: str) -> dict[str, Any]:
        """Unknown also where whom it is for, or the port, is not known."""
        known = bool(subject.port) and not unread.keys() & {*decided_by}
        return firewall_verdict.shown(rules if known else replace(rules, too_large=True), subject)

    return {
        "system": plain_values.of(system),
        "defender": {
            **plain_values.of(product),
            "running": product.running,
            "applicable": product.applicable,
        },
        "proxy": {
            "winhttp": plain_values.of(stores.winhttp),
            "advanced": plain_values.of(stores.advanced) if stores.advanced else None,
            "accounts": {name: plain_values.of(one) for name, one in stores.accounts.items()},
            "settings_per_machine": stores.settings_per_machine,
            "caller_differs_from_system": stores.caller_differs_from_system,
        },
        "spynet": spynet.shown(spynet.read(outcomes)),
        "firewall": {
            "maps": verdict(maps, "defender.service", "defender.policy", "proxy.blob"),
            "crl": verdict(crl_subject(stores), "proxy.blob"),
            "probe": verdict(probe_subject(maps), "defender.policy", "proxy.blob"),
            "too_large": rules.too_large,
            "unreadable": rules.unreadable,
        },
    }


def read() -> Operation[dict[str, Any]]:
    """Reads a host."""
    answer = yield reading()
    return interpret(answer)


def info() -> Operation[dict[str, Any]]:
    """`read` as the result of a task that changes nothing."""
    return {"changed": False, **(yield from read())}
