"""Facts on where Windows and Defender keep their settings, and how their tools print them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..._windows import netsh, registry, registry_output, services, winhttp_settings
from ..._windows.cmdline import Command, Outcome
from ..._windows.firewall_rule import FirewallRule
from .facts import Check, code
from .shapes import found, is_moment, is_one_event, is_text, one_of, value

_HIVE: Final = "HKLM\\"
_NO_WORD: Final = r"\W+"
_VERSION: Final = r'"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"'
_NOWHERE: Final = r"HKLM\SOFTWARE\windefend.maps.nowhere"
_DEFENDER: Final = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
_INTERNET: Final = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings"
_FIREWALL: Final = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
_AUTHROOT: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
_ROOTS: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates"
_MICROSOFT_2011: Final = "8F43288AD272F3103B6FB1428485EA3014C0BCFE"
_TAMPER_PROTECTION: Final = (0, 1, 4, 5)


def _is_proxy(data: Any) -> bool:
    return isinstance(data, bytes) and winhttp_settings.decode(data).encode() == data


def _is_advproxy(outcome: Outcome) -> bool:
    """JSON, or the answer of a netsh that does not know the command and repeats it."""
    known = netsh.parse_advproxy(outcome.output) is not None
    return known or (outcome.exit_code == 1 and "show advproxy" in outcome.text)


def _are_rules(outcome: Outcome) -> bool | None:
    keys = registry_output.parse(outcome.output, headless=f"{_FIREWALL}\\FirewallRules")
    values = [str(value.data) for key in keys for value in key.values.values()]
    return all(FirewallRule.parse(text).keys for text in values) if values else None


def _lists_standard_profile(outcome: Outcome) -> bool | None:
    listed = outcome.text.lower()
    return "\\standardprofile" in listed if outcome.exit_code == 0 else None


CHECKS: Final[Mapping[str, Check]] = {
    "registry_format": Check(
        "`reg query` prints key, name, type, data with four blanks between",
        Command(f"reg query {_VERSION} /v SystemRoot /reg:64"),
        lambda outcome: registry_output.value(outcome.output, "SystemRoot") is not None,
    ),
    "registry_readable": Check(
        r"Every account may read `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`",
        Command(f"reg query {_VERSION} /reg:64 >nul"),
        code(0),
    ),
    "registry_absent": Check(
        "`reg query` ends with 1 for a key or value that is not there",
        Command(f"reg query {_NOWHERE} 2>nul"),
        code(1),
        needs="registry_readable",
    ),
    "chain_stops": Check(
        "`reg query` ends with 1 for a key or value that is not there",
        Command(f"reg query {_NOWHERE} 2>nul && echo went on"),
        lambda outcome: not outcome.text.strip(),
        needs="registry_absent",
    ),
    **{
        f"always_there_{re.sub(_NO_WORD, '_', key.removeprefix(_HIVE)).lower()}": Check(
            "Every Windows has the keys of `ALWAYS_THERE` in `registry.py`",
            Command(f'reg query "{key}" >nul'),
            code(0),
            needs="registry_readable",
        )
        for key in registry.ALWAYS_THERE
        if f'"{key}"' != _VERSION  # asked above
    },
    "elevation": Check(
        r"`reg query HKU\S-1-5-19` succeeds only when elevated",
        Command(r"reg query HKU\S-1-5-19 >nul"),
        code(0),
        needs="registry_readable",
    ),
    "service_state": Check(
        "`sc query` prints numbers beside translated words",
        Command("sc query WinDefend"),
        lambda outcome: services.parse_state(outcome.output) is not None,
    ),
    "service_absent": Check(
        "`sc query` prints numbers beside translated words",
        Command("sc query windefend-maps-nowhere"),
        lambda outcome: outcome.exit_code == 1060 and "1060" in outcome.text,
    ),
    "advanced_proxy": Check(
        "`show advproxy` ends in JSON in every language",
        netsh.show_advproxy(),
        _is_advproxy,
    ),
    "winhttp_blob": Check(
        "The blob: size or version, counter, flags",
        Command(f'reg query "{_INTERNET}\\Connections" /v WinHttpSettings /reg:64 2>nul'),
        value("WinHttpSettings", _is_proxy),
        needs="registry_format",
    ),
    "winhttp_twin": Check(
        r"It is stored in `HKLM\...\Internet Settings\Connections`, `WinHttpSettings`, with a twin in the 32-bit view",
        Command(f'reg query "{_INTERNET}\\Connections" /v WinHttpSettings /reg:32 2>nul'),
        value("WinHttpSettings", _is_proxy),
        needs="registry_format",
    ),
    "discovery": Check(
        "`DisableWpad` (REG_DWORD) 1 below",
        Command(f'reg query "{_INTERNET}\\WinHttp" /v DisableWpad /reg:64 2>nul'),
        value("DisableWpad", one_of(0, 1)),
        needs="registry_format",
    ),
    "systems_settings": Check(
        "The internet settings of SYSTEM (`HKU\\S-1-5-18`) can be read by elevated accounts only",
        Command(r'reg query "HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings" >nul'),
        code(0),
        needs="elevation",
    ),
    "dns_domain": Check(
        "A value that is configured for a domain (`Domain`) goes before DHCP's (`DhcpDomain`)",
        Command(r"reg query HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters /v Domain 2>nul"),
        value("Domain", is_text),
        needs="registry_format",
    ),
    "machine_guid": Check(
        r"`HKLM\SOFTWARE\Microsoft\Cryptography`, `MachineGuid`",
        Command(r"reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid /reg:64 2>nul"),
        value("MachineGuid", lambda data: re.fullmatch(r"[0-9A-Fa-f-]{36}", str(data)) is not None),
        needs="registry_format",
    ),
    "default_value": Check(
        "`reg query KEY /ve` succeeds for every key that exists",
        Command(r"reg query HKLM\SOFTWARE\Policies\Microsoft\Windows /ve >nul"),
        code(0),
        needs="registry_readable",
    ),
    "profile_switch": Check(
        "Profile keys: EnableFirewall, DefaultOutboundAction (0 allow, 1 block, absent allow)",
        Command(rf"reg query {_FIREWALL}\StandardProfile /v EnableFirewall 2>nul"),
        value("EnableFirewall", one_of(0, 1)),
        needs="registry_format",
    ),
    "hardening_rules": Check(
        r"Rules for service hardening lie in `RestrictedServices\Static\System`",
        Command(rf"reg query {_FIREWALL}\RestrictedServices\Static\System >nul 2>&1"),
        found,
        needs="registry_readable",
    ),
    "auto_proxy_service": Check(
        "It starts on demand, so one that does not run is only off where `Start` is 4",
        Command(r"reg query HKLM\SYSTEM\CurrentControlSet\Services\WinHttpAutoProxySvc /v Start 2>nul"),
        value("Start", lambda data: data in range(5)),
        needs="registry_format",
    ),
    "platform_in_use": Check(
        "The platform in use is the folder in `ImagePath` of the service WinDefend",
        Command(r"reg query HKLM\SYSTEM\CurrentControlSet\Services\WinDefend /v ImagePath 2>nul"),
        value("ImagePath", lambda data: "\\windows defender\\" in str(data).lower()),
        needs="registry_format",
    ),
    "tamper_protection": Check(
        "Tamper protection: `Features\\TamperProtection` 5 on, 0 and 1 off, 4 off",
        Command(rf'reg query "{_DEFENDER}\Features" /v TamperProtection /reg:64 2>nul'),
        value("TamperProtection", lambda data: data in _TAMPER_PROTECTION),
        needs="registry_format",
    ),
    "signature_version": Check(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        Command(rf'reg query "{_DEFENDER}\Signature Updates" /v AVSignatureVersion /reg:64 2>nul'),
        value("AVSignatureVersion", lambda data: str(data).count(".") == 3),
        needs="registry_format",
    ),
    "signature_moment": Check(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        Command(rf'reg query "{_DEFENDER}\Signature Updates" /v SignaturesLastUpdated /reg:64 2>nul'),
        value("SignaturesLastUpdated", is_moment),
        needs="registry_format",
    ),
    "lists_synchronized": Check(
        "The times are FILETIMEs of eight bytes",
        Command(f"reg query {_AUTHROOT} /v LastSyncTime /reg:64 2>nul"),
        value("LastSyncTime", is_moment),
        needs="registry_format",
    ),
    "root_certificate": Check(
        r"Microsoft Root Certificate Authority 2011 lies below `SystemCertificates\ROOT\Certificates`",
        Command(rf"reg query {_ROOTS}\{_MICROSOFT_2011} /reg:64 >nul"),
        code(0),
        needs="registry_readable",
    ),
    "firewall_rules": Check(
        "Three stores: local, group policy, MDM; a rule is one REG_SZ",
        Command(rf'reg query {_FIREWALL}\FirewallRules | findstr /c:"    CoreNet-"'),
        _are_rules,
        needs="registry_format",
    ),
    "firewall_profiles": Check(
        "A policy keeps the private profile below `PrivateProfile`",
        Command(f"reg query {_FIREWALL}"),
        _lists_standard_profile,
        needs="registry_readable",
    ),
    "shares": Check(
        r"Shares lie in LanmanServer\Shares (REG_MULTI_SZ of `Name=value`)",
        Command(r"reg query HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\Shares\Security >nul"),
        code(0),
        needs="registry_readable",
    ),
    "events": Check(
        "Events 1116, 1117, 1118; provider, names and order of the data",
        Command('wevtutil qe "Microsoft-Windows-Windows Defender/Operational" /c:1 /rd:true /f:xml'),
        is_one_event,
    ),
}
