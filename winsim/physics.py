"""What follows from a machine's state: whether MAPS answers `MpCmdRun -ValidateMapsConnection`, and with which code.

The rules that hold in this file:
- It reads the machine and changes nothing; the same state gives the same answer.
- Each condition is one line of `LAWS`; where several are broken, the first line speaks.
- Nothing here knows how a state came about: change the state, and the answer changes.

Sources, with the confidence words sure, likely, recalled, guess: which way a connection takes: `routing`. Codes:
Microsoft's pages "Configure and validate Microsoft
Defender Antivirus network connections" and "command-line arguments" (sure, where not marked otherwise).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from .machine import defender_settings, trust_lists
from .machine.accounts import NETWORK_SERVICE_SID, SYSTEM, Token
from .machine.defender import PLATFORM_DIRECTORY
from .machine.model import Machine
from .machine.onboarding import maps_host
from .machine.services import SERVICES_KEY
from .routing import Condition, Route, Target, Way, route

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


@dataclass(frozen=True)
class Answer:
    """What ValidateMapsConnection comes to."""

    connected: bool
    hresult: int | None
    http_code: int | None
    """The number behind `httpcore=`; None: the answer shows none."""
    broken: tuple[Condition, ...]
    """Every broken condition, the one that gave the code first."""


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
