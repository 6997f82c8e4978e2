"""winsim's icacls."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, USER, Prompt
from ansible_collections.windefend.maps.winsim.machine import access
from ansible_collections.windefend.maps.winsim.machine.locale import Locale
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools import icacls

DIRECTORY = "C:\\Windows\\Temp\\run 1"
LOCKED = f'"{DIRECTORY}" /inheritance:r /grant *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F'


@pytest.fixture
def prompt() -> Prompt:
    prompt = Prompt(icacls.run)
    prompt.machine.files.make_directory(DIRECTORY)
    prompt.machine.files.write(DIRECTORY + "\\out.txt", b"secret")
    return prompt


def test_a_folder_that_only_administrators_read(prompt: Prompt) -> None:
    machine = prompt.machine
    assert access.may_read(machine.files, USER, DIRECTORY + "\\out.txt")
    assert prompt.run(LOCKED) == (
        0,
        f"processed file: {DIRECTORY}\r\nSuccessfully processed 1 files; Failed processing 0 files\r\n",
    )
    node = machine.files.find(DIRECTORY)
    assert node is not None
    assert node.access == {"S-1-5-18": "F", "S-1-5-32-544": "F"}
    assert not access.may_read(machine.files, USER, DIRECTORY + "\\out.txt")
    assert access.may_read(machine.files, ADMIN, DIRECTORY + "\\out.txt")


def test_listing(prompt: Prompt) -> None:
    assert prompt.run(f'"{DIRECTORY}"')[1].startswith(f"{DIRECTORY} NT AUTHORITY\\SYSTEM:(I)(OI)(CI)(F)\r\n")
    prompt.run(LOCKED)
    assert prompt.run(f'"{DIRECTORY}"') == (
        0,
        f"{DIRECTORY} NT AUTHORITY\\SYSTEM:(OI)(CI)(F)\r\n"
        + " " * (len(DIRECTORY) + 1)
        + "BUILTIN\\Administrators:(OI)(CI)(F)\r\n\r\n"
        "Successfully processed 1 files; Failed processing 0 files\r\n",
    )


def test_grant_adds_and_grant_r_replaces(prompt: Prompt) -> None:
    file = DIRECTORY + "\\out.txt"
    node = prompt.machine.files.find(file)
    assert node is not None
    assert prompt.run(f'"{file}" /inheritance:r /grant Users:R')[0] == 0
    assert prompt.run(f'"{file}" /grant BUILTIN\\Users:(W)')[0] == 0
    assert node.access == {"S-1-5-32-545": "R,W"}
    assert prompt.run(f'"{file}" /grant:r Users:F')[0] == 0
    assert node.access == {"S-1-5-32-545": "F"}
    assert prompt.run(f'"{file}" /remove Users')[0] == 0
    assert node.access == {}
    assert prompt.run(f'"{file}" /reset')[0] == 0
    assert node.access is None


def test_grant_without_inheritance_switch_keeps_what_was_inherited(prompt: Prompt) -> None:
    assert prompt.run(f'"{DIRECTORY}" /grant *S-1-5-20:(OI)(CI)M')[0] == 0
    node = prompt.machine.files.find(DIRECTORY)
    assert node is not None
    assert node.access == {"S-1-5-18": "F", "S-1-5-32-544": "F", "S-1-5-32-545": "RX", "S-1-5-20": "M"}


def test_recursion_counts(prompt: Prompt) -> None:
    assert "Successfully processed 2 files;" in prompt.run(f'"{DIRECTORY}" /reset /t /q')[1]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (f'"{DIRECTORY}x"', 2, f"{DIRECTORY}x: The system cannot find the file specified.\r\n"),
        (
            f'"{DIRECTORY}" /grant nobody:F',
            1332,
            "nobody: No mapping between account names and security IDs was done.\r\n",
        ),
        (f'"{DIRECTORY}" /grant', 87, 'Invalid parameter "/grant"\r\n'),
        (f'"{DIRECTORY}" /frobnicate', 87, 'Invalid parameter "/frobnicate"\r\n'),
        (f'"{DIRECTORY}" /grant Users:Z', 87, 'Invalid parameter "Users:Z"\r\n'),
    ],
)
def test_failures(prompt: Prompt, arguments: str, code: int, error: str) -> None:
    assert prompt.run(arguments)[0] == code
    assert prompt.error == error
    assert prompt.unknown == []


def test_who_may_not_write_may_not_change(prompt: Prompt) -> None:
    prompt.run(LOCKED)
    prompt.token = USER
    code, text = prompt.run(f'"{DIRECTORY}" /grant Users:(OI)(CI)F')
    assert (code, text) == (5, "Successfully processed 0 files; Failed processing 1 files\r\n")
    assert prompt.error.endswith(": Access is denied.\r\n")


@pytest.mark.parametrize("switch", ["/deny Users:F", "/setowner Users", "/grant Users:(IO)F", "/grant Users:F"])
def test_what_is_not_simulated_is_noted(prompt: Prompt, switch: str) -> None:
    prompt.run(f'"{DIRECTORY}" {switch}')
    assert len(prompt.unknown) == 1


def test_japanese_count_line() -> None:
    prompt = Prompt(icacls.run, Machine("HOST", locale=Locale("ja", 932, 932)), code_page=932)
    prompt.machine.files.make_directory("C:\\x")
    assert prompt.run("C:\\x /reset")[1].endswith(
        "1 個のファイルが正常に処理されました。0 個のファイルを処理できませんでした\r\n"
    )
