"""Files and folders by cmd.exe's own commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import environment, files
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry, Command
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import arguments, runs

FOLDER = "C:\\Windows\\Temp\\a (1) & b"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (files.write_from_stdin(f"{FOLDER}\\t.xml"), f'findstr "^" >"{FOLDER}\\t.xml"'),
        (files.read(f"{FOLDER}\\t.xml"), f'type "{FOLDER}\\t.xml"'),
        (files.list_names("C:\\Windows\\Temp\\x-*"), 'dir /b /a "C:\\Windows\\Temp\\x-*"'),
        (files.make_directory("C:\\Windows\\Temp\\x"), "mkdir C:\\Windows\\Temp\\x"),
        (files.remove_tree(f"{FOLDER}\\"), f'rd /s /q "{FOLDER}"'),
        (files.remove_empty("C:\\ctl"), "rd C:\\ctl"),
        (files.copy_all(f"{FOLDER}\\*.crt", "C:\\x"), f'copy /y /b "{FOLDER}\\*.crt" C:\\x'),
        (files.rename(FOLDER, "b-1.c"), f'ren "{FOLDER}" b-1.c'),
        (files.compare(FOLDER, "C:\\x"), f'fc /b "{FOLDER}" C:\\x'),
        (files.sha256_anywhere("\\\\a\\b c\\d"), 'certutil -hashfile "\\\\a\\b c\\d" SHA256'),
        (files.sha256_anywhere("C:\\d"), "certutil -hashfile C:\\d SHA256"),
        (files.sha256(f"{FOLDER}\\t"), f'certutil -hashfile "{FOLDER}\\t" SHA256'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_commands(command: Command, text: str) -> None:
    assert command.text == text
    (run,) = runs(command.text)
    assert run.text


def looks(count: int, condition: str, requests: int) -> str:
    return f"for /l %i in (1,1,{count}) do @if {condition} ping -n {requests} 127.0.0.1 >nul"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (files.wait_while(r"C:\x\*.exe", there=True, seconds=7), "(" + looks(7, r'exist "C:\x\*.exe"', 2) + ")"),
        (
            files.wait_while(r"C:\x\y", there=False, seconds=7, looks=3),
            "(" + looks(3, r"not exist C:\x\y", 1) + ") & (" + looks(7, r"not exist C:\x\y", 2) + ")",
        ),
        (files.if_there(FOLDER, Command("ver & ver")), f'(if exist "{FOLDER}" (ver & ver))'),
        (files.part(r"C:\x", "<", FOLDER), rf'findstr /l /b /c:"<" C:\x >"{FOLDER}"'),
        (files.part(r"C:\x", "<", r"C:\y", others=True), r'findstr /l /b /v /c:"<" C:\x >C:\y'),
        (files.holds(FOLDER, "0x1", "0x2"), f'findstr /l /i /c:"0x1" /c:"0x2" "{FOLDER}"'),
        (Command("a & b", compound=True).all_into(r"C:\y"), r"(a & b) >C:\y 2>&1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_conditions_and_parts(command: Command, text: str) -> None:
    assert command.text == text


def test_only_administrators_and_system_get_in() -> None:
    (run,) = runs(files.administrators_only(FOLDER).text)
    assert arguments(run.text) == [
        *("icacls", FOLDER, "/inheritance:r", "/grant:r"),
        *("*S-1-5-32-544:(OI)(CI)F", "*S-1-5-18:(OI)(CI)F"),
    ]


def test_readers_besides() -> None:
    (run,) = runs(files.readable_only("C:\\ctl", ["S-1-5-11", "S-1-1-0"]).text)
    assert arguments(run.text)[2:] == [
        *("/inheritance:r", "/grant:r", "*S-1-5-32-544:(OI)(CI)F", "*S-1-5-18:(OI)(CI)F"),
        *("*S-1-5-11:(OI)(CI)RX", "*S-1-1-0:(OI)(CI)RX"),
    ]


@pytest.mark.parametrize(
    "path", ["\\\\a", "\\\\a\\b", "\\\\a\\..\\c", "\\\\a\\b\\*", "\\\\a\\b\\c%d", "\\\\a/b/c\\d", "\\x"]
)
def test_only_plain_paths_on_shares(path: str) -> None:
    with pytest.raises(CannotCarry):
        files.sha256_anywhere(path)


@pytest.mark.parametrize("name", ["", "a b", "a\\b", "..\\b", "a%b", "a&b"])
def test_only_plain_new_names(name: str) -> None:
    with pytest.raises(CannotCarry):
        files.rename(FOLDER, name)


@pytest.mark.parametrize("build", [files.remove_tree, files.administrators_only])
@pytest.mark.parametrize("path", ["C:\\", "C:", "C:\\Windows", "C:\\Windows\\"])
def test_the_top_of_a_drive_is_safe(build: Callable[[str], Command], path: str) -> None:
    with pytest.raises(CannotCarry):
        build(path)


@pytest.mark.parametrize("build", [files.remove_tree, files.make_directory, files.read, files.write_from_stdin])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "Temp\\x\\y",
        "\\Windows\\Temp\\x",
        "\\\\server\\share\\x",
        "C:\\a\\..\\Windows",
        "C:\\a\\.\\b",
        "C:\\a\\\\b",
        "C:/a/b",
        "C:\\a\\b:stream",
        "C:\\a\\b>c",
        "C:\\a\\%TEMP%",
        'C:\\a\\"b',
    ],
)
def test_only_full_plain_paths(build: Callable[[str], Command], path: str) -> None:
    with pytest.raises(CannotCarry):
        build(path)


HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "output",
    [
        f"SHA256 hash of C:\\x:\r\n{HASH}\r\nCertUtil: -hashfile command completed successfully.\r\n",
        f"SHA256 ハッシュ (対象 C:\\x):\r\n{HASH.upper()}\r\n",
        "SHA256 hash of file C:\\x:\r\n" + " ".join(HASH[i : i + 2] for i in range(0, 64, 2)) + "\r\n",
    ],
)
def test_a_hash_is_read(output: str) -> None:
    assert files.parse_hash(output.encode()) == HASH


@pytest.mark.parametrize(
    "output", ["", f"x{HASH}", HASH[:-1], HASH + "0", "CertUtil: -hashfile command FAILED: 0x80070002"]
)
def test_no_hash_is_none(output: str) -> None:
    assert files.parse_hash(output.encode()) is None


def test_variables_are_expanded_without_regard_to_case() -> None:
    assert environment.expand("%SYSTEMROOT%\\a%ProgramFiles(x86)%") == "C:\\Windows\\aC:\\Program Files (x86)"
    assert environment.expand("100%") == "100%"
    with pytest.raises(environment.UnknownVariable, match="Nope"):
        environment.expand("%Nope%\\x")
