"""From an assessment and the user's wishes to ordered steps with reasons. A pure function.

The order is the article's order of preference, and the least that can work comes first: allow rules only where
Windows Firewall blocks by default, then the WinHTTP proxy, and SSLOptions only with consent, never from one loosening
to the next by itself: dropping pinning would turn an interception into "repaired".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .causes import CAUSES
from .diagnosis import ARTICLE_CODES, Finding, findings
from .observation import Observation
from .proxy import Wish as ProxyWish
from .proxy import split_bypass

WORKAROUNDS = {"never": None, "no_revocation": 2, "no_revocation_no_pinning": 0}
INCURABLE = ("not_elevated", "windows_too_old", "service_stopped", "firewall_block_rule", "clock_skew")
UNTRUSTED_AUTHORITY = 0x80072F0D


@dataclass(frozen=True)
class Wishes:
    """What the user allows, as the role's variables say it."""

    proxy: ProxyWish | None = None
    """None: leave the proxy alone (laptops)."""
    firewall: bool = True
    """Whether allow rules of our own may be added."""
    ssl_workaround: str = "never"


@dataclass(frozen=True)
class Step:
    """One step: which module, with which arguments, and why."""

    id: str
    module: str
    reason: str
    guess: bool
    """True: taken back when it did not help. False: the user asked for it by value, so it stays."""
    only_for: tuple[str, ...] = ()
    """Codes (`0x80072F8F`) that the last validation must have answered; empty: any."""
    remote_ports: tuple[str, ...] = ()
    """For allow rules: the ports of every first hop that may come, since the firewall sees no other."""


@dataclass(frozen=True)
class Plan:
    """What to do with a host."""

    outcome: str
    """healthy, not_applicable or not_repairable when there is nothing to do; empty when there are steps."""
    cause: str
    reason: str
    steps: tuple[Step, ...]


def proxy_wish(proxy: Any, bypass_list: Any) -> ProxyWish | None:
    """From the role's variables: false or empty is None; `host:port`, or a mapping with http and https."""
    if not proxy:
        return None
    bypass = tuple(bypass_list or ()) if not isinstance(bypass_list, str) else split_bypass(bypass_list)
    if isinstance(proxy, Mapping):
        return ProxyWish(str(proxy.get("http", "") or ""), str(proxy.get("https", "") or ""), bypass)
    return ProxyWish(str(proxy), str(proxy), bypass)


def plan(o: Observation, current_proxy: ProxyWish, wishes: Wishes) -> Plan:
    """Decides; `current_proxy` is what the WinHTTP store holds."""
    found = findings(o)
    for one in found:
        if not one.cause.applicable:
            return Plan("not_applicable", one.cause.id, f"{one.cause.explanation} Evidence: {one.evidence}.", ())
    if o.connected:
        return Plan("healthy", "none", "MAPS answered.", ())
    cause = found[0].cause.id if found else "unknown"
    stop = _incurable(o, found)
    if stop is not None:
        return Plan("not_repairable", stop.cause.id, _no_way(stop), ())
    steps = (*_firewall_step(o, found, wishes), *_proxy_step(o, current_proxy, wishes), *_ssl_step(o, wishes))
    if not steps:
        lead = found[0] if found else Finding(CAUSES["unknown"], "none", "the code is not known", "")
        return Plan("not_repairable", cause, _no_way(lead, _missing_consent(o, wishes)), ())
    return Plan("", cause, CAUSES[cause].explanation, steps)


def _incurable(o: Observation, found: tuple[Finding, ...]) -> Finding | None:
    for one in found:
        if one.confidence == "certain" and one.cause.id in INCURABLE:
            return one
        if one.cause.id == "tls_inspection" and o.hresult == UNTRUSTED_AUTHORITY:
            return one
    return None


def _no_way(one: Finding, hint: str = "") -> str:
    asks = [f"ask {s.who} to {s.text}" for s in one.cause.solutions if not s.module]
    text = f"{one.cause.explanation} Evidence: {one.evidence}."
    if asks:
        text += f" What to do: {'; '.join(asks)}."
    return f"{text} {hint}".strip()


def _missing_consent(o: Observation, wishes: Wishes) -> str:
    hints = []
    if wishes.proxy is None and not o.machine_proxy:
        hints.append("no proxy was given (remediate_winhttp_proxy)")
    if wishes.ssl_workaround == "never" and o.revocation_check and o.hresult in ARTICLE_CODES:
        hints.append("loosening SSLOptions was not allowed (remediate_ssl_options_workaround)")
    return f"Not tried: {'; '.join(hints)}." if hints else ""


def _firewall_step(o: Observation, found: tuple[Finding, ...], wishes: Wishes) -> tuple[Step, ...]:
    blocked = next((one for one in found if one.cause.id == "firewall_default_block"), None)
    if blocked is None or not wishes.firewall:
        return ()
    return (
        Step(
            "firewall",
            "windefend.maps.firewall_rule",
            f"Windows Firewall blocks by default: {blocked.evidence}",
            guess=True,
            remote_ports=_first_hops(o, wishes),
        ),
    )


def _first_hops(o: Observation, wishes: Wishes) -> tuple[str, ...]:
    wish = wishes.proxy or ProxyWish()
    proxies = (o.defender_proxy, o.winhttp_proxy, o.advanced_proxy, wish.http, wish.https)
    ports = {port for port in (proxy.rstrip("/").rpartition(":")[2] for proxy in proxies) if port.isdigit()}
    return tuple(sorted({"80", "443", *ports}, key=int))


def _proxy_step(o: Observation, current: ProxyWish, wishes: Wishes) -> tuple[Step, ...]:
    wish = wishes.proxy
    if wish is None or _same(wish, current):
        return ()
    why = f"WinHTTP uses {o.winhttp_proxy}" if o.winhttp_proxy else "no machine-wide WinHTTP proxy is set"
    if o.winhttp_problem:
        why = "the stored WinHTTP settings cannot be read"
    return (
        Step(
            "winhttp_proxy",
            "windefend.maps.winhttp_proxy",
            f"{why}, so the CRL cannot be fetched; this is the solution that Microsoft prefers",
            guess=False,
        ),
    )


def _same(one: ProxyWish, other: ProxyWish) -> bool:
    def key(wish: ProxyWish) -> tuple[str, str, frozenset[str]]:
        return wish.http.lower(), wish.https.lower(), frozenset(entry.lower() for entry in wish.bypass_list)

    return key(one) == key(other)


def _ssl_step(o: Observation, wishes: Wishes) -> tuple[Step, ...]:
    target = WORKAROUNDS[wishes.ssl_workaround]
    if target is None or o.ssl_options & ~target == 0:
        return ()
    return (
        Step(
            "ssl_options",
            "windefend.maps.spynet",
            f"the workaround was allowed ({wishes.ssl_workaround}): SSLOptions {target}, used only when the code is "
            "one that an unreachable CRL gives",
            guess=True,
            only_for=tuple(f"0x{code:08X}" for code in sorted(ARTICLE_CODES)),
        ),
    )
