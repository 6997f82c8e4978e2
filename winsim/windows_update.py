"""Whether Windows Update reaches the internal server that a policy names, which follows from `physics`."""

from __future__ import annotations

from . import physics, routing
from .machine.accounts import SYSTEM
from .machine.model import Machine
from .routing import Condition

UPDATE_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"


def stopped_by(machine: Machine) -> Condition | None:
    """What stops a scan of the internal server that a policy names (UseWUServer, WUServer); None: it gets through, or
    the policy names none. Windows Update looks for a proxy in the machine's WinHTTP settings (sure)."""
    registry = machine.registry
    if registry.number(UPDATE_KEY + r"\AU", "UseWUServer") != 1:
        return None
    scheme, _unused, rest = registry.text(UPDATE_KEY, "WUServer").lower().partition("://")
    host, _unused, port = rest.partition("/")[0].partition(":")
    if not host:
        return None
    to = routing.Target(host, int(port) if port else 443 if scheme == "https" else 80)
    return routing.route(
        machine, routing.Route.WINDOWS_UPDATE, SYSTEM, to, program=physics.SVCHOST, service="wuauserv"
    )[1]
