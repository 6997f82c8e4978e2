"""How a connection leaves a machine: the ways each caller tries, in order, and what stops it on one.

Nothing here changes the machine. Who finds which proxy where: the policy texts of ADMX_MicrosoftDefenderAntivirus
(sure) and KB 2623724 (sure).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from .machine import neighbours, proxy_stores
from .machine.accounts import Token
from .machine.defender import POLICY_KEY, STATE_KEY
from .machine.firewall import verdict
from .machine.model import Machine
from .machine.network import Barrier

NONE_MEANS_WINHTTP_DEFAULT = True
"""Third in Defender's order stands "None". True: it means WinHTTP's default, the `netsh winhttp` proxy where there is
one (likely: the article's preferred cure, and "affects all Windows services that use the default WinHTTP proxy").
False: plainly direct."""


class Route(enum.StrEnum):
    """Who goes out; each finds its proxy in its own way."""

    DEFENDER = "defender"
    CRYPTOAPI = "cryptoapi"
    WINDOWS_UPDATE = "windows_update"


class Condition(enum.StrEnum):
    """What can be broken."""

    OLD_TOOL = "old_tool"
    NOT_ELEVATED = "not_elevated"
    SERVICE_STOPPED = "service_stopped"
    MAPS_OFF = "maps_off"
    NAME_RESOLUTION = "name_resolution"
    FIREWALL_BLOCK = "firewall_block"
    PROXY_DEAD = "proxy_dead"
    PROXY_PASSWORD = "proxy_password"
    PROXY_KNOWS_NO_NAME = "proxy_knows_no_name"
    """The proxy cannot resolve the name of a server of the company."""
    PERIMETER_DROP = "perimeter_drop"
    PERIMETER_REFUSE = "perimeter_refuse"
    PERIMETER_CUT = "perimeter_cut"
    CLOCK = "clock"
    TLS_INSPECTION = "tls_inspection"
    ROOT_UNKNOWN = "root_unknown"
    CRL_UNREACHABLE = "crl_unreachable"
    TRUST_LIST_STALE = "trust_list_stale"


@dataclass(frozen=True)
class Way:
    """How a connection leaves the machine."""

    proxy: str
    """`host:port`; empty: direct."""
    source: str
    """Where it was found: `policy`, `pac`, `winhttp`, `account`, `auto_detect`, or `none`."""


@dataclass(frozen=True)
class Target:
    """Where a connection is to go."""

    host: str
    port: int

    @property
    def scheme(self) -> str:
        """What proxy lists tell apart: revocation lists are plain HTTP."""
        return "http" if self.port == 80 else "https"


Finder = Callable[[Machine, Token, "Target"], Way | None]
"""Where a proxy is looked for; None: nothing is said there, or the next is to be asked."""


def _own_only(machine: Machine) -> bool:
    """Defender has a proxy of its own and is told to use no other (`ForceUseProxyOnly`; what it does: likely)."""
    own = machine.registry.number(STATE_KEY, "ForceUseProxyOnly")
    forced = machine.registry.number(POLICY_KEY, "ForceUseProxyOnly", own) == 1
    return forced and bool(proxy_stores.own(machine, "ProxyServer") or proxy_stores.own(machine, "ProxyPacUrl"))


def _policy_proxy(machine: Machine, token: Token, to: Target) -> Way | None:
    proxy = proxy_stores.own(machine, "ProxyServer")
    if not proxy:
        return None
    # The policy wants a URL, `http://host:port` (Defender policy text, sure); people write it without as well.
    return _unless_bypassed(machine, Way(proxy.rpartition("//")[2].rstrip("/").lower(), "policy"), to)


def _policy_pac(machine: Machine, token: Token, to: Target) -> Way | None:
    proxy = machine.network.pac_files.get(proxy_stores.own(machine, "ProxyPacUrl"))
    return None if proxy is None else _unless_bypassed(machine, Way(proxy.lower(), "pac"), to)


def _unless_bypassed(machine: Machine, way: Way, to: Target) -> Way:
    bypass = proxy_stores.own(machine, "ProxyBypass")
    return Way("", way.source) if proxy_stores.bypassed(bypass, to.host) else way


def _none(machine: Machine, token: Token, to: Target) -> Way | None:
    return (_winhttp(machine, token, to) if NONE_MEANS_WINHTTP_DEFAULT else None) or Way("", "none")


def _winhttp(machine: Machine, token: Token, to: Target) -> Way | None:
    if not proxy_stores.finds_proxies(machine):
        return None
    proxy = proxy_stores.winhttp_proxy(machine, to.host, to.scheme)
    return None if proxy is None else Way(proxy.lower(), "winhttp")


def _account(machine: Machine, token: Token, to: Target) -> Way | None:
    if not proxy_stores.finds_proxies(machine):
        return None
    proxy = proxy_stores.account_proxy(machine, token.sid, to.host, to.scheme)
    return None if proxy is None else Way(proxy.lower(), "account")


def _auto_detect(machine: Machine, token: Token, to: Target) -> Way | None:
    finds = machine.network.wpad and proxy_stores.finds_proxies(machine) and proxy_stores.discovers(machine)
    return Way(machine.network.wpad.lower(), "auto_detect") if finds else None


def _direct(machine: Machine, token: Token, to: Target) -> Way | None:
    return Way("", "none")


FINDERS: dict[Route, tuple[Finder, ...]] = {
    Route.DEFENDER: (_policy_proxy, _policy_pac, _none, _account, _auto_detect),
    Route.CRYPTOAPI: (_winhttp, _account, _auto_detect, _direct),
    Route.WINDOWS_UPDATE: (_none,),
}
TRIES_THE_NEXT = {Route.DEFENDER: True, Route.CRYPTOAPI: False, Route.WINDOWS_UPDATE: False}
"""Whether a way that fails is followed by the next (Defender: sure). On Windows 10 and later the CryptoAPI uses
WinHTTP's automatic proxy (KB 2623724: sure), which tries others where one fails; whether it comes to the ways after
the first here is not known, so False is a guess. The diagnosis must be right with either."""


def ways(machine: Machine, name: Route, token: Token, to: Target) -> tuple[Way, ...]:
    """The ways to a target that a process of `token` tries on a route, in order; at least one."""
    finders = FINDERS[name]
    if name is Route.DEFENDER and _own_only(machine):
        finders = (_policy_proxy, _policy_pac)
    found = [way for finder in finders if (way := finder(machine, token, to)) is not None] or [Way("", "none")]
    return tuple(dict.fromkeys(found)) if TRIES_THE_NEXT[name] else (found[0],)


def proxy_port(proxy: str) -> int | None:
    """The port of a proxy, 80 where none is named; None for what cannot be connected to (a guess: how Windows words it
    is not known)."""
    port = proxy.rpartition(":")[2] if ":" in proxy else "80"
    return int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) <= 65535 else None


def reach(machine: Machine, way: Way, to: Target, *, program: str, service: str = "") -> Condition | None:
    """What stops a connection of a program (full path) and service to a target on a way; None: it stands.

    The firewall sees the first hop, so the port of the proxy where there is one. Of a proxy only the address is
    known to the machine: it resolves the name of the target itself, and whoever runs it decides what it lets through.
    """
    network = machine.network
    path = network.direct
    internal = network.is_internal(to.host)
    hop = to.port
    if way.proxy:
        port = proxy_port(way.proxy)
        if port is None:
            return Condition.PROXY_DEAD
        hop = port
    elif not network.resolves_external_names and not internal and neighbours.neighbour(machine, to.host) is None:
        return Condition.NAME_RESOLUTION
    filtered = program.rpartition("\\")[2].lower() in map(str.lower, network.filtered_programs)
    if filtered or not verdict(machine, program, service, 6, hop).allowed:
        return Condition.FIREWALL_BLOCK
    if way.proxy:
        proxy = network.proxies.get(way.proxy)
        if proxy is None or not proxy.reachable:
            return Condition.PROXY_DEAD
        if proxy.requires_password:
            return Condition.PROXY_PASSWORD
        if internal and not proxy.reaches_internal_servers:
            return Condition.PROXY_KNOWS_NO_NAME
        path = proxy
    if internal:
        return None if network.internal_status(to.host, to.port) is not None else Condition.PERIMETER_REFUSE
    barrier = path.barrier(to.host, to.port)
    return None if barrier is None else _BARRIERS[barrier]


_BARRIERS = {
    Barrier.DROP: Condition.PERIMETER_DROP,
    Barrier.REFUSE: Condition.PERIMETER_REFUSE,
    Barrier.CUT: Condition.PERIMETER_CUT,
    Barrier.PAGE: Condition.PERIMETER_REFUSE,
}


def route(
    machine: Machine, name: Route, token: Token, to: Target, *, program: str, service: str = ""
) -> tuple[Way, Condition | None]:
    """The way that a connection takes and what stops it there: the first that leads there, else the first
    that was tried (the one somebody configured)."""
    tried = [(way, reach(machine, way, to, program=program, service=service)) for way in ways(machine, name, token, to)]
    return next((result for result in tried if result[1] is None), tried[0])
