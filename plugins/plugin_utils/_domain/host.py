"""Everything the collection reads of a host, in one round trip, as one structured result that the roles use."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .._windows.cmdline import Outcome
from .._windows.text import whole_number
from .defender import DEFENDER, SPYNET, SYSTEM, Defender, Spynet, System, spynet
from .firewall import verdict as firewall_verdict
from .operation import Answer, Ask, Fact, Operation, erase, facts, plain, understood, unknown
from .proxy import STORES, Stores, unreadable


def maps_subject(product: Defender, stores: Stores) -> firewall_verdict.Subject:
    """Who speaks with MAPS: MsMpEng.exe, service WinDefend (recalled: Microsoft names no single list).

    The firewall sees the first hop only, so with a proxy the port is the proxy's: Defender's own, else WinHTTP's.
    """
    folder = product.mpcmdrun.rpartition("\\")[0] or r"%ProgramFiles%\Windows Defender"
    port = port_of(product.proxy_server) or port_of(stores.winhttp.https) or 443
    return firewall_verdict.Subject(f"{folder}\\MsMpEng.exe", "WinDefend", port)


def crl_subject(stores: Stores) -> firewall_verdict.Subject:
    """Who fetches revocation lists: CryptSvc as NETWORK SERVICE, through WinHTTP's proxy (KB 2623724)."""
    return firewall_verdict.Subject(
        r"%SystemRoot%\System32\svchost.exe", "CryptSvc", port_of(stores.winhttp.http) or 80
    )


def probe_subject(maps: firewall_verdict.Subject) -> firewall_verdict.Subject:
    """Who probes: Windows' own curl.exe, on the way that Defender takes; what stops it need not stop Defender."""
    return firewall_verdict.Subject(r"%SystemRoot%\System32\curl.exe", "", maps.port)


def port_of(address: str) -> int:
    """The port of `host:port` or `http://host:port`; 0 where there is none."""
    return whole_number(address.rstrip("/").rpartition(":")[2]) or 0


SUBJECTS = (
    firewall_verdict.Subject("MsMpEng.exe", "WinDefend", 443),
    firewall_verdict.Subject("svchost.exe", "CryptSvc", 80),
    firewall_verdict.Subject("curl.exe", "", 443),
)
"""For the filter on the host, which looks at file names and services only."""
RULES: Final = firewall_verdict.rules_for(SUBJECTS)

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
    **dict.fromkeys(RULES.commands, _VERDICTS),
}
"""What of the result each command decides."""


@dataclass(frozen=True)
class _Read:
    """What the commands say, those that cannot be read counting as nothing found."""

    system: System
    defender: Defender
    proxy: Stores
    spynet: Spynet
    rules: firewall_verdict.State


def _parse(outcomes: Mapping[str, Outcome]) -> _Read:
    system, defender, proxy = SYSTEM.parse(outcomes), DEFENDER.parse(outcomes), STORES.parse(outcomes)
    rules = RULES.parse(outcomes)
    return _Read(system, defender, proxy, SPYNET.parse(outcomes), rules)


HOST: Final = Fact(
    {**SYSTEM.commands, **DEFENDER.commands, **STORES.commands, **SPYNET.commands, **RULES.commands}, _parse
)
"""Everything; the firewall's rules, which can be large, come last."""
READING: Final = Ask(HOST.commands, reads=True)
"""One line, the same for every host."""


@dataclass(frozen=True)
class Firewall:
    """What the firewall says of those who speak."""

    maps: firewall_verdict.Decision
    crl: firewall_verdict.Decision
    probe: firewall_verdict.Decision | None
    """None: not read."""
    too_large: bool = False
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Host:
    """What is known of a host. A fact that is not known is as where nothing was found, and `unknown` names it."""

    system: System
    defender: Defender
    proxy: Stores
    caller_differs: bool
    """It is known that the caller has a proxy of their own that SYSTEM has not."""
    spynet: Spynet
    firewall: Firewall
    unknown: frozenset[str]
    """Paths of facts in `shown`."""
    clock_skew: float | None
    shown: Mapping[str, Any]
    """As results show it: system, defender, proxy, spynet, firewall, unknown, clock_skew. Its parts are not to be
    changed."""


def interpret(answer: Answer) -> Host:
    """What the answer to `READING` says of a host."""
    host, skew = _understood(tuple(answer.outcomes.items())), answer.clock_skew
    return replace(host, clock_skew=skew, shown={**host.shown, "clock_skew": skew})


@functools.lru_cache(maxsize=64)
def _understood(answered: tuple[tuple[str, Outcome], ...]) -> Host:
    """A fleet has few kinds of hosts, so a sweep that understands equal answers once understands most of them so."""
    read, unread = understood(dict(answered), HOST)
    unknown = facts(unread, DECIDES)
    lost = frozenset(one["fact"] for one in unknown)
    stores = unreadable(read.proxy, unread["proxy.blob"]) if "proxy.blob" in unread else read.proxy
    differs = stores.caller_differs_from_system and "proxy.caller_differs_from_system" not in lost
    host = Host(read.system, read.defender, stores, differs, read.spynet, _firewall(read, unread), lost, None, {})
    shown: dict[str, Any] = plain(_shown(host))
    shown["unknown"] = unknown
    erase(shown, unknown)
    return replace(host, shown=shown)


def _firewall(read: _Read, unread: Mapping[str, str]) -> Firewall:
    rules = read.rules
    if unread.keys() & RULES.commands.keys():
        rules = replace(rules, too_large=True)
    maps = maps_subject(read.defender, read.proxy)

    def decided(subject: firewall_verdict.Subject, *by: str) -> firewall_verdict.Decision:
        """Unknown also where whom it is for is not known."""
        known = not unread.keys() & {*by}
        return firewall_verdict.decide(rules if known else replace(rules, too_large=True), subject)

    return Firewall(
        maps=decided(maps, "defender.service", "defender.policy", "proxy.blob"),
        crl=decided(crl_subject(read.proxy), "proxy.blob"),
        probe=decided(probe_subject(maps), "defender.policy", "proxy.blob"),
        too_large=rules.too_large,
        unreadable=rules.unreadable,
    )


def _shown(host: Host) -> dict[str, Any]:
    product, stores = host.defender, host.proxy
    return {
        "system": host.system,
        "defender": {**vars(product), "running": product.running, "applicable": product.applicable},
        "proxy": {
            **vars(stores),
            "caller_differs_from_system": stores.caller_differs_from_system,
        },
        "spynet": spynet.shown(host.spynet),
        "firewall": host.firewall,
    }


def read() -> Operation[dict[str, Any]]:
    """Reads a host."""
    answer = yield READING
    return dict(interpret(answer).shown)
