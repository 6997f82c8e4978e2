"""winsim's certutil -hashfile, and the detection of -urlcache."""

from __future__ import annotations

import hashlib
from xml.etree import ElementTree

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.locale import Locale
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.services import Service, Start, State
from ansible_collections.windefend.maps.winsim.tools import certutil

PATH = "C:\\Windows\\Temp\\a b.txt"


@pytest.fixture
def prompt() -> Prompt:
    prompt = Prompt(certutil.run)
    prompt.machine.files.make_directory("C:\\Windows\\Temp")
    prompt.machine.files.write(PATH, b"content\r\n")
    prompt.machine.files.write("C:\\Windows\\Temp\\empty", b"")
    return prompt


@pytest.mark.parametrize(
    ("algorithm", "name"), [("SHA256", "SHA256"), ("md5", "MD5"), ("", "SHA1"), ("sha512", "SHA512")]
)
def test_three_lines(prompt: Prompt, algorithm: str, name: str) -> None:
    digest = hashlib.new(name.lower(), b"content\r\n").hexdigest()
    assert prompt.run(f'-hashfile "{PATH}" {algorithm}') == (
        0,
        f"{name} hash of {PATH}:\r\n{digest}\r\nCertUtil: -hashfile command completed successfully.\r\n",
    )


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("C:\\Windows\\Temp\\none", -2147024894, "0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)"),
        ("C:\\None\\none", -2147024893, "0x80070003 (WIN32: 3 ERROR_PATH_NOT_FOUND)"),
        ("C:\\Windows\\Temp\\empty", -2147023890, "0x800703ee (WIN32: 1006 ERROR_FILE_INVALID)"),
    ],
)
def test_failures(prompt: Prompt, name: str, code: int, text: str) -> None:
    actual, output = prompt.run(f"-hashfile {name} SHA256")
    assert actual == code
    assert output.startswith(f"CertUtil: -hashfile command FAILED: {text}\r\nCertUtil: ")
    assert prompt.unknown == []


def test_a_file_that_the_caller_may_not_read(prompt: Prompt) -> None:
    node = prompt.machine.files.find(PATH)
    assert node is not None
    node.access = {"S-1-5-32-544": "F"}
    prompt.token = USER
    assert prompt.run(f'-hashfile "{PATH}"')[0] == -2147024891


def test_japanese(prompt: Prompt) -> None:
    prompt.machine.locale = Locale("ja", 932, 932)
    text = prompt.run(f'-hashfile "{PATH}" SHA256')[1]
    assert text.startswith(f"SHA256 ハッシュ (対象 {PATH}):\r\n")
    assert text.endswith("CertUtil: -hashfile コマンドは正常に完了しました。\r\n")


def test_urlcache_is_detected_and_logged_trap_33() -> None:
    machine = Machine("HOST")
    defender = Service("WinDefend", State.RUNNING)
    machine.services.install(defender, "x", Start.AUTO, "LocalSystem", "x")
    prompt = Prompt(certutil.run, machine)
    assert prompt.run("-urlcache -split -f http://example.test/?a=1&b=2 x.exe")[0] == 5
    assert len(prompt.unknown) == 1
    (record,) = machine.events
    event = ElementTree.fromstring(record)  # noqa: S314
    space = "{http://schemas.microsoft.com/win/2004/08/events/event}"
    assert event.findtext(f"{space}System/{space}EventID") == "1116"
    data = {d.get("Name"): d.text for d in event.iter(f"{space}Data")}
    assert data["Threat Name"] == "Trojan:Win32/Ceprolad.A"
    assert "a=1&b=2" in str(data["Path"])
    defender.state = State.STOPPED
    prompt.run("-urlcache -f http://example.test/ x")
    assert len(machine.events) == 1
    assert len(prompt.unknown) == 1


@pytest.mark.parametrize("arguments", ["", "-verify x.cer", "-hashfile", "-hashfile a CRC32", "-dump x"])
def test_everything_else_is_unknown(prompt: Prompt, arguments: str) -> None:
    assert prompt.run(arguments)[0] != 0
    assert len(prompt.unknown) == 1
