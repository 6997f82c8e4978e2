"""What follows from a machine's state: whether MAPS answers `MpCmdRun -ValidateMapsConnection`, and with which code.

The rules that hold in this file:
- It reads the machine and changes nothing; the same state gives the same answer.
- Each condition is one line of `LAWS`; where several are broken, the first line speaks.
- Nothing here knows how a state came about: change the state, and the answer changes.

Sources, with the confidence words sure, likely, recalled, guess: who finds which proxy where: the policy texts of
ADMX_MicrosoftDefenderAntivirus (sure) and KB 2623724 (sure). Codes: Microsoft's pages "Configure and validate Microsoft
Defender Antivirus network connections" and "command-line arguments" (sure, where not marked otherwise).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from .machine import defender_settings, neighbours, proxy_stores, trust_lists
from .machine.accounts import NETWORK_SERVICE_SID, SYSTEM, Token
from .machine.defender import PLATFORM_DIRECTORY, POLICY_KEY, STATE_KEY
from .machine.firewall import verdict
from .machine.model import Machine
from .machine.network import Barrier
from .machine.onboarding import maps_host
from .machine.services import SERVICES_KEY

NONE_MEANS_WINHTTP_DEFAULT = True
"""Third in Defender's order stands "None". True: it means WinHTTP's default, the `netsh winhttp` proxy where there is
one (likely: the article's preferred cure, and "affects all Windows services that use the default WinHTTP proxy").
False: plainly direct."""

VALIDATES_AS_CALLER = True
"""Whose Internet settings count for ValidateMapsConnection. True: those of the account that calls MpCmdRun; False:
those of the service, SYSTEM. Nowhere said (guess)."""

FIRST_BUILD = 15063
"""Windows 10 1703, the first whose own MpCmdRun knows the switch (sure). A platform update (KB4052623) brings one that
knows it to older ones (MicrosoftDocs/windows-itpro-docs#4371 ran it on 1607: likely); that each does: guess."""
CLOCK_TOLERANCE = dt.timedelta(days=7)
"""How far off a clock may be before certificates or revocation lists seem expired (guess: lists live about a week)."""
PINNING, REVOCATION = 2, 1
"""The bits of SSLOptions (the article: 3 both, 2 no revocation check, 1 no pinning, 0 neither; sure)."""
NETWORK_SERVICE = Token("NT AUTHORITY\\NETWORK SERVICE", NETWORK_SERVICE_SID, (), elevated=False)
SVCHOST = r"C:\Windows\System32\svchost.exe"


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


@dataclass(frozen=True)
class Answer:
    """What ValidateMapsConnection comes to."""

    connected: bool
    hresult: int | None
    http_code: int | None
    """The number behind `httpcore=`; None: the answer shows none."""
    broken: tuple[Condition, ...]
    """Every broken condition, the one that gave the code first."""


# --- Ways out -------------------------------------------------------------------------------------------------------

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
    finds = machine.network.wpad and proxy_stores.finds_proxies(machine)
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


# --- MAPS -----------------------------------------------------------------------------------------------------------


@dataclass
class Situation:
    """A validation about to be made."""

    machine: Machine
    token: Token

    @property
    def connects_as(self) -> Token:
        return self.token if VALIDATES_AS_CALLER else SYSTEM

    @property
    def image(self) -> str:
        """Path of the service's program, in the folder of the platform in use."""
        return self.machine.registry.text(f"{SERVICES_KEY}\\WinDefend", "ImagePath").strip('"')

    @property
    def knows_the_switch(self) -> bool:
        return self.machine.os.build >= FIRST_BUILD or self.image.lower().startswith(PLATFORM_DIRECTORY.lower())

    @cached_property
    def connection(self) -> tuple[Way, Condition | None]:
        """The service connects, whoever asked (it must run for the command to work: sure), so the firewall sees it."""
        return route(
            self.machine, Route.DEFENDER, self.connects_as, Target(maps_host(self.machine), 443),
            program=self.image, service="WinDefend",
        )  # fmt: skip

    @property
    def inspected(self) -> bool:
        """Only a connection that stands shows a certificate."""
        way, stopped = self.connection
        path = self.machine.network.proxies[way.proxy] if way.proxy and stopped is None else self.machine.network.direct
        return stopped is None and path.inspects_tls

    @property
    def crl_reachable(self) -> bool:
        """Every list that the certificates name must come. Who verifies asks with its own settings, CryptSvc with those
        of NETWORK SERVICE; one that gets through is enough (KB 2623724, sure for the settings; that either is enough,
        and that the firewall sees CryptSvc: guess)."""
        return all(
            any(
                route(
                    self.machine, Route.CRYPTOAPI, token, Target(host, 80), program=SVCHOST, service="CryptSvc"
                )[1] is None
                for token in (self.connects_as, NETWORK_SERVICE)
            )
            for host in (url.partition("//")[2].partition("/")[0] for url in self.machine.network.server_lists)
        ) and not {*self.machine.network.server_lists} & {*self.machine.network.missing_files}  # fmt: skip

    @property
    def root_known(self) -> bool:
        """Microsoft's root lies in the machine's own store, or can be fetched (network model: guess beyond that)."""
        return self.machine.registry.exists(trust_lists.ROOT_KEY) or trust_lists.fetchable(self.machine, self._reaches)

    @property
    def lists_kept(self) -> bool:
        """CryptSvc keeps the list of untrusted certificates; where it cannot, revocation seems offline (likely)."""
        return not trust_lists.stuck(self.machine)

    def _reaches(self, host: str, port: int) -> bool:
        """Whether CryptSvc gets through to a host."""
        to = Target(host, port)
        return route(
            self.machine, Route.CRYPTOAPI, NETWORK_SERVICE, to, program=SVCHOST, service="CryptSvc"
        )[1] is None  # fmt: skip

    @property
    def ssl_options(self) -> int:
        return defender_settings.ssl_options(self.machine)

    @property
    def maps_membership(self) -> int:
        return defender_settings.maps_membership(self.machine)


def _stopped_by(condition: Condition) -> Callable[[Situation], bool]:
    return lambda it: it.connection[1] is condition


Code = tuple[int, int | None]
"""An HRESULT and the number behind httpcore; None: none is shown."""


@dataclass(frozen=True)
class Law:
    """One condition: when it is broken, and the codes that Microsoft's pages give for it."""

    condition: Condition
    broken: Callable[[Situation], bool]
    codes: tuple[Code, ...]


_NO_CONNECTION: tuple[Code, ...] = ((0x80070006, 451), (0x80508015, 451))
_TIMEOUT: tuple[Code, ...] = ((0x80072EE2, 451), (0x800705B4, 451))  # likely

LAWS: tuple[Law, ...] = (
    # The order of the first four follows how such a tool can work: arguments, rights, service, settings (guess).
    Law(Condition.OLD_TOOL, lambda it: not it.knows_the_switch, ((0x80070667, None),)),
    Law(Condition.NOT_ELEVATED, lambda it: not it.token.elevated, ((0x80070005, 450),)),
    Law(
        Condition.SERVICE_STOPPED,
        lambda it: not it.machine.services.is_running("WinDefend"),
        ((0x800106BA, None), (0x80070422, None)),
    ),
    # That nothing is reached without membership is likely, the code a guess: 450 goes with what never left the host.
    Law(Condition.MAPS_OFF, lambda it: it.maps_membership == 0, ((0x80004005, 450),)),
    Law(
        Condition.NAME_RESOLUTION,
        _stopped_by(Condition.NAME_RESOLUTION),
        ((0x80004005, 450), (0x80072EE7, 451)),
    ),
    Law(Condition.FIREWALL_BLOCK, _stopped_by(Condition.FIREWALL_BLOCK), (*_NO_CONNECTION, (0x80072EFD, 451))),
    Law(Condition.PROXY_DEAD, _stopped_by(Condition.PROXY_DEAD), ((0x80072EFD, 451), *_NO_CONNECTION, *_TIMEOUT)),
    # No page gives a code for a proxy that answers 407; that it counts as no connection is a guess.
    Law(Condition.PROXY_PASSWORD, _stopped_by(Condition.PROXY_PASSWORD), _NO_CONNECTION),
    Law(Condition.PERIMETER_DROP, _stopped_by(Condition.PERIMETER_DROP), (*_NO_CONNECTION, *_TIMEOUT)),
    Law(Condition.PERIMETER_REFUSE, _stopped_by(Condition.PERIMETER_REFUSE), (*_NO_CONNECTION, (0x80072EFD, 451))),
    Law(Condition.PERIMETER_CUT, _stopped_by(Condition.PERIMETER_CUT), ((0x80072EFE, 451),)),
    Law(Condition.CLOCK, lambda it: abs(it.machine.clock_offset) > CLOCK_TOLERANCE, ((0x80072F8F, 451),)),  # likely
    # An inspecting proxy's certificate is not Microsoft's (pinning) and names no revocation list (revocation):
    # only where neither is asked for does it pass (curl/curl#3727, microsoft/vcpkg-tool#1939: sure for curl).
    Law(
        Condition.TLS_INSPECTION,
        lambda it: it.inspected and it.ssl_options & (PINNING | REVOCATION) != 0,
        ((0x80072F0D, 451), (0x80070006, 451), (0x80508015, 451), (0x80072EE7, 451)),
    ),
    # No page gives a code for MAPS; 0x80072F0D is "invalid certificate authority" (wininet.h: sure; for MAPS a guess).
    Law(Condition.ROOT_UNKNOWN, lambda it: not it.root_known, ((0x80072F0D, 451),)),
    Law(
        Condition.CRL_UNREACHABLE,
        lambda it: it.ssl_options & REVOCATION != 0 and not it.crl_reachable,
        ((0x80072F8F, 451), (0x80070006, 451), (0x80072EFE, 451)),
    ),
    # One published case: revocation "offline" on a healthy network, because CryptSvc could not write the key (likely).
    Law(
        Condition.TRUST_LIST_STALE,
        lambda it: it.ssl_options & REVOCATION != 0 and not it.lists_kept,
        ((0x80072F8F, 451),),
    ),
)


def validate(machine: Machine, token: Token) -> Answer:
    """What `MpCmdRun -ValidateMapsConnection`, started with `token`, finds on this machine now.

    Where a condition has several codes, `machine.defender.choice` picks one (modulo their number).
    """
    situation = Situation(machine, token)
    broken = [law for law in LAWS if law.broken(situation)]
    if not broken:
        return Answer(True, None, None, ())
    codes = broken[0].codes
    hresult, http_code = codes[machine.defender.choice % len(codes)]
    return Answer(False, hresult, http_code, tuple(law.condition for law in broken))
