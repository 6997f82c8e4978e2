"""What was seen of a host, flat, as diagnosis and plan read it. None, or an empty text, where it was not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ..._windows.mpcmdrun import Validation
from ..defender import Defender, Spynet
from ..firewall import Decision
from ..host import Host
from ..proxy import AccountSettings, Advanced
from .probe_evidence import Probed, Probes, Roots

T = TypeVar("T")
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
    """Defender's own proxy policy (ProxyServer or ProxyPacUrl), empty where none is set."""
    winhttp_proxy: str
    winhttp_direct: bool
    winhttp_problem: str
    """Why the stored WinHTTP settings cannot be read; empty where they can."""
    advanced_proxy: str
    settings_per_machine: bool
    ssl_options: int
    reporting_off: bool | None
    tamper_protection: bool | None
    firewall_maps: Decision
    firewall_crl: Decision
    clock_skew: float | None
    firewall_probe: Decision | None = None
    """The verdict for curl.exe, with which probes are made; None: not read."""
    caller_differs: bool = False
    """The account that asked has a proxy of its own that SYSTEM has not."""
    system_proxy: bool = False
    """SYSTEM's own Internet settings name a proxy or a script, which Defender tries after the others."""
    policy_values: tuple[str, ...] = ()
    """Names of values that stand below a policy key: whoever wrote them may write them again."""
    probed: Probed | None = None
    """endpoint_info by Defender's own way; None: not asked."""
    candidate: Probed | None = None
    """endpoint_info through the proxy that somebody suggests."""
    roots: Roots | None = None
    unknown: frozenset[str] = frozenset()
    """Names of what is above that could not be read: it holds what does least harm, and proves nothing."""

    @property
    def machine_proxy(self) -> bool:
        """Whether CryptoAPI has a machine-wide way out: WinHTTP's, or the machine's Internet settings where those
        apply to every account (KB 2623724)."""
        return bool(self.winhttp_proxy) or bool(self.advanced_proxy and self.settings_per_machine)

    @property
    def revocation_check(self) -> bool:
        return bool(self.ssl_options & 1)

    @property
    def certificate_pinning(self) -> bool:
        return bool(self.ssl_options & 2)

    @property
    def probe_allowed(self) -> bool | None:
        """Whether the host's own firewall lets probes out: where it does not, a probe that fails says nothing."""
        if self.firewall_probe is None:
            return None
        return {"allowed": True, "blocked": False}.get(self.firewall_probe.verdict)

    @property
    def only_way(self) -> bool:
        """Whether the way that was probed is the only one that Defender tries: after its own proxy come WinHTTP's and
        that of the account (the texts of the policies), which only elevated accounts may read."""
        return not self.defender_proxy and not self.system_proxy and self.elevated

    @classmethod
    def from_facts(
        cls, host: Host, validation: Validation | None = None, run_as: str = "current", probes: Probes | None = None
    ) -> Observation:
        """From what was read of a host, an answer of ValidateMapsConnection (`run_as` current or system), and what
        probes of the host found."""
        product, stores, spynet = host.defender, host.proxy, host.spynet
        reporting = spynet.reporting if spynet.reporting is not None else spynet.effective_reporting
        installed = product.installed or "defender.installed" in host.unknown
        system_proxy = _has_proxy(stores.accounts.get("system"))
        seen = probes or Probes()
        return cls(
            validated=validation is not None,
            connected=validation.connected if validation else None,
            hresult=validation.hresult if validation else None,
            http_code=validation.http_code if validation else None,
            run_as=run_as,
            build=host.system.build,
            elevated=host.system.elevated,
            installed=installed,
            running=(None if product.service_state is None else product.running) if installed else False,
            disabled_start=product.start_type == STARTED_DISABLED,
            passive=product.passive_mode,
            switched_off=product.disabled,
            defender_proxy=product.proxy_server or product.proxy_pac_url,
            winhttp_proxy=stores.winhttp.https or stores.winhttp.http,
            winhttp_direct=stores.winhttp.direct,
            winhttp_problem=stores.winhttp.problem,
            advanced_proxy=_advanced_proxy(stores.advanced),
            settings_per_machine=stores.settings_per_machine,
            ssl_options=spynet.effective_ssl_options,
            reporting_off=None if reporting is None else reporting == 0,
            tamper_protection=spynet.tamper_protection,
            firewall_maps=host.firewall.maps,
            firewall_crl=host.firewall.crl,
            clock_skew=host.clock_skew,
            firewall_probe=host.firewall.probe,
            caller_differs=host.caller_differs,
            system_proxy=system_proxy,
            policy_values=_policy_values(product, spynet, seen.roots),
            probed=_as_system(seen.endpoints, host.system.elevated and not host.caller_differs and not system_proxy),
            candidate=seen.candidate,
            roots=seen.roots,
            unknown=frozenset(name for fact in host.unknown for name in OBSERVED.get(fact, ())),
        )


def _as_system(found: Probed | None, same: bool) -> Probed | None:
    """`same`: the account that asked has the proxies that SYSTEM has."""
    return found if found is None or same or found.run_as == "system" else found.of_another


def _has_proxy(settings: AccountSettings | None) -> bool:
    return settings is not None and bool((settings.enabled and settings.proxy) or settings.autoconfig_url)


def _advanced_proxy(advanced: Advanced | None) -> str:
    return "" if advanced is None else advanced.https or advanced.http or advanced.autoconfig_url


def _policy_values(product: Defender, spynet: Spynet, roots: Roots | None) -> tuple[str, ...]:
    """Below HKLM\\SOFTWARE\\Policies; whether group policy, Intune or somebody by hand wrote them, nothing tells."""
    there = {
        "SSLOptions": spynet.ssl_options is not None,
        "SpynetReporting": spynet.reporting is not None,
        "SubmitSamplesConsent": spynet.submit_samples is not None,
        "ProxyServer": bool(product.proxy_server),
        "ProxyPacUrl": bool(product.proxy_pac_url),
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
    "proxy.advanced": ("advanced_proxy",),
    "proxy.settings_per_machine": ("settings_per_machine",),
    "proxy.accounts.system": ("system_proxy",),
    "proxy.caller_differs_from_system": ("caller_differs",),
    "spynet.ssl_options": ("ssl_options",),
    "spynet.reporting": ("reporting_off",),
    "spynet.effective_reporting": ("reporting_off",),
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


def seen_by(sees: Callable[[Observation], T], o: Observation) -> T | None:
    """What a rule sees; None where it looks at something that is not known."""
    if not o.unknown:
        return sees(o)
    try:
        return sees(cast("Observation", _Strict(o)))
    except NotKnown:
        return None
