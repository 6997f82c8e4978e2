"""winsim's PowerShell: what was announced is answered, everything else is unknown and says so."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine, small_machine
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, Prompt
from ansible_collections.windefend.maps.winsim import fleet
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.overrides import Invalid, apply
from ansible_collections.windefend.maps.winsim.tools import powershell
from ansible_collections.windefend.maps.winsim.tools.process import Console, Input, Process

ANSWERS = {
    "win_service_info.ps1": {"services": [{"name": "é"}]},
    "win_service": {"changed": False},
    "community.windows.win_scoop": {"changed": True},
}


def encoded(script: str) -> str:
    data = base64.b64encode(script.encode("utf-16-le")).decode()
    return f"-NoProfile -ExecutionPolicy Unrestricted -EncodedCommand {data}"


BOOTSTRAP = encoded("$codeJson = foreach ($in in $input) {\n}")


def payload(action: str, **params: object) -> bytes:
    """What Ansible writes to the bootstrap script's input; names of other modules stand in it as data."""
    actions = [{"name": "become_wrapper.ps1", "params": {}}, {"name": action, "params": params, "secure_params": {}}]
    manifest = {"scripts": {"x.ps1": {"path": "win_service_info.ps1 win_service"}}, "actions": actions}
    return b"\n\0\0\0\0\n".join(json.dumps(part).encode() for part in ({"name": "exec_wrapper"}, manifest))


def of(module: str) -> bytes:
    return payload("module_wrapper.ps1", Script=f"{module}.ps1")


def announced() -> Machine:
    machine = small_machine()
    machine.files.install(r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", "powershell")
    apply(machine, {"powershell": ANSWERS})
    return machine


@pytest.mark.parametrize(
    ("module", "announcement"),
    [
        ("ansible.windows.win_service_info", "win_service_info.ps1"),
        ("ansible_collections.ansible.windows.plugins.modules.win_service", "win_service"),
        ("ansible_collections.community.windows.plugins.modules.win_scoop", "community.windows.win_scoop"),
        ("win_service", "win_service"),
        ("community.windows.win_scoop", "community.windows.win_scoop"),
    ],
)
def test_an_announced_module_is_answered(module: str, announcement: str) -> None:
    prompt = Prompt(powershell.run, announced())
    code, out = prompt.run(BOOTSTRAP, of(module))
    assert (code, json.loads(out), prompt.unknown) == (0, ANSWERS[announcement], [])


@pytest.mark.parametrize(
    "module",
    ["ansible.windows.win_service_x", "ansible.windows.win_ser", "win_regedit", "ansible.windows.win_scoop"],
)
def test_another_module_is_refused_by_its_name(module: str) -> None:
    """N20: a module that was announced lets no other one pass, though its name stands in the other's payload."""
    prompt = Prompt(powershell.run, announced())
    assert prompt.run(BOOTSTRAP, of(module)) == (1, "")
    assert prompt.error == f"winsim does not run PowerShell, so {module} cannot run here; see docs/testing.md\r\n"
    assert prompt.unknown == [f"PowerShell: {module}"]


def test_a_script_of_ansibles_own_is_named() -> None:
    """win_copy and script put a file on the host first."""
    prompt = Prompt(powershell.run, small_machine())
    data = payload("winrm_put_file.ps1", Path="C:\\x") + b"\n\0\0\0\0\nQUJD\r\n"
    assert prompt.run(BOOTSTRAP, data) == (1, "")
    assert "so winrm_put_file cannot run here" in prompt.error


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (encoded("Get-Service  WinDefend\n| Stop-Service"), "Get-Service WinDefend | Stop-Service"),
        ("-NoProfile -Command Get-Date", "-NoProfile -Command Get-Date"),
        ("-Version 5", "-Version 5"),
        (encoded("x" * 5000), "x" * 60),
    ],
)
def test_a_script_without_a_name_is_shown_and_does_not_wait_for_input(arguments: str, shown: str) -> None:
    """raw, win_reboot and pywinrm's run_ps send no input, and never end it."""

    class Silent(Input):
        def read(self) -> bytes:
            pytest.fail("would wait forever")

    error = bytearray()
    process = Process(small_machine(), ADMIN, Console(65001), Silent(), error.extend, error.extend, {})
    assert powershell.run(process, arguments) == 1
    assert f"so {shown} cannot run here" in error.decode()


@pytest.mark.parametrize("data", [b"", b"win_service", b"{}\n\0\0\0\0\n[", b"{}\n\0\0\0\0\n[]", b"{}\n\0\0\0\0\n3"])
def test_input_that_is_no_payload(data: bytes) -> None:
    prompt = Prompt(powershell.run, announced())
    assert prompt.run(BOOTSTRAP, data) == (1, "")
    assert "winsim does not run PowerShell" in prompt.error


def test_cmd_finds_the_program_as_ansible_writes_it() -> None:
    line = CommandLine(announced())
    script = f"PowerShell {BOOTSTRAP}"
    path = "set PATH=C:\\Windows\\System32\\WindowsPowerShell\\v1.0"
    assert json.loads(line.known(f"{path}& {script}", of("win_service")))


def test_a_new_machine_has_a_powershell_that_says_what_it_is() -> None:
    (host,) = fleet.parse({"hosts": [{"name": "pc", "locale": "ja"}]}).hosts
    line = CommandLine(host.build())
    line.run("powershell Get-Date", b"")
    assert (
        line.err.splitlines()[-1] == "winsim does not run PowerShell, so Get-Date cannot run here; see docs/testing.md"
    )
    assert line.unknown


@pytest.mark.parametrize("program", ["systeminfo", "ipconfig", "GPUPDATE", "wmic"])
def test_a_program_that_is_not_simulated_says_so(program: str) -> None:
    """N21: testinfra's modules call systeminfo; "Access is denied." made people look for rights."""
    (host,) = fleet.parse({"hosts": [{"name": "pc"}]}).hosts
    line = CommandLine(host.build())
    line.run(f"{program} /x", b"")
    assert line.err.splitlines()[-1] == f"winsim does not simulate {program.lower()}.exe; see docs/testing.md"
    assert line.unknown


def test_an_answer_must_be_a_mapping() -> None:
    with pytest.raises(Invalid, match=r"powershell\.win_ping"):
        apply(small_machine(), {"powershell": {"win_ping": "pong"}})
