"""Facts on where Windows and Defender keep their settings, and how their tools print them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..._windows import eventlog, filetime, netsh, registry, registry_output, services, winhttp_settings
from ..._windows.cmdline import Command, Outcome
from ..._windows.firewall_rule import FirewallRule
from .facts import Check, code

_HIVE: Final = "HKLM\\"
_NO_WORD: Final = r"\W+"
_VERSION: Final = r'"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"'
_NOWHERE: Final = r"HKLM\SOFTWARE\windefend.maps.nowhere"
_DEFENDER: Final = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
_FIREWALL: Final = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
_AUTHROOT: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
_ROOTS: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates"
_MICROSOFT_2011: Final = "8F43288AD272F3103B6FB1428485EA3014C0BCFE"
_TAMPER_PROTECTION: Final = (0, 1, 4, 5)


def _value(name: str, means: Callable[[Any], bool]) -> Callable[[Outcome], bool | None]:
    """A value that the collection reads: absent shows nothing, one that it does not understand is no confirmation."""

    def holds(outcome: Outcome) -> bool | None:
        found = registry_output.value(outcome.output, name) if outcome.exit_code == 0 else None
        return None if found is None else means(found.data)

    return holds


def _is_moment(data: Any) -> bool:
    return isinstance(data, bytes) and filetime.decode(data) is not None


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


def _are_events(outcome: Outcome) -> bool | None:
    if outcome.exit_code != 0 or not outcome.text.strip():
        return None
    return len(eventlog.parse(outcome.output).events) == 1


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
        Command(
            r'reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections" '
            "/v WinHttpSettings /reg:64 2>nul"
        ),
        _value("WinHttpSettings", _is_proxy),
        needs="registry_format",
    ),
    "auto_proxy_service": Check(
        "It starts on demand, so one that does not run is only off where `Start` is 4",
        Command(r"reg query HKLM\SYSTEM\CurrentControlSet\Services\WinHttpAutoProxySvc /v Start 2>nul"),
        _value("Start", lambda data: data in range(5)),
        needs="registry_format",
    ),
    "platform_in_use": Check(
        "The platform in use is the folder in `ImagePath` of the service WinDefend",
        Command(r"reg query HKLM\SYSTEM\CurrentControlSet\Services\WinDefend /v ImagePath 2>nul"),
        _value("ImagePath", lambda data: "\\windows defender\\" in str(data).lower()),
        needs="registry_format",
    ),
    "tamper_protection": Check(
        "Tamper protection: `Features\\TamperProtection` 5 on, 0 and 1 off, 4 off",
        Command(rf'reg query "{_DEFENDER}\Features" /v TamperProtection /reg:64 2>nul'),
        _value("TamperProtection", lambda data: data in _TAMPER_PROTECTION),
        needs="registry_format",
    ),
    "signature_version": Check(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        Command(rf'reg query "{_DEFENDER}\Signature Updates" /v AVSignatureVersion /reg:64 2>nul'),
        _value("AVSignatureVersion", lambda data: str(data).count(".") == 3),
        needs="registry_format",
    ),
    "signature_moment": Check(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        Command(rf'reg query "{_DEFENDER}\Signature Updates" /v SignaturesLastUpdated /reg:64 2>nul'),
        _value("SignaturesLastUpdated", _is_moment),
        needs="registry_format",
    ),
    "lists_synchronized": Check(
        "The times are FILETIMEs of eight bytes",
        Command(f"reg query {_AUTHROOT} /v LastSyncTime /reg:64 2>nul"),
        _value("LastSyncTime", _is_moment),
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
        _are_events,
    ),
}
