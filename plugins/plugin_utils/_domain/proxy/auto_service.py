"""What Windows finds proxies with: the WinHTTP auto-proxy service (WinHttpAutoProxySvc), and discovery on the network
(WPAD), each of which may be switched off.

Since Windows 10 1709 it takes part in all proxy activity: where it is disabled, manual proxies are gone too (the impact
text of the CIS control that asks for that: likely), and WinHTTP checks that it runs (awakecoding.com, "Disabling WPAD
correctly": likely). It starts on demand, so that it does not run says nothing.
DisableWpad 1 stops discovery for all calls through WinHTTP's interface, since Windows 10 1809 and Server 2019; proxies
then have to be set by hand (Microsoft, "How to disable HTTP proxy features", 2025-05-26: sure).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..._windows import registry, services, winhttp_settings
from ..._windows.cmdline import Outcome
from ..operation import Fact, spared, values

KEY: Final = r"HKLM\SYSTEM\CurrentControlSet\Services\WinHttpAutoProxySvc"
WINHTTP_KEY: Final = winhttp_settings.KEY.rpartition("\\")[0] + r"\WinHttp"
DISABLE_WPAD: Final = "DisableWpad"
OBEYED_SINCE: Final = 17763
"""The build of Windows 10 1809 and Server 2019."""


@dataclass(frozen=True)
class AutoProxyService:
    """The service as configured and as it runs."""

    start_type: int | None
    """winsvc.h: 3 on demand, the default; 4 disabled. None: absent, or not known."""
    state: int | None
    """winsvc.h: 1 stopped, 4 running. None: no such service, or the account may not ask."""

    @property
    def off(self) -> bool | None:
        """Disabled, and not running. One that was disabled while it ran goes on until the next start of Windows."""
        if self.start_type is None:
            return None
        if self.start_type != services.DISABLED:
            return False
        return None if self.state is None else self.state != services.RUNNING


def _parse(outcomes: Mapping[str, Outcome]) -> AutoProxyService:
    asked = spared(outcomes["autoproxy.state"])
    state = services.parse_state(asked.output) if asked.ok else None
    return AutoProxyService(values.number(outcomes["autoproxy.service"], "Start"), state.state if state else None)


AUTO_PROXY: Final = Fact(
    {"autoproxy.service": registry.query(KEY), "autoproxy.state": services.query("WinHttpAutoProxySvc")}, _parse
)

WPAD_DISABLED: Final = Fact.of(
    "proxy.wpad", registry.query(WINHTTP_KEY), lambda outcome: values.number(outcome, DISABLE_WPAD) == 1
)
"""Whether DisableWpad is 1; older Windows does not obey it."""
