"""Hardening controls that concern the connection to MAPS, one line each: what they ask for, and where that is published.

CIS numbers its recommendations anew in most editions, so a number holds for its edition only. A line of which the number
is not in an edition is not in the table. Sources and confidence: docs/evidence.md, "Hardening baselines".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Condition(enum.StrEnum):
    """A state of a host that breaks the connection to MAPS, or the way to the host."""

    MAPS_OFF = "maps_off"
    """SpynetReporting is 0 by policy."""
    NO_REMOTE_SHELL = "no_remote_shell"
    """AllowRemoteShellAccess is 0, so WinRM opens no shell."""
    ROOTS_FROZEN = "roots_frozen"
    """DisableRootAutoUpdate is 1, and RootDirUrl names no other source of the lists."""
    OUTBOUND_BLOCK = "outbound_block"
    """Windows Firewall blocks outbound connections by default."""
    AUTO_PROXY_OFF = "auto_proxy_off"
    """The service WinHttpAutoProxySvc is disabled."""


@dataclass(frozen=True)
class Control:
    """What one baseline says of a condition."""

    condition: Condition
    demands: bool
    """True: it asks for the condition. False: it asks for the contrary."""
    id: str
    level: str
    """`L1` or `L2` of CIS, `CAT II` of a STIG, `HD`, `ND` or `NE` of SiSyPHuS; empty: none is given."""
    benchmark: str
    edition: str
    setting: str
    source: str
    confidence: str
    """sure, likely, recalled."""
    builds: tuple[int, ...] = ()
    """Builds of Windows that the benchmark is for; empty: any."""
    server: bool | None = None
    """Whether it is for servers; None: for both."""

    @property
    def name(self) -> str:
        """As people quote it: `CIS 18.10.43.5.2 (L2)`."""
        return f"{self.id} ({self.level})" if self.level else self.id

    @property
    def publisher(self) -> str:
        """CIS, STIG, BSI, or another word that its id begins with."""
        return self.id.partition(" ")[0]

    def is_for(self, build: int, server: bool | None) -> bool:
        """Whether it is for such a host. `build` 0 and `server` None: not known."""
        fits = not self.builds or not build or build in self.builds
        return fits and (self.server is None or server is None or self.server is server)


_W11_24, _W11_23, _W11_22, _W10, _S25, _S22, _S19, _S16 = 26100, 22631, 22621, 19045, 26100, 20348, 17763, 14393
_SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet, SpynetReporting"
_WINRS = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM\Service\WinRS, AllowRemoteShellAccess = 0"
_ROOTS = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot, DisableRootAutoUpdate = 1"
_OUT = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\{}Profile, DefaultOutboundAction = 0 (allow)"
_AUTO = r"HKLM\SYSTEM\CurrentControlSet\Services\WinHttpAutoProxySvc, Start = 4 (disabled)"
_WPAD = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp, DisableWpad = 1"
_KITTY = "0x6d69636b/windows_hardening, lists of 2026-07"
_LOCKDOWN = "ansible-lockdown/Windows-2022-CIS, 2026-04; " + _KITTY
_W, _S = "CIS Microsoft Windows ", "CIS Microsoft Windows Server "
_BSI, _V1 = "BSI SiSyPHuS Win10, hardening guideline (Windows 10 1809)", "1.0 (2021)"
_FW, _FW_V = "DISA STIG Microsoft Windows Firewall with Advanced Security", "V2R1, V2R2"
_FW_SRC = "mitre/inspec-profile-update-action; Evaluate-STIG"
_M, _N, _R, _O, _A = Condition

# fmt: off
# ruff: noqa: E501
CONTROLS: Final[tuple[Control, ...]] = (
    Control(
        _M, True, "CIS 18.10.43.5.2", "L2", _W + "11 Enterprise (24H2)", "v4.0.0", _SPYNET + " = 0", _KITTY,
        "sure", (_W11_24,), False,
    ),
    Control(
        _M, True, "CIS 18.10.42.5.2", "L2", _W + "11 Enterprise (23H2)", "v3.0.0", _SPYNET + " = 0",
        "ansible-lockdown/Windows-11-CIS, 2025-03; " + _KITTY, "sure", (_W11_23,), False,
    ),
    Control(
        _M, True, "CIS 18.10.43.5.2", "L2", _W + "11 Enterprise (22H2)", "v2.0.0", _SPYNET + " = 0", _KITTY,
        "likely", (_W11_22,), False,
    ),
    Control(
        _M, True, "CIS 18.10.42.5.2", "L2", _W + "10 Enterprise (22H2)", "v3.0.0", _SPYNET + " = 0", _KITTY,
        "likely", (_W10,), False,
    ),
    Control(
        _M, True, "CIS 18.10.43.5.2", "L2", _S + "2025 (24H2)", "v1.0.0", _SPYNET + " = 0", _KITTY, "likely",
        (_S25,), True,
    ),
    Control(
        _M, True, "CIS 18.10.43.5.2", "L2", _S + "2022", "v4.0.0 (2025-05-23)", _SPYNET + " = 0", _LOCKDOWN,
        "sure", (_S22,), True,
    ),
    Control(
        _M, True, "CIS 18.10.42.5.2", "L2", _S + "2019 (1809)", "v3.0.0", _SPYNET + " = 0", _KITTY, "likely",
        (_S19,), True,
    ),
    Control(
        _M, True, "CIS 18.10.42.3.2", "L2", _S + "2016 (1607)", "v3.0.0", _SPYNET + " = 0", _KITTY, "likely",
        (_S16,), True,
    ),
    Control(_M, True, "BSI SiSyPHuS 166", "HD", _BSI, _V1, _SPYNET + " = 0, or not set", _KITTY, "likely", (), False),
    Control(
        _M, False, "STIG V-213434", "CAT II", "DISA STIG Microsoft Defender Antivirus", "V2R4 and later",
        _SPYNET + " = 1 or 2", "rule SV-213434r1134051 as published by several checkers", "sure",
    ),
    Control(
        _N, True, "CIS 18.10.90.1", "L2", _W + "11 Enterprise (24H2)", "v4.0.0", _WINRS, _KITTY, "sure",
        (_W11_24,), False,
    ),
    Control(
        _N, True, "CIS 18.10.89.1", "L2", _W + "11 Enterprise (23H2)", "v3.0.0", _WINRS,
        "ansible-lockdown/Windows-11-CIS, 2025-03; " + _KITTY, "sure", (_W11_23,), False,
    ),
    Control(
        _N, True, "CIS 18.10.90.1", "L2", _W + "11 Enterprise (22H2)", "v2.0.0", _WINRS, _KITTY, "likely",
        (_W11_22,), False,
    ),
    Control(
        _N, True, "CIS 18.10.89.1", "L2", _W + "10 Enterprise (22H2)", "v3.0.0", _WINRS, _KITTY, "likely",
        (_W10,), False,
    ),
    Control(_N, True, "CIS 18.10.90.1", "L2", _S + "2025 (24H2)", "v1.0.0", _WINRS, _KITTY, "likely", (_S25,), True),
    Control(
        _N, True, "CIS 18.10.90.1", "L2", _S + "2022", "v4.0.0 (2025-05-23)", _WINRS, _LOCKDOWN, "sure",
        (_S22,), True,
    ),
    Control(_N, True, "CIS 18.10.89.1", "L2", _S + "2019 (1809)", "v3.0.0", _WINRS, _KITTY, "likely", (_S19,), True),
    Control(_N, True, "CIS 18.10.89.1", "L2", _S + "2016 (1607)", "v3.0.0", _WINRS, _KITTY, "likely", (_S16,), True),
    Control(_N, True, "BSI SiSyPHuS 190", "HD", _BSI, _V1, _WINRS, _KITTY, "likely", (), False),
    Control(
        _R, True, "Automatic Root Certificates Update", "",
        "Microsoft, Windows Restricted Traffic Limited Functionality Baseline", "page of Windows 10 and 11",
        _ROOTS, "Microsoft Learn, Manage connections from Windows operating system components to Microsoft services", "recalled",
    ),
    Control(
        _O, False, "CIS 9.1.3", "L1", _S + "2022", "v2.0.0; not in v3.0.0 and later",
        _OUT.format("Domain"), _KITTY, "likely", (_S22,), True,
    ),
    Control(
        _O, False, "CIS 9.2.3", "L1", _S + "2022", "v2.0.0; not in v3.0.0 and later",
        _OUT.format("Private"), _KITTY, "likely", (_S22,), True,
    ),
    Control(
        _O, False, "CIS 9.3.3", "L1", _S + "2022", "v2.0.0; not in v3.0.0 and later",
        _OUT.format("Public"), _KITTY, "likely", (_S22,), True,
    ),
    Control(
        _O, False, "CIS 9.1.3", "L1", _W + "11 Enterprise (22H2)", "v2.0.0; not in v3.0.0 and later",
        _OUT.format("Domain"), _KITTY, "likely", (_W11_22, _W11_23), False,
    ),
    Control(_O, False, "STIG V-241993", "CAT II", _FW, _FW_V, _OUT.format("Domain"), _FW_SRC, "sure"),
    Control(_O, False, "STIG V-241998", "CAT II", _FW, _FW_V, _OUT.format("Private"), _FW_SRC, "sure"),
    Control(_O, False, "STIG V-242003", "CAT II", _FW, _FW_V, _OUT.format("Public"), _FW_SRC, "sure"),
    Control(_O, False, "BSI SiSyPHuS 361", "ND", _BSI, _V1, _OUT.format("Domain"), _KITTY, "likely", (), False),
    Control(_O, False, "BSI SiSyPHuS 365", "ND, NE", _BSI, _V1, _OUT.format("Private"), _KITTY, "likely", (), False),
    Control(
        _A, True, "CIS 5.37", "L2", _W + "11 Enterprise (24H2)", "v4.0.0", _AUTO,
        "tenable.com, audit of v4.0.0, L2 (the text); " + _KITTY + " (the number)", "likely", (_W11_24,), False,
    ),
    Control(
        _A, False, "CIS 18.11.1", "L1", _S + "2025", "v2.0.0", _WPAD + " (WPAD off, the service stays)",
        "tenable.com, audit of v2.0.0, L1", "likely", (_S25,), True,
    ),
)
# fmt: on
"""In the order in which they are shown: what asks for the condition first."""


def speaking_of(condition: Condition, build: int = 0, server: bool | None = None) -> tuple[Control, ...]:
    """The controls that speak of a condition, what asks for it first: of each publisher those that are for such a host, or
    where its editions name none of this build, those for clients or servers as the host is one."""
    found = [one for one in CONTROLS if one.condition is condition and one.is_for(0, server)]
    fitting = {one.publisher for one in found if one.is_for(build, server)}
    chosen = [one for one in found if one.publisher not in fitting or one.is_for(build, server)]
    return tuple(sorted(chosen, key=lambda one: not one.demands))
