"""The proxy of the sensor of Defender for Endpoint, which Defender Antivirus does not use.

TelemetryProxyServer and DisableEnterpriseAuthProxy of the policy key DataCollection, and, of the policy key Windows
Advanced Threat Protection, PreferStaticProxyForHttpRequest (Microsoft Learn, configure proxy, 2026-09-22: sure). The
sensor runs as SYSTEM and uses WinHTTP (same page: sure). Which of TelemetryProxyServer and WinHTTP's proxy goes first
where the last value is not 1, no source says; where it is, sensors from 10.8210 or 10.8049 on prefer the former.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..._windows import registry
from ..._windows.cmdline import Outcome
from ..operation import Fact, values

DATA_COLLECTION: Final = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\DataCollection"
SENSOR_POLICY: Final = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection"


@dataclass(frozen=True)
class Sensor:
    """As stored."""

    telemetry_proxy: str = ""
    """TelemetryProxyServer, `host:port`; empty where absent."""
    authentication_disabled: bool = False
    """DisableEnterpriseAuthProxy is 1."""
    prefers_static: bool | None = None
    """PreferStaticProxyForHttpRequest is 1; None: not known."""


def _parse(outcomes: Mapping[str, Outcome]) -> Sensor:
    data = outcomes["sensor.proxy"]
    return Sensor(
        values.text(data, "TelemetryProxyServer").strip(),
        values.number(data, "DisableEnterpriseAuthProxy") == 1,
        values.number(outcomes["sensor.policy"], "PreferStaticProxyForHttpRequest") == 1,
    )


SENSOR: Final = Fact(
    {"sensor.proxy": registry.query(DATA_COLLECTION), "sensor.policy": registry.query_below(SENSOR_POLICY)}, _parse
)
"""Asked with something that lists `HKLM\\SOFTWARE\\Policies\\Microsoft`."""
