"""Windows and Defender as they are: build, elevation, service, product state, Defender's own proxy policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..._windows import environment, mpcmdrun, registry, services
from ..._windows.cmdline import Outcome
from ..._windows.text import whole_number
from ..operation import Fact, Fields, values, was_found
from ..proxy import OWN_COMMANDS, OWN_STORES, OWN_VALUES, OwnProxy, OwnSettings, first_of

VERSION = environment.VERSION
SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
STATE = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
MANAGER = POLICY + r"\Policy Manager"

ACCESS_DENIED = 5
"""winerror.h. A network logon without administrative rights may not ask the service manager (recalled)."""


@dataclass(frozen=True)
class System:
    """The operating system."""

    product_name: str
    build: int
    revision: int
    installation_type: str
    elevated: bool
    system_root: str


@dataclass(frozen=True)
class Defender:
    """The product, as stored and as its service reports."""

    installed: bool
    service_state: int | None
    """1 stopped, 4 running (winsvc.h); None: no such service, or the account may not ask."""
    start_type: int | None
    """2 automatic, 3 on demand, 4 disabled (winsvc.h)."""
    image_path: str
    mpcmdrun: str
    """Full path beside the service's own binary: the platform in use."""
    platform_version: str
    passive_mode: bool
    disabled: bool | None
    """DisableAntiSpyware is set, in the policy or in the product's own state, and obeyed. None: it is set, and whether
    this edition and platform obey it is not known."""
    proxy_server: str
    proxy_pac_url: str
    proxy_bypass: str
    """Defender's own proxy, of each value what goes first in the general order of its stores: it does nothing for the
    CRL fetch of the operating system."""
    cached_proxy: str = ""
    """`CachedProxy` of the product's own key: Defender keeps the proxy that worked last (Microsoft Learn, Defender for
    Endpoint, configure proxy: sure). The names of these values are from a published trace of MsMpEng.exe
    (siklone/RegProbe, third party: likely), and their types and forms are a guess."""
    cached_proxy_access_type: int | None = None
    """`CachedProxyAccessType `, whose name ends in a blank there. Numbers as in WINHTTP_PROXY_INFO: guess."""
    cached_proxy_bypass: str = ""
    last_known_good_proxy: str = ""
    disable_ignored: bool = False
    """DisableAntiSpyware is set, and ignored."""
    force_proxy_only: bool = False
    """`ForceUseProxyOnly`: Defender tries no other than its own proxy. The name: Set-MpPreference (sure); where it is
    kept: a published export of the product's own key (likely); what it does: its name (likely)."""
    proxy_stores: Mapping[str, OwnSettings] = field(default_factory=dict)
    """Defender's own proxy as each of OWN_STORES holds it."""

    @property
    def running(self) -> bool:
        return self.service_state == services.RUNNING

    @property
    def applicable(self) -> bool:
        """False where another antivirus does the work or Defender is absent or passive. A service that runs is not
        switched off, whatever is stored."""
        return self.installed and not self.passive_mode and not (self.disabled and not self.running)

    @property
    def own_proxy_only(self) -> bool:
        """Defender has a proxy of its own and tries no other."""
        return self.force_proxy_only and bool(self.proxy_server or self.proxy_pac_url)

    @property
    def own_proxy(self) -> OwnProxy:
        own = (self.proxy_server, self.proxy_pac_url, self.proxy_bypass)
        return OwnProxy(*own, self.force_proxy_only, self.proxy_stores)


def _system(outcomes: Mapping[str, Outcome]) -> System:
    version = outcomes["system.version"]
    return System(
        product_name=values.text(version, "ProductName"),
        build=_build(version),
        revision=values.number(version, "UBR") or 0,
        installation_type=values.text(version, "InstallationType"),
        elevated=outcomes["system.elevated"].ok,
        system_root=values.folder(version, "SystemRoot") or "C:\\Windows",
    )


def _build(version: Outcome) -> int:
    """0 where it is not known."""
    name = next((one for one in ("CurrentBuildNumber", "CurrentBuild") if values.stored(version, one)), "")
    build = values.text(version, name) if name else ""
    if build and whole_number(build) is None:
        values.reject(version, name, f"its text {build[:20]!a} is not a number")
    return whole_number(build) or 0


SYSTEM: Final = Fact(
    {"system.version": registry.query(VERSION), "system.elevated": registry.may_read_hive("S-1-5-19")}, _system
)
"""The operating system. `reg query HKU\\S-1-5-19` succeeds only when elevated (sure)."""


_ACCESS_TYPE: Final = ("CachedProxyAccessType ", "CachedProxyAccessType")
"""The name as it was seen, and without its blank."""


def _first(found: Iterable[int | None]) -> int | None:
    return next((one for one in found if one is not None), None)


IGNORES_DISABLE: Final = (4, 18, 2007, 8)
"""Platform from which on a client ignores DisableAntiSpyware (Microsoft Learn, unattend reference,
DisableAntiSpyware: sure)."""


WINDOWS_11: Final = 22000
"""A client of this build came out after that platform, so it never had an older one (reasoned: likely)."""
DISABLE_UNCLEAR: Final = (
    "DisableAntiSpyware is set, and whether Windows obeys it depends on the edition and on the version of Defender's "
    "platform, which are not both known"
)


def _obeys_disable(version: Outcome, platform: str) -> bool | None:
    """Whether this edition and platform obey DisableAntiSpyware; None: not known."""
    edition = values.text(version, "InstallationType").lower()
    if edition != "client":
        return True if edition else None
    if _build(version) >= WINDOWS_11:
        return False
    ignores = mpcmdrun.is_platform_at_least(platform, IGNORES_DISABLE)
    return None if ignores is None else not ignores


def _defender(outcomes: Mapping[str, Outcome]) -> Defender:
    service, product, policy = (outcomes[f"defender.{name}"] for name in ("service", "product", "policy"))
    image_path = values.text(service, "ImagePath")
    where = environment.of(values.folder(outcomes["system.version"], "SystemRoot"))
    binary = mpcmdrun.binary_beside(image_path, where) if image_path else ""
    asked = outcomes["defender.state"]
    if asked.exit_code not in (services.NO_SUCH_SERVICE, ACCESS_DENIED):
        was_found(asked)
    state = services.parse_state(asked.output) if asked.ok else None
    disabled = 1 in (values.number(product, "DisableAntiSpyware"), values.number(policy, "DisableAntiSpyware"))
    platform = mpcmdrun.platform_version(binary) or ""
    obeyed = _obeys_disable(outcomes["system.version"], platform)
    stores = own_settings(policy, outcomes["defender.manager"], product)
    own = first_of(stores.values())
    return Defender(
        installed=bool(image_path),
        service_state=state.state if state else None,
        start_type=values.number(service, "Start"),
        image_path=image_path,
        mpcmdrun=binary,
        platform_version=platform,
        passive_mode=(values.number(product, "PassiveMode") or 0) > 0,
        disabled=obeyed if disabled else False,
        proxy_server=own.server,
        proxy_pac_url=own.pac_url,
        proxy_bypass=own.bypass,
        cached_proxy=values.text(product, "CachedProxy"),
        cached_proxy_access_type=_first(values.number(product, name) for name in _ACCESS_TYPE),
        cached_proxy_bypass=values.text(product, "CachedProxyBypass", is_list=True),
        last_known_good_proxy=values.text(product, "LastKnownGoodProxy"),
        disable_ignored=disabled and obeyed is False,
        force_proxy_only=_first(values.number(one, "ForceUseProxyOnly") for one in (policy, product)) == 1,
        proxy_stores=stores,
    )


def own_unknown(product: Defender, unread: Mapping[str, str]) -> dict[str, str]:
    """Of OWN_VALUES what is not known of the general order's result, and why: a store that goes before the one that
    holds the value could not be read."""
    found: dict[str, str] = {}
    for name, value in OWN_VALUES.items():
        for store, command in OWN_COMMANDS.items():
            why = unread.get(command) or unread.get(f"{command}/{value}")
            if why:
                found[name] = why
            if why or getattr(product.proxy_stores[store], name):
                break
    return found


def own_decides(others: Fields, where: str) -> Fields:
    """What each command decides, the stores of Defender's own proxy among it; `where` a result has them."""
    own: dict[str, str] = {command: store for store, command in OWN_COMMANDS.items()}
    for store, command in OWN_COMMANDS.items():
        own |= {f"{command}/{value}": f"{store}.{name}" for name, value in OWN_VALUES.items()}
    return {**others, **{name: (*others.get(name, ()), f"{where}.{part}") for name, part in own.items()}}


def own_settings(*stores: Outcome) -> dict[str, OwnSettings]:
    """Defender's own proxy by what was read of OWN_STORES, in their order."""
    return {
        store: OwnSettings(
            *(values.text(outcome, value, is_list=name == "bypass") for name, value in OWN_VALUES.items())
        )
        for store, outcome in zip(OWN_STORES, stores, strict=True)
    }


DEFENDER: Final = Fact(
    {
        "system.version": SYSTEM.commands["system.version"],
        "defender.service": registry.query(SERVICE),
        "defender.state": services.query("WinDefend"),
        "defender.product": registry.query(STATE),
        "defender.policy": registry.query(POLICY),
        "defender.manager": registry.query_below(MANAGER),
    },
    _defender,
)
"""The product."""
