"""Services: configuration lies in the registry, where `reg` sees it too; only what runs is kept here."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from ..shared import SharedDict
from .registry import Registry, ValueType

SERVICES_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"


class State(enum.IntEnum):
    """Service states (winsvc.h, SERVICE_STATUS.dwCurrentState)."""

    STOPPED = 1
    START_PENDING = 2
    STOP_PENDING = 3
    RUNNING = 4


class Start(enum.IntEnum):
    """Start types (winsvc.h)."""

    AUTO = 2
    DEMAND = 3
    DISABLED = 4


@dataclass
class Service:
    """What of a service is not in the registry."""

    name: str
    state: State
    stoppable: bool = True
    """False: ignores `sc stop` (trap 17)."""
    reconfigurable: bool = True
    """False: its descriptor grants an administrator no change of configuration (trap 34)."""
    type: int = 0x20


@dataclass
class Services:
    """Every service by lower-case name."""

    registry: Registry
    running: SharedDict[str, Service] = field(default_factory=SharedDict)

    def install(self, service: Service, image_path: str, start: Start, account: str, display_name: str) -> None:
        """Adds a service with its registry key."""
        key = f"{SERVICES_KEY}\\{service.name}"
        self.registry.set(key, "ImagePath", ValueType.EXPAND_SZ, image_path)
        self.registry.set_dword(key, "Start", start)
        self.registry.set_dword(key, "Type", service.type)
        self.registry.set_text(key, "DisplayName", display_name)
        self.registry.set_text(key, "ObjectName", account)
        self.running[service.name.lower()] = service

    def find(self, name: str) -> Service | None:
        return self.running.get(name.lower())

    def start_type(self, name: str) -> int:
        """The start type in the registry; 0 where there is none."""
        return self.registry.number(f"{SERVICES_KEY}\\{name}", "Start")

    def is_running(self, name: str) -> bool:
        service = self.find(name)
        return service is not None and service.state is State.RUNNING
