"""What was seen of a host, flat, as diagnosis and plan read it. None, or an empty text, where it was not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from ..._windows.mpcmdrun import NotStarted, Validation
from ..defender import SSL_DEFAULT, Record, Spynet, Standing
from ..firewall import Decision
from ..host import Host
from ..ownership import UNKNOWN, Management, Ownership, winhttp_proxy_owner
from ..probes import Address
from ..proxy import (
    MACHINE_STORES,
    Considered,
    OwnSettings,
    Route,
    State,
    Stores,
    account_names_proxy,
    credential_stores,
)
from .probe_evidence import ProbeEvidence, Probes, Roots

T = TypeVar("T")
NEEDS_SERVICE = 16299
"""Windows 10 1709, since which WinHTTP needs the auto-proxy service for every proxy (likely)."""
STARTED_DISABLED = 4
"""winsvc.h."""


@dataclass(frozen=True)
class Observation:
    """A host's state and, where it was tried, the answer of ValidateMapsConnection and what probes found."""

    validated: bool
    """Whether a validation was tried and gave an answer that can be read."""
    connected: bool | None
    hresult: int | None
    http_code: int | None
    run_as: str
    """`current` or `system`: as whom the validation ran."""
    build: int
    """0: not known."""
    elevated: bool
    installed: bool
    running: bool | None
    """None where the account may not ask: that the service is stopped must have been seen."""
    disabled_start: bool
    passive: bool
    switched_off: bool
    """DisableAntiSpyware is set."""
    defender_proxy: str
    """Defender's own proxy (ProxyServer or ProxyPacUrl), empty where none is set."""
    maps_route: Route
    """The way to MAPS, by the proxy that is in force for Defender."""
    lists_route: Route
    """The way to the revocation lists."""
    winhttp_problem: str
    """Why the stored WinHTTP settings cannot be read; empty where they can."""
    ssl_options: int
    reporting_off: bool | None
    tamper_protection: bool | None
    firewall_maps: Decision
    firewall_crl: Decision
    clock_skew: float | None
    firewall_probe: Decision | None = None
    """The verdict for curl.exe, with which probes are made; None: not read."""
    caller_proxy_differs: bool = False
    """The account that asked has a proxy of its own that SYSTEM has not."""
    system_proxy: bool = False
    """SYSTEM's own Internet settings name a proxy or a script, which Defender tries after the others."""
    policy_values: tuple[str, ...] = ()
    """Names of values that stand below a policy key: whoever wrote them may write them again."""
    probed: ProbeEvidence | None = None
    """endpoint_info by Defender's own way; None: not asked."""
    candidate: ProbeEvidence | None = None
    """endpoint_info through the proxy that somebody suggests."""
    roots: Roots | None = None
    rules_ignored: bool | None = None
    """A policy makes Windows ignore local firewall rules wherever the default blocks, so an own rule has no effect.
    None: in some profiles only, or not known."""
    not_started: NotStarted | None = None
    """Why MpCmdRun.exe did not start; None where it did, or was not tried."""
    firewall_service: bool | None = None
    """Whether the firewall's service (mpssvc) runs; None: not known."""
    firewall_default_allows: bool | None = None
    """Every profile lets out what no rule is for; None: not known."""
    cached_proxy: str = ""
    """The proxy that Defender says it keeps because it worked last; empty: none, or not known."""
    defender_proxy_store: str = "policy"
    """Which of OWN_STORES names `defender_proxy`, the first in the general order."""
    own_policy: OwnSettings = field(default_factory=OwnSettings)
    """What the policy store of Defender's own proxy holds."""
    unclear_stores: tuple[str, ...] = ()
    """Those of OWN_STORES of which it is not known what is in force for MAPS; empty: that is known."""
    credentials: tuple[str, ...] = ()
    """Stores, named as in `proxy.Considered`, that hold a proxy with a user name and a password."""
    auto_proxy_off: bool | None = None
    """The WinHTTP auto-proxy service is disabled and does not run; None: not known."""
    server: bool | None = None
    """Whether this is a server edition; None: not known."""
    owners: tuple[Ownership, ...] = ()
    """Who owns the settings of cloud protection and the WinHTTP proxy."""
    management: Management = field(default_factory=Management)
    """What may keep a change from lasting, or from counting."""
    standing: Standing = field(default_factory=Standing)
    """What may break the connection later."""
    record: Record | None = None
    """What Windows has written of the connection; None: not looked at."""
    nothing_run: bool = False
    """Nothing was to be run, so what was written is all that tells whether MAPS answers."""
    reached: bool | None = None
    """Whether by the record MAPS is likely in reach, where `nothing_run`; None: not known."""
    reached_because: str = ""
    """The name of the reason."""
    unknown: frozenset[str] = frozenset()
    """Names of what is above that could not be read: it holds what does least harm, and proves nothing."""

    @property
    def machine_proxy(self) -> bool:
        """Whether a machine-wide proxy is in force for the revocation lists, and some proxy for MAPS."""
        lists = self.lists_route
        return lists.names_proxy and lists.is_machine_wide and (self.maps_route.names_proxy or self.system_proxy)

    @property
    def no_machine_proxy(self) -> bool:
        """It is known that MAPS or the lists are asked for directly because no proxy is set for them."""
        return any(one.is_direct for one in (self.maps_route, self.lists_route)) and not self.winhttp_problem

    @property
    def proxy_of_windows(self) -> str:
        """A proxy or script that WinHTTP is to find for MAPS or the lists, whoever set it; Defender's own is none."""
        routes = (self.lists_route, self.maps_route)
        return next((one.decided_by.text for one in routes if one.names_proxy and one.source != "defender"), "")

    @property
    def shown_proxy(self) -> str:
        """The proxy that is in force, as stored."""
        routes = (self.lists_route, self.maps_route)
        return next((one.decided_by.text for one in routes if one.names_proxy and one.is_machine_wide), "")

    def stores_that(self, state: State) -> tuple[Considered, ...]:
        """The stores that decide a route by what is wrong with them, each once."""
        found = (one.decided_by for one in (self.maps_route, self.lists_route))
        return tuple({one.store: one for one in found if one.state is state}.values())

    @property
    def bypassed(self) -> Considered | None:
        """A store whose bypass list exempts MAPS or a revocation list."""
        return next(iter(self.stores_that(State.BYPASSED)), None)

    @property
    def unusable(self) -> Considered | None:
        """A machine-wide store whose text WinHTTP cannot use."""
        return next((one for one in self.stores_that(State.UNUSABLE) if one.store in MACHINE_STORES), None)

    @property
    def policy_may_be_ignored(self) -> bool:
        """Whether Defender may ignore what is stored below the policy key."""
        return self.management.may_ignore_policy

    @property
    def revocation_check(self) -> bool:
        return bool(self.ssl_options & 1)

    @property
    def certificate_pinning(self) -> bool:
        return bool(self.ssl_options & 2)

    @property
    def all_owners(self) -> tuple[Ownership, ...]:
        """With those of settings that are read beside a validation."""
        return (*self.owners, *self.standing.owners)

    def owner_of(self, setting: str) -> Ownership | None:
        return next((one for one in self.owners if one.setting == setting), None)

    @property
    def probes_can_leave(self) -> bool | None:
        """Whether the host's own firewall lets probes out: where it does not, a probe that fails says nothing."""
        if self.firewall_probe is None:
            return None
        return {"allowed": True, "blocked": False}.get(self.firewall_probe.verdict)

    @property
    def failures_tell(self) -> bool:
        """Whether a probe that fails says anything of what lies beyond the host: not where the firewall's service does
        not run, nor where what lets the probe out, past a default that blocks, could not be read."""
        unread = self.firewall_probe is not None and self.firewall_probe.verdict == "unknown"
        behind = unread and self.firewall_default_allows is False
        return self.probes_can_leave is not False and self.firewall_service is not False and not behind

    @property
    def is_only_route(self) -> bool:
        """Whether the way that was probed is the only one that Defender tries: after its own proxy come WinHTTP's and
        that of the account (the texts of the policies), which only elevated accounts may read."""
        return not self.maps_route.others and not self.system_proxy and self.elevated

    @classmethod
    def from_facts(
        cls,
        host: Host,
        validation: Validation | None = None,
        run_as: str = "current",
        probes: Probes | None = None,
        standing: Standing | None = None,
    ) -> Observation:
        """From what was read of a host, an answer of ValidateMapsConnection (`run_as` current or system), and what
        probes of the host found."""
        product, stores, spynet = host.defender, host.proxy, host.spynet
        installed = product.installed or "defender.installed" in host.unknown
        maps, lists = host.maps_route, host.lists_route
        system_proxy = not product.own_proxy_only and account_names_proxy(stores, "system")
        seen = probes or Probes()
        edition = host.system.installation_type.lower()
        owners = spynet.owners
        reporting = next(one for one in owners if one.setting == "SpynetReporting")
        off = None if reporting.in_force == UNKNOWN or spynet.membership is None else spynet.membership == 0
        return cls(
            validated=validation is not None,
            connected=validation.connected if validation else None,
            hresult=validation.hresult if validation else None,
            http_code=validation.http_code if validation else None,
            not_started=validation.not_started if validation else None,
            run_as=run_as,
            build=host.system.build,
            elevated=host.system.elevated,
            installed=installed,
            running=(None if product.service_state is None else product.running) if installed else False,
            disabled_start=product.start_type == STARTED_DISABLED,
            passive=product.passive_mode,
            switched_off=product.disabled is True,
            defender_proxy=product.proxy_server or product.proxy_pac_url,
            maps_route=maps,
            lists_route=lists,
            winhttp_problem=stores.winhttp.problem,
            ssl_options=spynet.effective_ssl_options,
            reporting_off=off,
            tamper_protection=spynet.tamper_protection,
            firewall_maps=host.firewall.maps,
            firewall_crl=host.firewall.crl,
            clock_skew=host.clock_skew,
            firewall_probe=host.firewall.probe,
            caller_proxy_differs=host.caller_proxy_differs,
            system_proxy=system_proxy,
            policy_values=_policy_values(spynet, seen.roots),
            probed=_as_system(
                _of_host(seen.endpoints, host),
                host.system.elevated and not host.caller_proxy_differs and not system_proxy,
            ),
            candidate=_of_host(seen.candidate, host),
            roots=seen.roots,
            rules_ignored=host.firewall.rules_ignored,
            firewall_service=host.firewall.service_running,
            firewall_default_allows=_negated(host.firewall.blocks_by_default),
            cached_proxy=product.last_known_good_proxy or product.cached_proxy,
            defender_proxy_store=product.own_proxy.named_by,
            own_policy=product.proxy_stores.get("policy", OwnSettings()),
            unclear_stores=product.own_proxy.held_by if maps.is_between_own_stores else (),
            credentials=credential_stores(stores, product.own_proxy),
            record=Record(host.times),
            auto_proxy_off=host.auto_proxy.off,
            server=edition != "client" if edition else None,
            owners=(*owners, *_proxy_owner(stores)),
            management=spynet.management,
            standing=standing or Standing(),
            unknown=frozenset((*_ignored(spynet), *(name for fact in host.unknown for name in OBSERVED.get(fact, ())))),
        )


def _proxy_owner(stores: Stores) -> tuple[Ownership, ...]:
    """Of the WinHTTP proxy, where it is known; one that is kept while its flag is off is stored, too."""
    winhttp = stores.winhttp
    return () if winhttp.problem else (winhttp_proxy_owner(winhttp.text or winhttp.switched_off),)


def _negated(switch: bool | None) -> bool | None:
    return None if switch is None else not switch


def _of_host(found: ProbeEvidence | None, host: Host) -> ProbeEvidence | None:
    """Without the names of MAPS that this host does not ask: they say nothing of it."""
    return found and found.only_of({Address.of(url).host for url in host.maps_urls})


def _as_system(found: ProbeEvidence | None, same: bool) -> ProbeEvidence | None:
    """`same`: the account that asked has the proxies that SYSTEM has."""
    return found if found is None or same or found.run_as == "system" else found.without_account_evidence


def _ignored(spynet: Spynet) -> tuple[str, ...]:
    """What is stored below the policy key, and may not count there."""
    loosened = spynet.effective_ssl_options & SSL_DEFAULT != SSL_DEFAULT
    return ("ssl_options",) if loosened and spynet.management.may_ignore_policy else ()


def _policy_values(spynet: Spynet, roots: Roots | None) -> tuple[str, ...]:
    """Below HKLM\\SOFTWARE\\Policies; whether group policy, Intune or somebody by hand wrote them, nothing tells."""
    there = {
        "SSLOptions": spynet.ssl_options is not None,
        "SpynetReporting": spynet.reporting is not None,
        "SubmitSamplesConsent": spynet.submit_samples is not None,
        "DisableRootAutoUpdate": roots is not None and roots.update_policy,
    }
    return tuple(name for name, present in there.items() if present)


OBSERVED: Mapping[str, tuple[str, ...]] = {
    "system.build": ("build",),
    "system.elevated": ("elevated",),
    "defender.installed": ("installed",),
    "defender.start_type": ("disabled_start",),
    "defender.running": ("running",),
    "defender.passive_mode": ("passive",),
    "defender.disabled": ("switched_off",),
    "defender.proxy_server": ("defender_proxy",),
    "proxy.accounts.system": ("system_proxy",),
    "proxy.caller_differs_from_system": ("caller_proxy_differs",),
    "spynet.ssl_options": ("ssl_options",),
    "spynet.reporting": ("reporting_off",),
    "spynet.effective_reporting": ("reporting_off",),
    "spynet.tamper_protection": ("tamper_protection",),
    "spynet.reporting_override": ("reporting_off",),
    "spynet.policy_manager_reporting": ("reporting_off",),
    "proxy.auto_proxy_service.off": ("auto_proxy_off",),
}
"""Fact that host_info may not know -> what of it is observed. An unreadable WinHTTP proxy has `winhttp_problem`."""


class NotKnown(Exception):
    """What was asked for could not be read."""


class _Strict:
    """An observation of which nothing can be seen that is not known, nor what follows from it."""

    def __init__(self, seen: Observation) -> None:
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        if name in self._seen.unknown:
            raise NotKnown(name)
        kind = getattr(Observation, name, None)
        return kind.fget(self) if isinstance(kind, property) and kind.fget else getattr(self._seen, name)


def seen_by(sees: Callable[[Observation], T], observation: Observation) -> T | None:
    """What a rule sees; None where it looks at something that is not known."""
    if not observation.unknown:
        return sees(observation)
    try:
        return sees(cast("Observation", _Strict(observation)))
    except NotKnown:
        return None
