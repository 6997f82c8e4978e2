"""Everything the collection reads of a host, in one round trip, as one structured result that the roles use."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .._windows import environment
from .._windows.cmdline import Outcome
from .._windows.outcome import is_worth_keeping
from .defender import (
    ARTICLE_URLS,
    DEFENDER,
    DISABLE_UNCLEAR,
    ONBOARDING,
    SPYNET,
    SYSTEM,
    TIMES,
    Defender,
    Onboarding,
    Spynet,
    System,
    Times,
    alike,
    own_decides,
    own_unknown,
    record as maps_record,
    spynet,
)
from .firewall import verdict as firewall_verdict
from .operation import Answer, Ask, Fact, Operation, erase, facts, is_lost, plain, understood, unknown
from .probes import CRL_URLS
from .proxy import (
    AUTO_PROXY,
    SENSOR,
    STORES,
    AutoProxyService,
    Client,
    Route,
    Sensor,
    State,
    Stores,
    in_force,
    route_table,
    unreadable,
)


def maps_subject(product: Defender, way: Route) -> firewall_verdict.Subject:
    """Who speaks with MAPS: MsMpEng.exe, service WinDefend (recalled: Microsoft names no single list).

    The firewall sees the first hop only, so with a proxy in force the port is the proxy's.
    """
    folder = product.mpcmdrun.rpartition("\\")[0] or r"%ProgramFiles%\Windows Defender"
    return firewall_verdict.Subject(f"{folder}\\MsMpEng.exe", "WinDefend", way.first_hop(443))


def crl_subject(way: Route) -> firewall_verdict.Subject:
    """Who fetches revocation lists: CryptSvc as NETWORK SERVICE (KB 2623724)."""
    return firewall_verdict.Subject(r"%SystemRoot%\System32\svchost.exe", "CryptSvc", way.first_hop(80))


def probe_subject(maps: firewall_verdict.Subject) -> firewall_verdict.Subject:
    """Who probes: Windows' own curl.exe, on the way that Defender takes; what stops it need not stop Defender."""
    return firewall_verdict.Subject(r"%SystemRoot%\System32\curl.exe", "", maps.port)


def maps_route(product: Defender, stores: Stores, onboarding: Onboarding) -> Route:
    """The way to MAPS; of several addresses, one that a bypass list exempts goes first, since that is what is wrong.
    Where it is not known which the host asks, the way to those of the article."""
    return _maps_way(product, stores, onboarding)[1]


def lists_route(stores: Stores, account: str = "system") -> Route:
    """The same to the revocation lists, in a process of this account."""
    return _lists_way(stores, account)[1]


_Way = tuple[str, Route]
"""A URL and the route there."""


def _maps_way(product: Defender, stores: Stores, onboarding: Onboarding) -> _Way:
    urls = onboarding.maps_urls or ARTICLE_URLS
    return _telling((url, in_force(stores, url, Client.DEFENDER, own=product.own_proxy)) for url in urls)


def _lists_way(stores: Stores, account: str = "system") -> _Way:
    return _telling((url, in_force(stores, url, Client.CRYPTOAPI, account)) for url in CRL_URLS)


def _telling(ways: Iterable[_Way]) -> _Way:
    found = tuple(ways)
    return next((one for one in found if one[1].state is State.BYPASSED), found[0])


SUBJECTS = (
    firewall_verdict.Subject("MsMpEng.exe", "WinDefend", 443),
    firewall_verdict.Subject("svchost.exe", "CryptSvc", 80),
    firewall_verdict.Subject("curl.exe", "", 443),
)
"""For the filter on the host, which looks at file names and services only."""
RULES: Final = firewall_verdict.rules_for(SUBJECTS)

_VERDICTS = ("firewall.maps.verdict", "firewall.crl.verdict", "firewall.probe.verdict")
_DECIDES: Final[unknown.Fields] = {
    "system.version": (
        *(f"system.{name}" for name in ("product_name", "build", "revision", "installation_type", "system_root")),
        *_VERDICTS,
    ),
    "system.version/ProductName": ("system.product_name",),
    "system.version/CurrentBuildNumber": ("system.build",),
    "system.version/CurrentBuild": ("system.build",),
    "system.version/UBR": ("system.revision",),
    "system.version/InstallationType": ("system.installation_type",),
    "system.version/SystemRoot": ("system.system_root", *_VERDICTS),
    "system.elevated": ("system.elevated",),
    "onboarding": ("onboarding",),
    "defender.service": (
        *(
            f"defender.{name}"
            for name in ("installed", "start_type", "image_path", "mpcmdrun", "platform_version", "applicable")
        ),
        "firewall.maps.verdict",
    ),
    "defender.service/Start": ("defender.start_type",),
    "defender.state": ("defender.service_state", "defender.running"),
    "defender.product": tuple(
        f"defender.{name}"
        for name in (
            *("passive_mode", "disabled", "disable_ignored", "applicable"),
            *("cached_proxy", "cached_proxy_access_type", "cached_proxy_bypass", "last_known_good_proxy"),
            "force_proxy_only",
        )
    ),
    "defender.product/PassiveMode": ("defender.passive_mode", "defender.applicable"),
    "defender.product/DisableAntiSpyware": ("defender.disabled", "defender.applicable"),
    "defender.product/CachedProxy": ("defender.cached_proxy",),
    "defender.product/CachedProxyAccessType": ("defender.cached_proxy_access_type",),
    "defender.product/CachedProxyAccessType ": ("defender.cached_proxy_access_type",),
    "defender.product/CachedProxyBypass": ("defender.cached_proxy_bypass",),
    "defender.product/LastKnownGoodProxy": ("defender.last_known_good_proxy",),
    "defender.policy/DisableAntiSpyware": ("defender.disabled", "defender.applicable"),
    "defender.policy": tuple(
        f"defender.{name}" for name in ("disabled", "disable_ignored", "applicable", "force_proxy_only")
    ),
    "proxy.blob": (
        *(f"proxy.winhttp.{name}" for name in ("direct", "http", "https", "bypass_list", "present", "raw")),
        *_VERDICTS,
    ),
    "proxy.blob32": ("proxy.winhttp.raw_32",),
    "proxy.advanced": ("proxy.advanced",),
    "proxy.policy": ("proxy.settings_per_machine",),
    "sensor.proxy": ("proxy.sensor",),
    "proxy.caller": ("proxy.accounts.caller", "proxy.caller_differs_from_system"),
    "proxy.system": ("proxy.accounts.system", "proxy.caller_differs_from_system"),
    "proxy.network_service": ("proxy.accounts.network_service",),
    "autoproxy.service": ("proxy.auto_proxy_service.start_type", "proxy.auto_proxy_service.off"),
    "autoproxy.state": ("proxy.auto_proxy_service.state", "proxy.auto_proxy_service.off"),
    "spynet.policy": tuple(
        f"spynet.{name}"
        for name in (
            *("ssl_options", "certificate_pinning", "revocation_check", "reporting", "reporting_override"),
            "submit_samples",
        )
    ),
    "defender.manager": tuple(
        f"spynet.{name}" for name in ("policy_manager_reporting", "policy_manager_samples", "policy_manager_in_use")
    ),
    "defender.manager/AllowCloudProtection": ("spynet.policy_manager_reporting",),
    "defender.manager/SubmitSamplesConsent": ("spynet.policy_manager_samples",),
    "spynet.policy/SSLOptions": ("spynet.ssl_options", "spynet.certificate_pinning", "spynet.revocation_check"),
    "spynet.policy/SpynetReporting": ("spynet.reporting",),
    "spynet.policy/SubmitSamplesConsent": ("spynet.submit_samples",),
    **{f"spynet.reporting/{value}": (f"maps_record.{one}",) for value, one in maps_record.TIMES_DECIDE.items()},
    "spynet.reporting": (*("spynet.effective_reporting", "maps_record.last_success", "maps_record.last_failure"),),
    "spynet.reporting/SpynetReporting": ("spynet.effective_reporting",),
    "spynet.tamper": ("spynet.tamper_protection",),
    **dict.fromkeys(RULES.commands, _VERDICTS),
    "firewall.profiles": (*_VERDICTS, "firewall.rules_ignored", "firewall.blocks_by_default"),
    firewall_verdict.RUNS: ("firewall.service_running",),
    firewall_verdict.STOPPED: _VERDICTS,
}
DECIDES: Final[unknown.Fields] = own_decides(_DECIDES, "defender.proxy_stores")
"""What of the result each command decides."""


@dataclass(frozen=True)
class _Read:
    """What the commands say, those that cannot be read counting as nothing found."""

    system: System
    defender: Defender
    proxy: Stores
    spynet: Spynet
    onboarding: Onboarding
    times: Times
    rules: firewall_verdict.State
    auto_proxy: AutoProxyService
    sensor: Sensor


def _parse(outcomes: Mapping[str, Outcome]) -> _Read:
    system, defender, proxy = SYSTEM.parse(outcomes), DEFENDER.parse(outcomes), STORES.parse(outcomes)
    rules = RULES.parse(outcomes)
    policies = SPYNET.parse(outcomes), ONBOARDING.parse(outcomes), TIMES.parse(outcomes)
    services = AUTO_PROXY.parse(outcomes), SENSOR.parse(outcomes)
    return _Read(system, defender, proxy, *policies, rules, *services)


HOST: Final = Fact(
    {
        **SYSTEM.commands,
        **DEFENDER.commands,
        **STORES.commands,
        **AUTO_PROXY.commands,
        **SPYNET.commands,
        **ONBOARDING.commands,
        **SENSOR.commands,
        **RULES.commands,
    },
    _parse,
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
    rules_ignored: bool | None = None
    """Whether a policy makes Windows ignore the rules of the local store, ours among them, wherever the default blocks;
    None: in some profiles only, or not known."""
    service_running: bool | None = None
    """Whether the firewall's service runs; None: not known."""
    blocks_by_default: bool | None = None
    """Whether some profile blocks what no rule is for; None: not known."""


@dataclass(frozen=True)
class Host:
    """What is known of a host. A fact that is not known is as where nothing was found, and `unknown` names it."""

    system: System
    defender: Defender
    proxy: Stores
    maps_route: Route
    """The way to MAPS."""
    lists_route: Route
    """The way to the revocation lists, as SYSTEM goes."""
    caller_proxy_differs: bool
    """It is known that the caller has a proxy of their own that SYSTEM has not."""
    spynet: Spynet
    onboarding: Onboarding
    firewall: Firewall
    unknown: frozenset[str]
    """Paths of facts in `shown`."""
    auto_proxy: AutoProxyService
    times: Times
    """When MAPS was reached and not reached last, as written."""
    clock_skew: float | None
    shown: Mapping[str, Any]
    """As results show it: system, defender, proxy, spynet, onboarding, maps_record, firewall, unknown, clock_skew. Its
    parts are not to be changed."""

    @property
    def maps_urls(self) -> tuple[str, ...]:
        """What the host asks for MAPS; empty where that is not known."""
        return () if "onboarding" in self.unknown else self.onboarding.maps_urls


def interpret(answer: Answer) -> Host:
    """What the answer to `READING` says of a host."""
    outcomes = {name: alike(one) if name in ONBOARDING.commands else one for name, one in answer.outcomes.items()}
    understand = _understood if is_worth_keeping(outcomes.values()) else _understood.__wrapped__
    host, skew = understand(tuple(outcomes.items())), answer.clock_skew
    return replace(host, clock_skew=skew, shown={**host.shown, "clock_skew": skew})


@functools.lru_cache(maxsize=64)
def _understood(answered: tuple[tuple[str, Outcome], ...]) -> Host:
    """A fleet has few kinds of hosts, so a sweep that understands equal answers once understands most of them so."""
    read, unread = understood(dict(answered), HOST)
    unread = firewall_verdict.decisive(unread)
    unknown = facts(unread | firewall_verdict.stopped(read.rules), DECIDES)
    stores = unreadable(read.proxy, unread)
    ways = _maps_way(read.defender, stores, read.onboarding), _lists_way(stores)
    (_maps_url, maps), (_lists_url, lists) = ways
    crl = lists_route(stores, "network_service")
    unknown += _left_open(read.defender, maps, crl, unread, {one["fact"] for one in unknown})
    lost = frozenset(one["fact"] for one in unknown)
    differs = stores.caller_differs_from_system and "proxy.caller_differs_from_system" not in lost
    firewall = _firewall(read, maps, crl, unread)
    policies, services = (read.spynet, read.onboarding), (read.auto_proxy, read.times)
    host = Host(
        read.system, read.defender, stores, maps, lists, differs, *policies, firewall, lost, *services, None, {}
    )
    shown: dict[str, Any] = plain(_shown(host, ways, None if is_lost(unread, "sensor.proxy") else read.sensor))
    shown["unknown"] = [*unknown, *_not_told(firewall, read.rules.incomplete, lost)]
    erase(shown, unknown)
    return replace(host, shown=shown)


def _left_open(
    product: Defender, maps: Route, crl: Route, unread: Mapping[str, str], named: set[str]
) -> list[dict[str, str]]:
    """What is not known because of what else was read."""
    found = {f"defender.proxy_{name}": why for name, why in own_unknown(product, unread).items()}
    if product.image_path and not product.mpcmdrun:
        why = f"the path of the service WinDefend is not understood: {product.image_path[:80]!a}"
        found |= {"defender.mpcmdrun": why, "firewall.maps.verdict": why}
    if product.disabled is None:
        found |= dict.fromkeys(("defender.disabled", "defender.applicable"), DISABLE_UNCLEAR)
    for who, way in {"maps": maps, "crl": crl}.items():
        if way.state is State.UNKNOWN:  # so the port of the first hop is not known either
            why = way.decided_by.detail or "; ".join(dict.fromkeys(unread.values()))
            verdicts = _VERDICTS[:1] + _VERDICTS[2:] if who == "maps" else _VERDICTS[1:2]
            found |= dict.fromkeys(verdicts, f"which proxy is in force is not known: {why}")
    return [{"fact": fact, "reason": why} for fact, why in found.items() if fact not in named]


def _firewall(read: _Read, maps_way: Route, crl_way: Route, unread: Mapping[str, str]) -> Firewall:
    rules = read.rules
    if firewall_verdict.leaves_open(unread):
        rules = replace(rules, too_large=True)
    maps = maps_subject(read.defender, maps_way)
    variables = environment.of(read.system.system_root)

    def decided(subject: firewall_verdict.Subject, *by: str) -> firewall_verdict.Decision:
        """Unknown also where whom it is for, or the port, is not known, as where the service's path is none."""
        known = bool(subject.port) and not is_lost(unread, "system.version/SystemRoot", *by)
        known = known and (subject is not maps or bool(read.defender.mpcmdrun) or not read.defender.image_path)
        return firewall_verdict.decide(rules if known else replace(rules, too_large=True), subject, variables)

    return Firewall(
        maps=decided(maps, "defender.service/ImagePath", "defender.policy/ProxyServer", "proxy.blob"),
        crl=decided(crl_subject(crl_way), "proxy.blob"),
        probe=decided(probe_subject(maps), "defender.policy/ProxyServer", "proxy.blob"),
        too_large=rules.too_large,
        unreadable=rules.unreadable,
        rules_ignored=None if is_lost(unread, "firewall.profiles") else rules.ignores_local,
        service_running=rules.service_running,
        blocks_by_default=None if is_lost(unread, "firewall.profiles") else rules.blocks_by_default,
    )


def _not_told(firewall: Firewall, incomplete: str, lost: frozenset[str]) -> list[dict[str, str]]:
    """The verdicts that are not known because there may be rules that were not read."""
    decisions = {"firewall.maps.verdict": firewall.maps, "firewall.crl.verdict": firewall.crl}
    decisions |= {"firewall.probe.verdict": firewall.probe} if firewall.probe else {}
    return [
        {"fact": fact, "reason": incomplete}
        for fact, one in decisions.items()
        if incomplete and fact not in lost and one.verdict == unknown.UNKNOWN
    ]


def _shown(host: Host, ways: tuple[_Way, _Way], sensor: Sensor | None) -> dict[str, Any]:
    """`ways`: to MAPS and to the revocation lists."""
    product, stores = host.defender, host.proxy
    rows = route_table(stores, product.own_proxy, *ways, sensor)
    return {
        "system": host.system,
        "defender": {**vars(product), "running": product.running, "applicable": product.applicable},
        "proxy": {
            **{name: value for name, value in vars(stores).items() if name != "unread"},
            "caller_differs_from_system": stores.caller_differs_from_system,
            "auto_proxy_service": {**vars(host.auto_proxy), "off": host.auto_proxy.off},
            "in_force": {"maps": host.maps_route.shown(), "lists": host.lists_route.shown()},
            "sensor": sensor,
            "routes": [one.shown() for one in rows],
        },
        "spynet": spynet.shown(host.spynet),
        "onboarding": {**vars(host.onboarding), "maps_urls": host.onboarding.maps_urls},
        "maps_record": host.times,
        "firewall": host.firewall,
    }


def read() -> Operation[dict[str, Any]]:
    """Reads a host."""
    answer = yield READING
    return dict(interpret(answer).shown)


def info() -> Operation[dict[str, Any]]:
    """`read` as the result of a task that changes nothing."""
    return {"changed": False, **(yield from read())}
