"""Facts on where Defender, its sensor and what belongs to them keep their settings, and what they have written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..._windows import eventlog, proxy_text, registry_output, services
from ..._windows.cmdline import Command, Outcome
from .facts import Check
from .shapes import are_versions, found, is_moment, is_one_event, is_text, one_of, value

_DEFENDER: Final = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
_SENSOR: Final = r"HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection"
_POLICIES: Final = r"HKLM\SOFTWARE\Policies\Microsoft\Windows"
_AUTHROOT: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
_MAPS_EVENTS: Final = " or ".join(f"EventID={number}" for number in (2010, 2012, 2001, 1151, 5007))
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def _asked(key: str, name: str) -> Command:
    return Command(f'reg query "{key}" /v {name} /reg:64 2>nul')


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
    "membership": Check(
        r"Defender's own copy lies below `HKLM\SOFTWARE\Microsoft\Windows Defender\Spynet`",
        _asked(rf"{_DEFENDER}\Spynet", "SpyNetReporting"),
        value("SpyNetReporting", one_of(0, 1, 2)),
        needs="registry_format",
    ),
    "samples": Check(
        "`SpynetReporting` 0, 1, 2; `SubmitSamplesConsent` 0 to 3",
        _asked(rf"{_DEFENDER}\Spynet", "SubmitSamplesConsent"),
        value("SubmitSamplesConsent", one_of(0, 1, 2, 3)),
        needs="registry_format",
    ),
    "last_success": Check(
        "`LastMAPSSuccessTime`, `LastMAPSFailureTime` below",
        _asked(rf"{_DEFENDER}\Spynet", "LastMAPSSuccessTime"),
        value("LastMAPSSuccessTime", _is_time),
        needs="registry_format",
    ),
    "last_failure": Check(
        "`LastMAPSSuccessTime`, `LastMAPSFailureTime` below",
        _asked(rf"{_DEFENDER}\Spynet", "LastMAPSFailureTime"),
        value("LastMAPSFailureTime", _is_time),
        needs="registry_format",
    ),
    "last_failure_as_text": Check(
        "`LastMAPSFailureTimeString` there: ISO 8601",
        _asked(rf"{_DEFENDER}\Spynet", "LastMAPSFailureTimeString"),
        value("LastMAPSFailureTimeString", lambda data: is_text(data) and _TIME.match(data) is not None),
        needs="registry_format",
    ),
    "maps_events": Check(
        "Events 2010 (the cloud gave a signature), 2012 (it could not be used)",
        Command(f'wevtutil qe "{eventlog.DEFENDER}" "/q:*[System[({_MAPS_EVENTS})]]" /c:1 /rd:true /f:xml'),
        is_one_event,
    ),
    "passive_mode": Check(
        "`PassiveMode`, `ForcePassiveMode` show passive mode",
        _asked(_DEFENDER, "PassiveMode"),
        value("PassiveMode", one_of(0, 1, 2)),
        needs="registry_format",
    ),
    "cached_proxy": Check(
        "It keeps it in `CachedProxy`",
        _asked(_DEFENDER, "CachedProxy"),
        value("CachedProxy", is_text),
        needs="registry_format",
    ),
    "own_proxy": Check(
        "Defender's own proxy can be set locally too",
        _asked(_DEFENDER, "ProxyServer"),
        value("ProxyServer", is_text),
        needs="registry_format",
    ),
    "engine_version": Check(
        "`Signature Updates`: AVSignatureVersion, ASSignatureVersion, NISSignatureVersion, EngineVersion",
        _asked(rf"{_DEFENDER}\Signature Updates", "EngineVersion"),
        value("EngineVersion", lambda data: str(data).count(".") == 3),
        needs="registry_format",
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
    "onboarding_state": Check(
        r"`OnboardingState` 1 below `HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status`",
        _asked(rf"{_SENSOR}\Status", "OnboardingState"),
        value("OnboardingState", one_of(0, 1)),
        needs="registry_format",
    ),
    "onboarding_package": Check(
        "`OnboardedInfo` below `Windows Advanced Threat Protection` holds the package: a JSON text",
        _asked(_SENSOR, "OnboardedInfo"),
        value("OnboardedInfo", lambda data: is_text(data) and data.lstrip().startswith("{")),
        needs="registry_format",
    ),
    "sensor_proxy": Check(
        "The sensor of Defender for Endpoint has a proxy of its own: `TelemetryProxyServer` (REG_SZ, `host:port`)",
        _asked(rf"{_POLICIES}\DataCollection", "TelemetryProxyServer"),
        value("TelemetryProxyServer", _is_endpoint),
        needs="registry_format",
    ),
    "update_server": Check(
        "`WUServer`, `UpdateServiceUrlAlternate` below",
        _asked(rf"{_POLICIES}\WindowsUpdate", "WUServer"),
        value("WUServer", _is_url),
        needs="registry_format",
    ),
    "capi2_events": Check(
        "Event 41 (`CertVerifyRevocation`) checks revocation, 11 (`CertGetCertificateChain`) builds a chain",
        Command(f'wevtutil qe "{eventlog.CAPI2}" "/q:*[System[(EventID=41 or EventID=11)]]" /c:1 /rd:true /f:xml'),
        _has_process,
    ),
    "fetched_list": Check(
        "Event 53 in UserData: `URL`",
        Command(f'wevtutil qe "{eventlog.CAPI2}" "/q:*[System[(EventID=53)]]" /c:1 /rd:true /f:xml'),
        _has_process,
    ),
    "capi2_switch": Check(
        "`wevtutil sl CHANNEL /e:true` turns a channel on at once; `Enabled` below",
        Command(f'reg query "{eventlog.CHANNELS_KEY}\\{eventlog.CAPI2}" /v Enabled /reg:64 2>nul'),
        value("Enabled", one_of(0, 1)),
        needs="registry_format",
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
