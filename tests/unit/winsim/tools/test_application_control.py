"""What application control refuses, to whom."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.application_control import ApplicationControl

TEXT = b"This program is blocked by group policy. For more information, contact your system administrator.\r\n"
MAKE = r"echo @echo ran>C:\Windows\Temp\a.cmd& "


def host(*refused: str, services: bool = False) -> SimulatedHost:
    rules = {"refused": list(refused), "services_enforced": services}
    return SimulatedHost(machine(overrides={"applocker": rules}))


@pytest.mark.parametrize(
    "line",
    [r"C:\Windows\Temp\a.cmd", r"call C:\Windows\Temp\a.cmd", r"cmd /c C:\Windows\Temp\a.cmd", r"C:\Windows\Temp\a"],
)
def test_a_batch_file(line: str) -> None:
    assert host().run(MAKE + line).stdout == b"ran\r\n"
    refused = host("*.cmd").run(MAKE + line)
    assert (refused.stdout, refused.stderr) == (b"", TEXT)
    assert host("*.cmd").run("echo ran").stdout == b"ran\r\n", "a line is no file"
    assert host("*.cmd").as_system(MAKE + line, b"").stdout == b"ran\r\n"
    assert host("*.cmd", services=True).as_system(MAKE + line, b"").stdout == b"ran\r\n", "script rules name no service"


def test_a_program() -> None:
    line = "hostname & call echo %^errorlevel%"
    assert host().run(line).stdout == b"PC\r\n0\r\n"
    refused = host("HOSTNAME.exe").run(line)
    assert (refused.stdout, refused.stderr) == (b"1\r\n", TEXT)
    assert host("hostname.exe").as_system(line, b"").stdout == b"PC\r\n0\r\n"
    assert host("hostname.exe", services=True).as_system(line, b"").stdout == b"1\r\n"


def test_in_a_pipe_and_in_a_loop() -> None:
    assert host("findstr.exe").run('echo a|findstr "a"').stdout == b""
    assert host("hostname.exe").run("for /f %i in ('hostname') do @echo %i").stdout == b""


def test_patterns_are_of_names_and_of_paths() -> None:
    rules = ApplicationControl([r"C:\ProgramData\*", "curl.exe"])
    assert rules.refuses(r"c:\programdata\x\MpCmdRun.exe", "S-1-5-21-1")
    assert rules.refuses(r"C:\Windows\System32\CURL.EXE", "S-1-5-21-1")
    assert not rules.refuses(r"C:\Windows\System32\curl.exe", SYSTEM_SID)
    assert not rules.refuses(r"C:\Program Files\x\mycurl.exe", "S-1-5-21-1")
