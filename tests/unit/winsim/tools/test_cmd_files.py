"""winsim's cmd.exe: the builtins that work on files and directories, and the console's."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine, small_machine
from ansible_collections.windefend.maps.winsim.machine.model import Machine, OperatingSystem


@pytest.fixture
def cmd() -> CommandLine:
    cmd = CommandLine()
    cmd.machine.files.make_directory("C:\\work\\Sub dir\\deep")
    cmd.write("B.txt", "bb")
    cmd.write("a.log", "a", "aa")
    cmd.write("Sub dir\\c.txt", "c")
    return cmd


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("dir /b", "a.log\r\nB.txt\r\nSub dir\r\n"),
        ("dir/b /ad", "Sub dir\r\n"),
        ("dir /b /a-d /o:-n", "B.txt\r\na.log\r\n"),
        ("dir /b /os /a:-d", "B.txt\r\na.log\r\n"),
        ("dir /b *.txt", "B.txt\r\n"),
        ('dir /b "Sub dir"', "c.txt\r\ndeep\r\n"),
        ("dir /s /b *.txt", "C:\\work\\B.txt\r\nC:\\work\\Sub dir\\c.txt\r\n"),
        ("type B.txt", "bb\r\n"),
        ("type b.TXT", "bb\r\n"),
        ("cd", "C:\\work\r\n"),
        ("cd sub dir & cd", "C:\\work\\Sub dir\r\n"),
        ("cd..&cd", "C:\\\r\n"),
        ("cd \\windows\\system32&cd", "C:\\Windows\\System32\r\n"),
        ("pushd \\Windows&cd&popd&cd", "C:\\Windows\r\nC:\\work\r\n"),
        ("md x\\y\\z&dir /s /b x", "C:\\work\\x\\y\r\nC:\\work\\x\\y\\z\r\n"),
        ('rd /s/q "Sub dir"&dir /b', "a.log\r\nB.txt\r\n"),
        ("copy a.log c.log", "        1 file(s) copied.\r\n"),
        ('copy /y *.* "Sub dir" >nul & dir /b "Sub dir"', "a.log\r\nB.txt\r\nc.txt\r\ndeep\r\n"),
        ("move a.log z.log & dir /b *.log", "        1 file(s) moved.\r\nz.log\r\n"),
        ("ren B.txt c.txt & dir /b *.txt", "c.txt\r\n"),
        ("del a.log & dir /b /a-d", "B.txt\r\n"),
        ("del /q *.* & dir /b", "Sub dir\r\n"),
        ("del /s /q *.txt", "Deleted file - C:\\work\\B.txt\r\nDeleted file - C:\\work\\Sub dir\\c.txt\r\n"),
        ("cls", "\f"),
        ("chcp 437>nul&chcp", "Active code page: 437\r\n"),
        ("title x & rem", ""),
    ],
)
def test_what_a_command_prints(cmd: CommandLine, line: str, out: str) -> None:
    assert cmd.known(line) == out
    assert cmd.err == ""


def test_a_stream_beside_the_content(cmd: CommandLine) -> None:
    """NTFS: written by a redirection, listed by `dir /r`, in no listing else, gone with the file."""
    cmd.known('for %i in ("C:\\work\\*.txt") do @((echo [ZoneTransfer]&echo ZoneId=3)>"%i:Zone.Identifier")')
    node = cmd.machine.files.find("C:\\work\\B.txt")
    assert node is not None
    assert (node.content, node.streams) == (b"bb\r\n", {"Zone.Identifier": b"[ZoneTransfer]\r\nZoneId=3\r\n"})
    assert "26 B.txt:Zone.Identifier:$DATA" in cmd.known("dir /r /a *.txt")
    assert "Zone" not in cmd.known("dir /a *.txt & dir /b")
    assert cmd.err == ""


@pytest.mark.parametrize(
    ("line", "err", "code"),
    [
        ("cd nowhere", "The system cannot find the path specified.\r\n", 1),
        ("cd a.log", "The directory name is invalid.\r\n", 1),
        ("type nothing", "The system cannot find the file specified.\r\n", 1),
        ("type x\\nothing", "The system cannot find the path specified.\r\n", 1),
        ("dir /b nothing", "File Not Found\r\n", 1),
        ("md a.log", "A subdirectory or file a.log already exists.\r\n", 1),
        ("md x*y", "The filename, directory name, or volume label syntax is incorrect.\r\n", 1),
        ("rd nothing", "The system cannot find the file specified.\r\n", 2),
        ('rd "Sub dir"', "The directory is not empty.\r\n", 145),
        ("del nothing", "Could Not Find C:\\work\\nothing\r\n", 0),
        ("copy nothing x", "The system cannot find the file specified.\r\n", 1),
        ("copy a.log x\\y", "The system cannot find the path specified.\r\n", 1),
        ("ren a.log B.txt", "A duplicate file name exists, or the file\r\ncannot be found.\r\n", 1),
        ("chcp 99999", "Invalid code page\r\n", 1),
        ("Q:", "The system cannot find the drive specified.\r\n", 1),
    ],
)
def test_what_a_command_refuses(cmd: CommandLine, line: str, err: str, code: int) -> None:
    cmd.known(line)
    assert cmd.err == err
    assert cmd.code == code


def test_plain_dir_counts(cmd: CommandLine) -> None:
    out = cmd.known("dir")
    assert " Directory of C:\\work\r\n" in out
    assert "<DIR>          Sub dir\r\n" in out
    assert "               2 File(s)             11 bytes\r\n" in out


def test_type_passes_bytes_and_converts_utf_16(cmd: CommandLine) -> None:
    cmd.code_page = 437  # every byte stands for a character
    cmd.machine.files.write("C:\\work\\raw", bytes(range(256)))
    assert cmd.known("type raw").encode("cp437") == bytes(range(256))
    cmd.machine.files.write("C:\\work\\wide", "é".encode("utf-16"))
    assert cmd.known("type wide") == "é"


def test_rd_asks_without_q(cmd: CommandLine) -> None:
    assert cmd.known('rd /s "Sub dir"', stdin=b"n\r\n") == "Sub dir, Are you sure (Y/N)? "
    assert cmd.machine.files.is_directory("C:\\work\\Sub dir")
    cmd.known('rd /s "Sub dir"', stdin=b"y\r\n")
    assert not cmd.machine.files.is_directory("C:\\work\\Sub dir")


@pytest.mark.parametrize(("build", "text"), [(20348, "10.0.20348.2700"), (14393, "10.0.14393")])
def test_ver_prints_the_revision_since_1709(build: int, text: str) -> None:
    machine = Machine("HOST", os=OperatingSystem(build=build))
    machine.files.make_directory("C:\\work")
    assert CommandLine(machine).known("ver") == f"\r\nMicrosoft Windows [Version {text}]\r\n"


def test_output_after_chcp_is_in_the_new_code_page() -> None:
    cmd = CommandLine(small_machine("ja"), code_page=932)
    assert cmd.known("chcp") == "現在のコード ページ: 932\r\n"
    cmd.code_page = 65001
    cmd.write("t.txt", "é")
    assert cmd.known("chcp 65001>nul&type t.txt") == "é\r\n"


def test_programs_are_found_here_then_in_path_with_an_extension() -> None:
    cmd = CommandLine()
    assert cmd.known("hostname") == "HOST\r\n"
    assert cmd.known("C:\\Windows\\System32\\hostname") == "HOST\r\n"
    assert cmd.known('"C:\\Windows\\System32\\hostname.exe"') == "HOST\r\n"
    cmd.write("hostname.cmd", "@echo mine")
    assert cmd.known("hostname") == "mine\r\n"
    assert cmd.known("hostname.exe") == "HOST\r\n"
    cmd.run("cd \\&work\\nothing")
    assert cmd.unknown == ["work\\nothing"]


def test_echo_says_whether_it_is_on(cmd: CommandLine) -> None:
    assert cmd.known("echo&echo off&echo") == "ECHO is on.\r\nECHO is off.\r\n"
