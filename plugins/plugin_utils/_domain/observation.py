"""What was seen of a host, flat, as diagnosis and plan read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Observation:
    """A host's state and, where it was tried, the answer of ValidateMapsConnection."""

    validated: bool
    """Whether a validation was tried and gave an answer that can be read."""
    connected: bool | None
    hresult: int | None
    http_code: int | None
    run_as: str
    """`current` or `system`: as whom the validation ran."""
    build: int
    elevated: bool
    installed: bool
    running: bool
    """True also where the account may not ask: that the service is stopped must have been seen."""
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
    reporting_off: bool
    tamper_protection: bool | None
    firewall_maps: Mapping[str, Any]
    firewall_crl: Mapping[str, Any]
    clock_skew: float | None

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


def observe(host: Mapping[str, Any], validation: Mapping[str, Any] | None = None) -> Observation:
    """From the results of host_info and maps_connection_info. Raises KeyError for a mapping that is no such result."""
    product, stores, system = host["defender"], host["proxy"], host["system"]
    advanced = stores["advanced"] or {}
    spynet = host["spynet"]
    reporting = spynet["reporting"] if spynet["reporting"] is not None else spynet["effective_reporting"]
    ssl_options = spynet["ssl_options"]
    seen = validation or {}
    return Observation(
        validated=seen.get("connected") is not None or seen.get("hresult") is not None,
        connected=seen.get("connected"),
        hresult=_number(seen.get("hresult")),
        http_code=seen.get("httpcore"),
        run_as=seen.get("run_as", "current"),
        build=int(system["build"]),
        elevated=bool(system["elevated"]),
        installed=bool(product["installed"]),
        running=bool(product["running"] or (product["installed"] and product["service_state"] is None)),
        disabled_start=product["start_type"] == 4,
        passive=bool(product["passive_mode"]),
        switched_off=bool(product["disabled"]),
        defender_proxy=product["proxy_server"] or product["proxy_pac_url"],
        winhttp_proxy=stores["winhttp"]["https"] or stores["winhttp"]["http"],
        winhttp_direct=bool(stores["winhttp"]["direct"]),
        winhttp_problem=stores["winhttp"]["problem"],
        advanced_proxy=advanced.get("https") or advanced.get("http") or advanced.get("autoconfig_url") or "",
        settings_per_machine=bool(stores["settings_per_machine"]),
        ssl_options=3 if ssl_options is None else int(ssl_options),
        reporting_off=reporting == 0,
        tamper_protection=spynet["tamper_protection"],
        firewall_maps=host["firewall"]["maps"],
        firewall_crl=host["firewall"]["crl"],
        clock_skew=host["clock_skew"],
    )


def _number(hresult: Any) -> int | None:
    if isinstance(hresult, str):
        return int(hresult, 16) if hresult else None
    return hresult if isinstance(hresult, int) else None
