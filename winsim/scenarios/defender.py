"""Defender itself, the system under it, and its clock."""

from __future__ import annotations

import datetime as dt

from ..machine.defender import POLICY_KEY, STATE_KEY
from ..machine.model import Machine
from ..machine.registry import ValueType
from ..machine.services import SERVICES_KEY, Start, State
from .scenario import Cause, Outcome, scenario

OTHER_PRODUCT_KEY = r"HKLM\SOFTWARE\Microsoft\Security Center\Provider\Av\{7C4E9F02-3B1D-4E55-9A86-2F0C6D8B1A34}"
"""Where Windows' Security Center lists an antivirus product (recalled)."""


def _stop(machine: Machine, name: str, start: Start) -> None:
    machine.services.running[name.lower()].state = State.STOPPED
    machine.registry.set_dword(f"{SERVICES_KEY}\\{name}", "Start", start)


@scenario(Outcome.NOT_REPAIRABLE, Cause.SERVICE_STOPPED)
def service_disabled(machine: Machine) -> None:
    """Defender's service is stopped and disabled, and no administrator can change that."""
    for name in ("WinDefend", "WdNisSvc"):
        _stop(machine, name, Start.DISABLED)
    machine.registry.set_dword(STATE_KEY, "IsServiceRunning", 0)


@scenario(Outcome.NOT_REPAIRABLE, Cause.SERVICE_STOPPED, os="windows_11_23h2")
def disable_value_ignored(machine: Machine) -> None:
    """As service_disabled, on a client whose policy holds DisableAntiSpyware: clients ignore it, so it is no reason."""
    service_disabled(machine)
    machine.registry.set_dword(POLICY_KEY, "DisableAntiSpyware", 1)


@scenario(Outcome.NOT_APPLICABLE, Cause.OTHER_ANTIVIRUS)
def other_antivirus(machine: Machine) -> None:
    """Another antivirus product is registered; Defender has stepped back."""
    for name in ("WinDefend", "WdNisSvc"):
        _stop(machine, name, Start.DEMAND)
    machine.registry.set_dword(STATE_KEY, "PassiveMode", 1)
    machine.registry.set_dword(STATE_KEY, "IsServiceRunning", 0)
    machine.registry.set_text(OTHER_PRODUCT_KEY, "DISPLAYNAME", "Contoso Endpoint Protection")
    machine.registry.set_text(OTHER_PRODUCT_KEY, "REPORTINGEXE", r"C:\Program Files\Contoso\Endpoint\agent.exe")
    machine.registry.set(OTHER_PRODUCT_KEY, "STATE", ValueType.DWORD, 0x41000)


@scenario(Outcome.NOT_APPLICABLE, Cause.MAPS_OFF)
def maps_off(machine: Machine) -> None:
    """A policy says that this machine is no member of MAPS."""
    machine.registry.set_dword(POLICY_KEY + r"\Spynet", "SpynetReporting", 0)


@scenario(Outcome.NOT_REPAIRABLE, Cause.WINDOWS_TOO_OLD, os="windows_10_1607")
def old_build(machine: Machine) -> None:
    """Windows 10 1607 (build 14393) without platform updates, whose MpCmdRun does not know the switch."""


@scenario(Outcome.NOT_REPAIRABLE, Cause.CLOCK_SKEW)
def clock_off(machine: Machine) -> None:
    """The clock is six years behind (an empty battery): no certificate is valid yet."""
    machine.clock_offset = dt.timedelta(days=-6 * 365)
