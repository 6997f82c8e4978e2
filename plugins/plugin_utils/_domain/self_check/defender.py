"""Facts on where Defender, its sensor and what belongs to them keep their settings, and what they have written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..._windows import eventlog, proxy_text, registry_output, services
from ..._windows.cmdline import Command, Outcome
from .facts import Check
from .shapes import are_versions, found, is_moment, is_one_event, is_text, newest, one_of, stored

_DEFENDER: Final = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
_SENSOR: Final = r"HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection"
_POLICIES: Final = r"HKLM\SOFTWARE\Policies\Microsoft\Windows"
_AUTHROOT: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def _is_time(data: Any) -> bool:
    """A FILETIME, as eight bytes or as a number."""
    return is_moment(data.to_bytes(8, "little") if isinstance(data, int) and 0 <= data < 1 << 64 else data)


def _is_endpoint(data: Any) -> bool:
    return is_text(data) and bool(proxy_text.endpoint(data))


def _is_url(data: Any) -> bool:
    return is_text(data) and re.match(r"https?://[^/\s]+", data) is not None


def _has_process(outcome: Outcome) -> bool | None:
    """An event that names the process; a log that is off holds none."""
    if not is_one_event(outcome):
        return None
    (event,) = eventlog.parse(outcome.output).events
    return "EventAuxInfo.ProcessName" in event.user


def _is_state(outcome: Outcome) -> bool | None:
    """Older platforms have no such service."""
    return None if outcome.exit_code == services.NO_SUCH_SERVICE else services.parse_state(outcome.output) is not None


def _calls_itself_10(outcome: Outcome) -> bool | None:
    """Shown by clients from build 22000 on only."""
    names = ("CurrentBuildNumber", "ProductName", "InstallationType")
    read = [registry_output.value(outcome.output, name) for name in names]
    build, product, kind = (str(one.data) if one is not None else "" for one in read)
    shows = build.isdecimal() and int(build) >= 22000 and kind == "Client"
    return product.startswith("Windows 10") if shows else None


CHECKS: Final[Mapping[str, Check]] = {
    "membership": stored(
        r"Defender's own copy lies below `HKLM\SOFTWARE\Microsoft\Windows Defender\Spynet`",
        rf"{_DEFENDER}\Spynet",
        "SpyNetReporting",
        one_of(0, 1, 2),
    ),
    "samples": stored(
        "`SpynetReporting` 0, 1, 2; `SubmitSamplesConsent` 0 to 3",
        rf"{_DEFENDER}\Spynet",
        "SubmitSamplesConsent",
        one_of(0, 1, 2, 3),
    ),
    "last_success": stored(
        "`LastMAPSSuccessTime`, `LastMAPSFailureTime` below",
        rf"{_DEFENDER}\Spynet",
        "LastMAPSSuccessTime",
        _is_time,
    ),
    "last_failure": stored(
        "`LastMAPSSuccessTime`, `LastMAPSFailureTime` below",
        rf"{_DEFENDER}\Spynet",
        "LastMAPSFailureTime",
        _is_time,
    ),
    "last_failure_as_text": stored(
        "`LastMAPSFailureTimeString` there: ISO 8601",
        rf"{_DEFENDER}\Spynet",
        "LastMAPSFailureTimeString",
        lambda data: is_text(data) and _TIME.match(data) is not None,
    ),
    "maps_events": Check(
        "Events 2010 (the cloud gave a signature), 2012 (it could not be used)",
        newest(eventlog.DEFENDER, 2010, 2012, 2001, 1151, 5007),
        is_one_event,
    ),
    "passive_mode": stored(
        "`PassiveMode`, `ForcePassiveMode` show passive mode",
        _DEFENDER,
        "PassiveMode",
        one_of(0, 1, 2),
    ),
    "cached_proxy": stored(
        "It keeps it in `CachedProxy`",
        _DEFENDER,
        "CachedProxy",
        is_text,
    ),
    "own_proxy": stored(
        "Defender's own proxy can be set locally too",
        _DEFENDER,
        "ProxyServer",
        is_text,
    ),
    "engine_version": stored(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        rf"{_DEFENDER}\Signature Updates",
        "EngineVersion",
        lambda data: str(data).count(".") == 3,
    ),
    "platform_folders": Check(
        "The newest binary lies below `%ProgramData%\\Microsoft\\Windows Defender\\Platform\\<version>`",
        Command(r'dir /b /ad "%ProgramData%\Microsoft\Windows Defender\Platform" 2>nul'),
        are_versions,
    ),
    "core_service": Check(
        "MdCoreSvc (MpDefenderCoreService.exe) is part of Defender Antivirus",
        Command("sc query MdCoreSvc"),
        _is_state,
    ),
    "onboarding_state": stored(
        r"`OnboardingState` 1 below `HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status`",
        rf"{_SENSOR}\Status",
        "OnboardingState",
        one_of(0, 1),
    ),
    "onboarding_package": stored(
        "`OnboardedInfo` below `Windows Advanced Threat Protection` holds the package: a JSON text",
        _SENSOR,
        "OnboardedInfo",
        lambda data: is_text(data) and data.lstrip().startswith("{"),
    ),
    "sensor_proxy": stored(
        "The sensor of Defender for Endpoint has a proxy of its own: `TelemetryProxyServer` (REG_SZ, `host:port`)",
        rf"{_POLICIES}\DataCollection",
        "TelemetryProxyServer",
        _is_endpoint,
    ),
    "update_server": stored(
        "`WUServer`, `UpdateServiceUrlAlternate` below",
        rf"{_POLICIES}\WindowsUpdate",
        "WUServer",
        _is_url,
    ),
    "capi2_events": Check(
        "Event 41 (`CertVerifyRevocation`) checks revocation, 11 (`CertGetCertificateChain`) builds a chain",
        newest(eventlog.CAPI2, 41, 11),
        _has_process,
    ),
    "fetched_list": Check(
        "Event 53 in UserData: `URL`",
        newest(eventlog.CAPI2, 53),
        _has_process,
    ),
    "capi2_switch": stored(
        "`wevtutil sl CHANNEL /e:true` turns a channel on at once; `Enabled` below",
        f"{eventlog.CHANNELS_KEY}\\{eventlog.CAPI2}",
        "Enabled",
        one_of(0, 1),
    ),
    "product_name": Check(
        "Windows 11 calls itself Windows 10 in ProductName",
        Command(r'reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /reg:64'),
        _calls_itself_10,
        needs="registry_format",
    ),
    "trust_list": Check(
        "`EncodedCtl`, `DisallowedCertEncodedCtl` hold the lists",
        Command(rf"reg query {_AUTHROOT} /v EncodedCtl /reg:64 >nul 2>&1"),
        found,
        needs="registry_readable",
    ),
}
