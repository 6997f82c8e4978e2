"""Facts on where Windows and Defender keep their settings, and how their tools print them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..._windows import eventlog, netsh, registry, registry_output, services, winhttp_settings
from ..._windows.cmdline import Command, Outcome
from ..._windows.firewall_rule import FirewallRule
from .facts import Check, code
from .shapes import found, is_moment, is_one_event, is_text, newest, one_of, stored

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
    "winhttp_blob": stored(
        "The blob: size or version, counter, flags",
        f"{_INTERNET}\\Connections",
        "WinHttpSettings",
        _is_proxy,
    ),
    "winhttp_twin": stored(
        r"It is stored in `HKLM\...\Internet Settings\Connections`, `WinHttpSettings`, with a twin in the 32-bit view",
        f"{_INTERNET}\\Connections",
        "WinHttpSettings",
        _is_proxy,
        view="/reg:32 ",
    ),
    "discovery": stored(
        "`DisableWpad` (REG_DWORD) 1 below",
        f"{_INTERNET}\\WinHttp",
        "DisableWpad",
        one_of(0, 1),
    ),
    "systems_settings": Check(
        "The internet settings of SYSTEM (`HKU\\S-1-5-18`) can be read by elevated accounts only",
        Command(r'reg query "HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings" >nul'),
        code(0),
        needs="elevation",
    ),
    "dns_domain": stored(
        "A value that is configured for a domain (`Domain`) goes before DHCP's (`DhcpDomain`)",
        r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
        "Domain",
        is_text,
        view="",
    ),
    "machine_guid": stored(
        r"`HKLM\SOFTWARE\Microsoft\Cryptography`, `MachineGuid`",
        r"HKLM\SOFTWARE\Microsoft\Cryptography",
        "MachineGuid",
        lambda data: re.fullmatch(r"[0-9A-Fa-f-]{36}", str(data)) is not None,
    ),
    "default_value": Check(
        "`reg query KEY /ve` succeeds for every key that exists",
        Command(r"reg query HKLM\SOFTWARE\Policies\Microsoft\Windows /ve >nul"),
        code(0),
        needs="registry_readable",
    ),
    "profile_switch": stored(
        "Profile keys: EnableFirewall, DefaultOutboundAction (0 allow, 1 block, absent allow)",
        rf"{_FIREWALL}\StandardProfile",
        "EnableFirewall",
        one_of(0, 1),
        view="",
    ),
    "hardening_rules": Check(
        r"Rules for service hardening lie in `RestrictedServices\Static\System`",
        Command(rf"reg query {_FIREWALL}\RestrictedServices\Static\System >nul 2>&1"),
        found,
        needs="registry_readable",
    ),
    "auto_proxy_service": stored(
        "It starts on demand, so one that does not run is only off where `Start` is 4",
        r"HKLM\SYSTEM\CurrentControlSet\Services\WinHttpAutoProxySvc",
        "Start",
        lambda data: data in range(5),
        view="",
    ),
    "platform_in_use": stored(
        "The platform in use is the folder in `ImagePath` of the service WinDefend",
        r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend",
        "ImagePath",
        lambda data: "\\windows defender\\" in str(data).lower(),
        view="",
    ),
    "tamper_protection": stored(
        "Tamper protection: `Features\\TamperProtection` 5 on, 0 and 1 off, 4 off",
        rf"{_DEFENDER}\Features",
        "TamperProtection",
        lambda data: data in _TAMPER_PROTECTION,
    ),
    "signature_version": stored(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        rf"{_DEFENDER}\Signature Updates",
        "AVSignatureVersion",
        lambda data: str(data).count(".") == 3,
    ),
    "signature_moment": stored(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        rf"{_DEFENDER}\Signature Updates",
        "SignaturesLastUpdated",
        is_moment,
    ),
    "lists_synchronized": stored(
        "The times are FILETIMEs of eight bytes",
        f"{_AUTHROOT}",
        "LastSyncTime",
        is_moment,
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
        newest(eventlog.DEFENDER),
        is_one_event,
    ),
}
