"""Everything the collection reads of a host, in one round trip, as one structured result that the roles use."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..._windows import environment
from ..._windows.cmdline import Outcome
from ..._windows.identity_cache import IdentityCache
from ..._windows.outcome import is_worth_keeping
from ..defender import (
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
    own_unknown,
    spynet,
)
from ..firewall import verdict as firewall_verdict
from ..language import DEFAULT_LANGUAGE
from ..operation import Answer, Ask, Fact, Operation, erase, facts, is_lost, plain, understood, unknown
from ..probes import CRL_URLS
from ..proxy import (
    AUTO_PROXY,
    OBEYED_SINCE,
    SENSOR,
    STORES,
    WPAD_DISABLED,
    AutoProxyService,
    Client,
    Route,
    Row,
    Sensor,
    State,
    Stores,
    in_force,
    route_table,
    unreadable,
)
from .decides import DECIDES, VERDICTS
from .subjects import RULES, crl_subject, maps_subject, probe_subject

KINDS: Final = 16
"""Kinds of hosts that are remembered."""


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
    wpad_disabled = WPAD_DISABLED.parse(outcomes) and system.build >= OBEYED_SINCE
    proxy = replace(proxy, wpad_disabled=wpad_disabled) if wpad_disabled else proxy
    return _Read(system, defender, proxy, *policies, rules, *services)


HOST: Final = Fact(
    {
        **SYSTEM.commands,
        **DEFENDER.commands,
        **STORES.commands,
        **AUTO_PROXY.commands,
        **WPAD_DISABLED.commands,
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
    sensor: Sensor | None
    """The proxy of the sensor of Defender for Endpoint; None: not known."""
    clock_skew: float | None
    shown: Mapping[str, Any]
    """As results show it: system, defender, proxy, spynet, onboarding, maps_record, firewall, unknown, clock_skew. Its
    parts are not to be changed."""

    @property
    def maps_urls(self) -> tuple[str, ...]:
        """What the host asks for MAPS; empty where that is not known."""
        return () if "onboarding" in self.unknown else self.onboarding.maps_urls

    def rows(self) -> tuple[Row, ...]:
        """Which proxy each route takes."""
        ways = _maps_way(self.defender, self.proxy, self.onboarding), _lists_way(self.proxy)
        return route_table(self.proxy, self.defender.own_proxy, *ways, self.sensor)

    def shown_in(self, language: str) -> Mapping[str, Any]:
        """`shown` with its sentences in a language."""
        if language == DEFAULT_LANGUAGE:
            return self.shown
        routes = plain([one.shown(language) for one in self.rows()])
        return {**self.shown, "proxy": {**self.shown["proxy"], "routes": routes}}


def interpret(answer: Answer) -> Host:
    """What the answer to `READING` says of a host."""
    outcomes, skew = answer.outcomes, answer.clock_skew
    if not is_worth_keeping(outcomes.values()):
        return _at(_understood(outcomes), skew)
    host = _hosts.get(lambda: _understood(outcomes), tuple(outcomes.values()), tuple(outcomes))
    return _at_clock.get(lambda: _at(host, skew), (host,), skew)


_hosts: Final[IdentityCache[Host]] = IdentityCache()
_at_clock: Final[IdentityCache[Host]] = IdentityCache()


def _at(host: Host, skew: float | None) -> Host:
    return replace(host, clock_skew=skew, shown={**host.shown, "clock_skew": skew})


def _understood(outcomes: Mapping[str, Outcome]) -> Host:
    """What differs from host to host, such as the identity of the sensor, says nothing, and a fleet has few kinds of
    hosts: most are known when their facts are."""
    read, unread = understood(outcomes, HOST)
    times, kind = read.times, (replace(read, times=Times()), unread)
    host = next((one for one, of in tuple(_kinds) if of == kind), None)
    if host is None:
        host = _host(*kind)
        _kinds.append((host, kind))
    shown: dict[str, Any] = {**host.shown, "maps_record": plain(times)}
    erase(shown, shown["unknown"])
    return replace(host, times=times, shown=shown)


_kinds: Final[deque[tuple[Host, tuple[_Read, dict[str, str]]]]] = deque(maxlen=KINDS)


def _host(read: _Read, unread: Mapping[str, str]) -> Host:
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
    policies, sensor = (read.spynet, read.onboarding), _sensor(read.sensor, unread)
    known = (read.auto_proxy, read.times)
    host = Host(
        read.system, read.defender, stores, maps, lists, differs, *policies, firewall, lost, *known, sensor, None, {}
    )
    shown: dict[str, Any] = plain(_shown(host, ways))
    shown["unknown"] = [*unknown, *_not_told(firewall, read.rules.incomplete, lost)]
    erase(shown, unknown)
    return replace(host, shown=shown)


def _sensor(read: Sensor, unread: Mapping[str, str]) -> Sensor | None:
    """What is known of it."""
    if is_lost(unread, "sensor.proxy"):
        return None
    return replace(read, prefers_static=None) if is_lost(unread, "sensor.policy") else read


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
            verdicts = VERDICTS[:1] + VERDICTS[2:] if who == "maps" else VERDICTS[1:2]
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


def _shown(host: Host, ways: tuple[_Way, _Way]) -> dict[str, Any]:
    """`ways`: to MAPS and to the revocation lists."""
    product, stores = host.defender, host.proxy
    rows = route_table(stores, product.own_proxy, *ways, host.sensor)
    return {
        "system": host.system,
        "defender": {**vars(product), "running": product.running, "applicable": product.applicable},
        "proxy": {
            **{name: value for name, value in vars(stores).items() if name != "unread"},
            "caller_differs_from_system": stores.caller_differs_from_system,
            "auto_proxy_service": {**vars(host.auto_proxy), "off": host.auto_proxy.off},
            "in_force": {"maps": host.maps_route.shown(), "lists": host.lists_route.shown()},
            "sensor": host.sensor,
            "routes": [one.shown() for one in rows],
        },
        "spynet": spynet.shown(host.spynet),
        "onboarding": {**vars(host.onboarding), "maps_urls": host.onboarding.maps_urls},
        "maps_record": host.times,
        "firewall": host.firewall,
    }


def read(language: str = DEFAULT_LANGUAGE) -> Operation[dict[str, Any]]:
    """Reads a host."""
    answer = yield READING
    return dict(interpret(answer).shown_in(language))


def info(language: str) -> Operation[dict[str, Any]]:
    """`read` as the result of a task that changes nothing."""
    return {"changed": False, **(yield from read(language))}
