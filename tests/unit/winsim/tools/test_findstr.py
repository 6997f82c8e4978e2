"""winsim's findstr, and the other text tools."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine, small_machine


@pytest.fixture
def cmd() -> CommandLine:
    cmd = CommandLine()
    cmd.write("f", "alpha beta", "Beta gamma", "a.c", "abc", "", "C:\\dir")
    cmd.write("g", "beta")
    return cmd


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        ("beta f", "alpha beta\r\n"),
        ("/i beta f", "alpha beta\r\nBeta gamma\r\n"),
        ("/v /i beta f", "a.c\r\nabc\r\n\r\nC:\\dir\r\n"),
        ('/c:"alpha beta" f', "alpha beta\r\n"),
        ('/i "alpha gamma" f', "alpha beta\r\nBeta gamma\r\n"),
        ("/c:abc /c:a.c f", "a.c\r\nabc\r\n"),
        ("a.c f", "a.c\r\nabc\r\n"),
        ("/l a.c f", "a.c\r\n"),
        ("/r a\\.c f", "a.c\r\n"),
        ("a\\.c f", ""),
        ("/r /c:^a.*a$ f", "alpha beta\r\n"),
        ("/b /c:a f", "alpha beta\r\na.c\r\nabc\r\n"),
        ("/e /c:a f", "alpha beta\r\nBeta gamma\r\n"),
        ("/x abc f", "abc\r\n"),
        ("/n abc f", "4:abc\r\n"),
        ("/o abc f", "29:abc\r\n"),
        ("/inc:BETA f", "1:alpha beta\r\n2:Beta gamma\r\n"),
        ("[B-C]e f", "Beta gamma\r\n"),
        ("[b-c]e f", "alpha beta\r\nBeta gamma\r\n"),
        ('"\\<gam" f', "Beta gamma\r\n"),
        ('"\\<amma" f', ""),
        ("/c:C:\\\\dir f", "C:\\dir\r\n"),
        ("beta f g", "f:alpha beta\r\ng:beta\r\n"),
        ("/m beta f g", "f\r\ng\r\n"),
        ("/x beta ?", "g:beta\r\n"),
        ("/g:g f", "alpha beta\r\n"),
    ],
)
def test_what_is_found(cmd: CommandLine, arguments: str, out: str) -> None:
    assert cmd.known(f"findstr {arguments}".replace("^", "^^")) == out
    assert cmd.code == (0 if out else 1)


def test_ranges_of_letters_hold_both_cases(cmd: CommandLine) -> None:
    cmd.write("letters", *"aAzZ")
    assert cmd.known("findstr /r [a-z] letters") == "a\r\nA\r\nz\r\n"
    assert cmd.known("findstr /r [A-Z] letters") == "A\r\nz\r\nZ\r\n"


def test_a_missing_file_is_said_and_the_others_searched(cmd: CommandLine) -> None:
    assert cmd.known("findstr beta nothing g") == "g:beta\r\n"
    assert cmd.err == "FINDSTR: Cannot open nothing\r\n"


@pytest.mark.parametrize("arguments", ["", "/q x f", "/s x f"])
def test_a_bad_command_line(cmd: CommandLine, arguments: str) -> None:
    cmd.run(f"findstr {arguments}")
    assert cmd.code == 2
    assert cmd.err.startswith("FINDSTR: ")
    assert bool(arguments) == bool(cmd.unknown)


def test_literal_strings_that_windows_may_miss_are_noted(cmd: CommandLine) -> None:
    cmd.run('findstr "abc alpha" f')
    assert cmd.unknown
    assert cmd.known('findstr /i "abc alpha" f') == "alpha beta\r\nabc\r\n"


class TestFilesThroughStandardInput:
    """How a small file reaches a host: `findstr "^" > FILE`."""

    @pytest.mark.parametrize("content", [b"a\r\nb\r\n", b"", b"\r\n\r\n", b"a\nb\n", b"\xff\x00\x81 \x1a\r\n"])
    def test_complete_lines_come_through_unchanged(self, cmd: CommandLine, content: bytes) -> None:
        cmd.known('findstr "^" > t', stdin=content)
        assert cmd.content("t") == content

    def test_a_last_line_without_end_gets_one(self, cmd: CommandLine) -> None:
        cmd.known('findstr "^" > t', stdin=b"a\r\nb")
        assert cmd.content("t") == b"a\r\nb\r\n"

    def test_and_back_by_type(self, cmd: CommandLine) -> None:
        text = "プロキシ;<local>\r\n"
        cmd.known('findstr "^" > t', stdin=text.encode())
        assert cmd.known("type t") == text

    def test_search_strings_are_in_the_consoles_code_page(self) -> None:
        cmd = CommandLine(small_machine("ja"), code_page=932)
        cmd.write("j", "設定", "表示")
        assert cmd.known("findstr 表 j") == "表示\r\n"


@pytest.mark.parametrize(
    ("line", "out", "code"),
    [
        ('find "eta" f', "\r\n---------- F\r\nalpha beta\r\nBeta gamma\r\n", 0),
        ('find /c /i "B" f', "\r\n---------- F: 3\r\n", 0),
        ('find /v "a" < f', "\r\nC:\\dir\r\n", 0),
        ('find /c /v "" < f', "6\r\n", 0),
        ('find /n "abc" < f', "[4]abc\r\n", 0),
        ('find "nothing" < f', "", 1),
        ('find "" < f', "", 1),
        ("sort < g", "beta\r\n", 0),
        ("sort /r f", "C:\\dir\r\nBeta gamma\r\nalpha beta\r\nabc\r\na.c\r\n\r\n", 0),
        ("more < g", "beta\r\n", 0),
        ("hostname", "HOST\r\n", 0),
        ("where hostname", "C:\\Windows\\System32\\hostname.exe\r\n", 0),
        ("where /q nothing", "", 1),
    ],
)
def test_other_text_tools(cmd: CommandLine, line: str, out: str, code: int) -> None:
    assert cmd.known(line) == out
    assert cmd.code == code


def test_timeout_needs_a_console(cmd: CommandLine) -> None:
    cmd.known("timeout /t 5")
    assert cmd.err == "ERROR: Input redirection is not supported, exiting the process immediately.\r\n"
    assert cmd.code == 1


def test_ping_answers_for_the_machine_itself_only(cmd: CommandLine) -> None:
    assert "Reply from 127.0.0.1" in cmd.known("ping -n 1 127.0.0.1")
    cmd.run("ping -n 1 example.com")
    assert cmd.code == 1
    assert cmd.unknown


def test_long_lines_are_not_carried_on_a_pipe(cmd: CommandLine) -> None:
    assert cmd.known('findstr "^"', stdin=b"a" * 8188 + b"\r\n") == "a" * 8188 + "\r\n"
    assert cmd.known('findstr "^"', stdin=b"b\r\n" + b"a" * 8190 + b"\r\nc\r\n") == "b\r\nc\r\n"
    assert (cmd.code, cmd.err) == (0, "FINDSTR: Line 2 is too long.\r\n")
    cmd.machine.findstr_limit = False
    assert cmd.known('findstr "^"', stdin=b"a" * 9000 + b"\r\n") == "a" * 9000 + "\r\n"
