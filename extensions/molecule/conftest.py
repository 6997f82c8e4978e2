"""What the scenarios' tests look at the hosts with: pytest-testinfra over WinRM, and Windows' own commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest_plugins = ["ansible_collections.windefend.maps.winsim.pytest_plugin"]

MPCMDRUN = r'"C:\Program Files\Windows Defender\MpCmdRun.exe"'


class Windows:
    """One host."""

    def __init__(self, host: Any, variables: dict[str, Any]) -> None:
        self.host = host
        self.variables = variables

    def run(self, line: str) -> Any:
        """A command's result, with `rc`, `stdout` and `stderr`."""
        return self.host.run(line)

    def value(self, key: str, name: str) -> str | None:
        """A registry value as `reg query` prints it; None where there is none."""
        result = self.run(f'reg query "{key}" /v {name}')
        if result.rc:
            return None
        (data,) = [row.split(None, 2)[2] for row in result.stdout.splitlines() if row.split()[:1] == [name]]
        return str(data)

    def maps(self) -> int:
        """What ValidateMapsConnection ends with: 0 connected, else the HRESULT."""
        return int(self.run(f"{MPCMDRUN} -ValidateMapsConnection").rc) % 2**32

    def winhttp_proxy(self) -> tuple[str, ...]:
        """Proxy and bypass list as `netsh winhttp show proxy` prints them; () for direct access."""
        lines = self.run("netsh winhttp show proxy").stdout.splitlines()
        # The labels are translated; what follows the colon of an indented line is not.
        return tuple(line.partition(":")[2].strip() for line in lines if line.startswith("    ") and ":" in line)

    def rules(self) -> list[str]:
        """Which of the collection's own firewall rules there are."""
        names = ("windefend.maps MAPS", "windefend.maps CRL")
        return [name for name in names if self.run(f'netsh advfirewall firewall show rule name="{name}"').rc == 0]


@pytest.fixture
def windows(winsim_running: Any) -> Iterator[Callable[[str], Windows]]:
    """The host of a name. At the end no client's shell is open, and winsim knew every command that anybody sent."""
    yield lambda name: Windows(winsim_running.host(name), winsim_running.variables(name))
    assert winsim_running.unknown() == []
    assert winsim_running.open_shells() == []
