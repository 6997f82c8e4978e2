"""winsim's PowerShell: what was announced is answered, everything else is unknown."""

from __future__ import annotations

import json

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine, small_machine
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import Prompt
from ansible_collections.windefend.maps.winsim import fleet
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.overrides import Invalid, apply
from ansible_collections.windefend.maps.winsim.tools import powershell

ANSWERS = {"win_service_info": {"services": [{"name": "é"}]}, "win_service": {"changed": False}}


def announced() -> Machine:
    machine = small_machine()
    apply(machine, {"powershell": ANSWERS})
    return machine


@pytest.mark.parametrize("name", ANSWERS)
def test_the_first_name_that_stands_in_the_script_is_answered(name: str) -> None:
    prompt = Prompt(powershell.run, announced())
    code, out = prompt.run("-EncodedCommand QQ==", f'{{"name": "{name}.ps1"}}'.encode())
    assert (code, json.loads(out), prompt.unknown) == (0, ANSWERS[name], [])


def test_another_script_is_unknown() -> None:
    prompt = Prompt(powershell.run, announced())
    assert prompt.run("-EncodedCommand QQ==", b"win_ping") == (1, "")
    assert len(prompt.unknown) == 1


def test_cmd_finds_the_program_as_ansible_writes_it() -> None:
    line = CommandLine(announced())
    script = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand QQ=="
    assert json.loads(line.known(f"set PATH=C:\\Windows\\System32\\WindowsPowerShell\\v1.0& {script}", b"win_service"))


def test_without_answers_a_machine_has_a_program_that_winsim_does_not_run() -> None:
    (host,) = fleet.parse({"hosts": [{"name": "pc"}]}).hosts
    machine = host.build()
    line = CommandLine(machine)
    line.run(r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe -Version", b"")
    assert line.unknown


def test_an_answer_must_be_a_mapping() -> None:
    with pytest.raises(Invalid, match=r"powershell\.win_ping"):
        apply(small_machine(), {"powershell": {"win_ping": "pong"}})
