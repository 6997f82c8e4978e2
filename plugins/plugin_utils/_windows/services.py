"""sc.exe: the state of a service.

Rule: sc translates its labels in some languages (Russian, Spanish, Italian) and may leave no blank before the colon, so
the numbers are taken by their place: the first indented one is the type, the second the state (*sure*, captures).
How a service is configured is read from the registry, not from sc.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .cmdline import CannotCarry, Command, Literal
from .reading import Reading
from .text import lines, tool_text

STOPPED: Final = 1
START_PENDING: Final = 2
STOP_PENDING: Final = 3
RUNNING: Final = 4
CONTINUE_PENDING: Final = 5
PAUSE_PENDING: Final = 6
PAUSED: Final = 7
"""States of a service (winsvc.h: *sure*)."""

BOOT_START: Final = 0
SYSTEM_START: Final = 1
AUTO_START: Final = 2
DEMAND_START: Final = 3
DISABLED: Final = 4
"""Values of `Start` below a service's key (winsvc.h: *sure*)."""

NO_SUCH_SERVICE: Final = 1060
"""Exit code of sc for a service that does not exist (ERROR_SERVICE_DOES_NOT_EXIST, captures)."""

_NUMBER = re.compile(r"[ \t]*([0-9A-Fa-f]{1,8})(?=[ \t]|\Z)")


@dataclass(frozen=True)
class ServiceState:
    """`type`: bits (0x10 own process, 0x20 shared process, 0x100 interactive); `state`: one of the numbers above."""

    type: int
    state: int


def query(name: str) -> Command:
    """`sc query NAME`; exit code 1060 when there is no such service."""
    if not name or "/" in name or "\\" in name:
        raise CannotCarry(f"{name!a} is not the short name of a service")
    return Command.of("sc", Literal("query"), name).reading(Reading("sc", f"the service {name}", (name,)))


def parse_state(output: bytes) -> ServiceState | None:
    """The state in an answer of `sc query`, `start` or `stop`; None when it holds none, as an error does."""
    numbers = []
    for line in lines(tool_text(output)):
        found = _NUMBER.match(line.partition(":")[2])
        if found and line.startswith((" ", "\t")):
            numbers.append(found[1])
    if len(numbers) < 2 or not numbers[1].isdigit():
        return None
    return ServiceState(int(numbers[0], 16), int(numbers[1]))
