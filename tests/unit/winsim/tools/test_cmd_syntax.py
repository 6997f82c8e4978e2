"""winsim's cmd.exe: quotes, carets, operators, blocks, redirection, what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine, small_machine
from ansible_collections.windefend.maps.winsim.machine.accounts import REMOTE_MANAGEMENT_USERS_SID, SYSTEM_SID, Token

USER = Token("HOST\\user", "S-1-5-21-1-2-3-1001", (REMOTE_MANAGEMENT_USERS_SID,), elevated=False)


@pytest.fixture
def cmd() -> CommandLine:
    return CommandLine()


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo hello", "hello\r\n"),
        ("echo  two  blanks ", " two  blanks \r\n"),
        ('echo "a & b" & echo c', '"a & b" \r\nc\r\n'),
        ("echo a^&b^|c^>d^^", "a&b|c>d^\r\n"),
        ('echo "a^&b"', '"a^&b"\r\n'),
        ("echo.", "\r\n"),
        ("echo:x", "x\r\n"),
        ("echo(x", "x\r\n"),
        ("echo a(b) & (echo c)", "a(b) \r\nc\r\n"),
        ("@echo x", "x\r\n"),
        ("echo a&&echo b", "a\r\nb\r\n"),
        ("echo a||echo b", "a\r\n"),
        ("cmd /c exit 3||echo failed", "failed\r\n"),
        ("cmd /c exit 3&&echo never", ""),
        ("cmd /c exit 3||echo a&&echo b", "a\r\nb\r\n"),
        ("echo a||echo b&&echo c", "a\r\n"),
        ("(echo a&echo b)&echo c", "a\r\nb\r\nc\r\n"),
        ("rem words & echo never", ""),
        ("rem& echo said", "said\r\n"),
        ("if 1==1 (echo yes) else echo no", "yes\r\n"),
        ("if 1==2 (echo yes) else echo no", "no\r\n"),
        ("if 1==1 echo yes else echo no", "yes else echo no\r\n"),
        ("if 1==2 echo a&echo b", ""),
        ("if 1==1 if 2==3 (echo a) else (echo b)", "b\r\n"),
        ("if not a==A echo differ", "differ\r\n"),
        ("if /i a==A echo same", "same\r\n"),
        ("if 010 equ 8 echo octal", "octal\r\n"),
        ('if "10" lss "9" echo text', "text\r\n"),
        ("if 10 gtr 9 echo number", "number\r\n"),
        ("if b lss B echo small first", "small first\r\n"),
        ("if defined OS echo os", "os\r\n"),
        ("if not exist nothing echo none", "none\r\n"),
        ("if exist C:\\work\\ echo directory", "directory\r\n"),
        ("echo one\necho two", "one\r\n"),
    ],
)
def test_what_a_line_prints(cmd: CommandLine, line: str, out: str) -> None:
    assert cmd.known(line) == out
    assert cmd.err == ""


@pytest.mark.parametrize(
    ("line", "token"),
    [
        ("& echo a", "&"),
        ("echo a & & echo b", "&"),
        ("echo a | | echo b", "|"),
        ("(echo a) b", "b"),
        ("()", ")"),
        ("if a b echo c", "b"),
        ("for %i in a do echo b", "a"),
        ("for xx in (a) do echo b", "xx"),
    ],
)
def test_a_refused_line_runs_nothing_and_is_noted(cmd: CommandLine, line: str, token: str) -> None:
    assert cmd.run(f"echo before & {line}") == ""
    assert cmd.err == f"{token} was unexpected at this time.\r\n"
    assert cmd.code != 0
    assert cmd.unknown


@pytest.mark.parametrize("line", ["if", "if 1==1", "for %i in (a) do", "echo a >"])
def test_an_unfinished_line_is_refused(cmd: CommandLine, line: str) -> None:
    assert cmd.run(line) == ""
    assert cmd.err == "The syntax of the command is incorrect.\r\n"
    assert cmd.unknown


def test_an_unclosed_parenthesis_is_noted(cmd: CommandLine) -> None:
    assert cmd.run("(echo a") == ""
    assert cmd.unknown


def test_a_line_of_8191_characters_is_the_longest(cmd: CommandLine) -> None:
    prefix = len("cd /d C:\\work&echo ")
    assert cmd.known("echo " + "x" * (8191 - prefix)) == "x" * (8191 - prefix) + "\r\n"
    assert cmd.run("echo " + "x" * (8192 - prefix)) == ""
    assert cmd.err == "The input line is too long.\r\n"


class TestRedirection:
    @pytest.mark.parametrize(
        ("line", "content"),
        [
            ("echo a>f", b"a\r\n"),
            ("echo a >f", b"a \r\n"),
            ("echo a1>f", b"a1\r\n"),
            ("echo a 1>f", b"a \r\n"),
            (">f echo a", b"a\r\n"),
            ("echo a>f&echo b>>f", b"a\r\nb\r\n"),
            ("(echo a&echo b)>f", b"a\r\nb\r\n"),
            ('echo a>"f"', b"a\r\n"),
            ("cd nowhere 2>f", b"The system cannot find the path specified.\r\n"),
            ("(echo a&cd nowhere) >f 2>&1", b"a\r\nThe system cannot find the path specified.\r\n"),
            ("echo a>g&findstr a<g>f", b"a\r\n"),
            ("type nul>f", b""),
        ],
    )
    def test_to_a_file(self, cmd: CommandLine, line: str, content: bytes) -> None:
        assert cmd.known(line) == ""
        assert cmd.content("f") == content

    def test_the_order_of_copies_counts(self, cmd: CommandLine) -> None:
        assert cmd.known("cd nowhere 2>&1 >nul") == "The system cannot find the path specified.\r\n"
        assert cmd.known("cd nowhere >nul 2>&1") == ""
        assert cmd.err == ""

    def test_a_digit_from_a_variable_becomes_a_handle(self, cmd: CommandLine) -> None:
        assert cmd.known("echo %NUMBER_OF_PROCESSORS%>f") == "ECHO is on.\r\n"
        assert cmd.content("f") == b""

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ("C:\\nowhere\\f", "The system cannot find the path specified.\r\n"),
            ("C:\\work", "Access is denied.\r\n"),
            ("a:b*", "The filename, directory name, or volume label syntax is incorrect.\r\n"),
        ],
    )
    def test_one_that_fails_keeps_the_command_from_running(self, cmd: CommandLine, target: str, message: str) -> None:
        assert cmd.known(f"echo a> {target} || echo failed %^errorlevel%") == "failed %errorlevel%\r\n"
        assert cmd.err == message

    def test_a_missing_input(self, cmd: CommandLine) -> None:
        assert cmd.known("findstr a < missing || echo failed") == "failed\r\n"
        assert cmd.err == "The system cannot find the file specified.\r\n"

    def test_the_same_file_twice_is_a_sharing_violation(self, cmd: CommandLine) -> None:
        cmd.known("(echo a >f) >f")
        assert cmd.err == "The process cannot access the file because it is being used by another process.\r\n"

    def test_who_is_not_elevated_does_not_write_where_windows_lies(self) -> None:
        cmd = CommandLine(token=USER)
        cmd.machine.files.make_directory("C:\\Windows\\Temp")
        for directory in ("C:\\Windows", "C:\\Windows\\System32", "C:\\"):
            cmd.known(f"echo a> {directory}\\f")
            assert cmd.err == "Access is denied.\r\n"
        cmd.known("echo a> C:\\Windows\\Temp\\f")
        assert cmd.err == ""

    def test_a_directory_of_system_alone(self) -> None:
        cmd = CommandLine()
        cmd.machine.files.make_directory("C:\\secret").access = {SYSTEM_SID: "F"}
        cmd.machine.files.write("C:\\secret\\f", b"a\r\n")
        cmd.known("type C:\\secret\\f & echo b> C:\\secret\\g & cd C:\\secret")
        assert cmd.err == "Access is denied.\r\n" * 3
        assert not cmd.machine.files.is_file("C:\\secret\\g")


class TestPipes:
    @pytest.mark.parametrize(
        ("line", "out"),
        [
            ("echo a|findstr /x a", "a\r\n"),
            ("echo a | findstr a", "a \r\n"),
            ("(echo one&echo two)|findstr o", "one \r\ntwo \r\n"),
            ("echo b& echo a|sort", "b\r\na\r\n"),
            ("echo a|findstr b||echo none", "none\r\n"),
            ("echo a^&echo b|findstr b", "b\r\n"),
            ("echo a^^^&echo b|findstr b", "a&echo b\r\n"),
        ],
    )
    def test_what_comes_out(self, cmd: CommandLine, line: str, out: str) -> None:
        assert cmd.known(line) == out

    def test_a_variable_set_in_a_pipe_is_lost(self, cmd: CommandLine) -> None:
        assert cmd.known("set x=1&(set x=2|more)&set x") == "x=1\r\n"


class TestUnknownPrograms:
    def test_inside_9009_outside_1(self, cmd: CommandLine) -> None:
        assert cmd.run("nonsense & call echo %^errorlevel%") == "9009\r\n"
        assert cmd.err == (
            "'nonsense' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
        )
        assert cmd.unknown == ["nonsense"]
        cmd.run("nonsense")
        assert cmd.code == 1

    def test_called_1(self, cmd: CommandLine) -> None:
        assert cmd.run("call nonsense & call echo %^errorlevel%") == "1\r\n"

    def test_in_japanese(self) -> None:
        cmd = CommandLine(small_machine("ja"), code_page=932)
        cmd.run("nonsense")
        assert cmd.err.replace("\r\n", "") == (
            "'nonsense' は、内部コマンドまたは外部コマンド、"
            "操作可能なプログラムまたはバッチ ファイルとして認識されていません。"
        )

    @pytest.mark.parametrize("line", ["start x", "copy a+b c", "dir /z", "echo /?", "cmd /z /c echo a"])
    def test_what_is_not_simulated_is_noted(self, cmd: CommandLine, line: str) -> None:
        cmd.run(line)
        assert cmd.unknown


class TestNestedCmd:
    @pytest.mark.parametrize(
        ("line", "out"),
        [
            ("cmd /c echo a", "a\r\n"),
            ("cmd /cecho a", "a\r\n"),
            ('cmd /c "echo a & echo b"', "a \r\nb\r\n"),
            ('cmd /c "echo "a""', '"a"\r\n'),
            ('cmd /s /c "echo "a""', '"a"\r\n'),
            ('cmd /c "C:\\work\\my tool.cmd"', "ran\r\n"),
            ('cmd /c ""C:\\work\\my tool.cmd" x"', "ran\r\n"),
            ("cmd /c echo %%undefined%%", "%%undefined%%\r\n"),
            ("cmd /v:on /c set x=1^&echo !x!", "1\r\n"),
            ("cmd /d /q /c for %i in (a b) do echo %i", "a\r\nb\r\n"),
        ],
    )
    def test_quotes_and_switches(self, cmd: CommandLine, line: str, out: str) -> None:
        cmd.write("my tool.cmd", "@echo ran")
        assert cmd.known(line) == out

    def test_a_quoted_program_before_another_quote_loses_its_quotes(self, cmd: CommandLine) -> None:
        cmd.write("my tool.cmd", "@echo ran")
        assert cmd.run('cmd /c "C:\\work\\my tool.cmd" "x"') == ""
        assert cmd.unknown == ["C:\\work\\my"]

    def test_the_exit_code_comes_through(self, cmd: CommandLine) -> None:
        cmd.known("cmd /c cmd /c exit -2147012889")
        assert cmd.code == -2147012889

    def test_lines_from_standard_input(self, cmd: CommandLine) -> None:
        out = cmd.known("cmd /q", stdin=b"set x=5\r\necho got %x%\r\nexit 7\r\necho never\r\n")
        assert "got 5\r\n" in out
        assert "never" not in out
        assert cmd.code == 7
