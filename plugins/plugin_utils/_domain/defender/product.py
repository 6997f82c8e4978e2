"""Windows and Defender as they are: build, elevation, service, product state, Defender's own proxy policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..._windows import mpcmdrun, registry, services
from ..._windows.cmdline import Outcome
from ..._windows.text import whole_number
from ..operation import Fact, was_found
from .spynet import number

VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
STATE = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"

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
    disabled: bool
    """DisableAntiSpyware, in the policy or in the product's own state."""
    proxy_server: str
    proxy_pac_url: str
    proxy_bypass: str
    """Defender's own proxy policies: they do nothing for the CRL fetch of the operating system."""

    @property
    def running(self) -> bool:
        return self.service_state == services.RUNNING

    @property
    def applicable(self) -> bool:
        """False where another antivirus does the work or Defender is absent or passive."""
        return self.installed and not self.passive_mode and not self.disabled


def _text(outcome: Outcome, name: str) -> str:
    value = registry.value(outcome.output, name) if was_found(outcome) else None
    return value.data if value is not None and isinstance(value.data, str) else ""


def _system(outcomes: Mapping[str, Outcome]) -> System:
    version = outcomes["system.version"]
    build = _text(version, "CurrentBuildNumber") or _text(version, "CurrentBuild")
    return System(
        product_name=_text(version, "ProductName"),
        build=whole_number(build) or 0,
        revision=number(version, "UBR") or 0,
        installation_type=_text(version, "InstallationType"),
        elevated=outcomes["system.elevated"].ok,
        system_root=_text(version, "SystemRoot") or "C:\\Windows",
    )


SYSTEM: Final = Fact(
    {"system.version": registry.query(VERSION), "system.elevated": registry.query(r"HKU\S-1-5-19").quiet()}, _system
)
"""The operating system. `reg query HKU\\S-1-5-19` succeeds only when elevated (sure)."""


def _defender(outcomes: Mapping[str, Outcome]) -> Defender:
    service, product, policy = (outcomes[f"defender.{name}"] for name in ("service", "product", "policy"))
    image_path = _text(service, "ImagePath")
    binary = mpcmdrun.binary_beside(image_path) if image_path else ""
    asked = outcomes["defender.state"]
    if asked.exit_code not in (services.NO_SUCH_SERVICE, ACCESS_DENIED):
        was_found(asked)
    state = services.parse_state(asked.output) if asked.ok else None
    disabled = {number(product, "DisableAntiSpyware"), number(policy, "DisableAntiSpyware")}
    return Defender(
        installed=bool(image_path),
        service_state=state.state if state else None,
        start_type=number(service, "Start"),
        image_path=image_path,
        mpcmdrun=binary,
        platform_version=mpcmdrun.platform_version(binary) or "",
        passive_mode=(number(product, "PassiveMode") or 0) > 0,
        disabled=1 in disabled,
        proxy_server=_text(policy, "ProxyServer"),
        proxy_pac_url=_text(policy, "ProxyPacUrl"),
        proxy_bypass=_text(policy, "ProxyBypass"),
    )


DEFENDER: Final = Fact(
    {
        "defender.service": registry.query(SERVICE),
        "defender.state": services.query("WinDefend"),
        "defender.product": registry.query(STATE),
        "defender.policy": registry.query(POLICY),
    },
    _defender,
)
"""The product."""
