"""winsim's cmd.exe: variables, loops and the exit codes of commands."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine

PLATFORM = r"C:\ProgramData\Microsoft\Windows Defender\Platform"
# Microsoft's own line for the newest platform directory (defender-docs, several pages).
ONE_LINER = (
    r'(set "_done=" & if exist "%ProgramData%\Microsoft\Windows Defender\Platform\" (for /f "delims=" %d in '
    r"""('dir "%ProgramData%\Microsoft\Windows Defender\Platform" /ad /b /o:-n 2^>nul') do if not defined _done """
    r'(cd /d "%ProgramData%\Microsoft\Windows Defender\Platform\%d" & set _done=1)) '
    r'else (cd /d "%ProgramFiles%\Windows Defender")) >nul 2>&1'
)


@pytest.fixture
def cmd() -> CommandLine:
    return CommandLine()


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo %OS%", "Windows_NT\r\n"),
        ("echo %os%", "Windows_NT\r\n"),
        ("echo %nothing%", "%nothing%\r\n"),
        ("echo 100%", "100%\r\n"),
        ("echo %nothing%OS%", "%nothingWindows_NT\r\n"),
        ('echo "%OS%"', '"Windows_NT"\r\n'),
        ("echo %OS:~0,3%", "Win\r\n"),
        ("echo %OS:~-2%", "NT\r\n"),
        ("echo %OS:~3,-3%", "dows\r\n"),
        ("echo %OS:windows=W%", "W_NT\r\n"),
        ("echo %OS:*_=x%", "xNT\r\n"),
        ("echo %OS:_=%", "WindowsNT\r\n"),
        ("echo %nothing:~0,1%", "%nothing:~0,1%\r\n"),
        ("set x=1&echo %x%", "%x%\r\n"),
        ("set x=1&call echo %^x%", "1\r\n"),
        ("set x= 1 &call echo [%^x%]", "[ 1 ]\r\n"),
        ('set "x= 1 "rest&call echo [%^x%]', "[ 1 ]\r\n"),
        ('set x="1"&call echo %^x%', '"1"\r\n'),
        ("set x=1&set X=2&set x", "x=2\r\n"),
        ("set x=1&set x=&if not defined x echo gone", "gone\r\n"),
        ("set /a 1+2*3", "7"),
        ("set /a (1+2)*3", "9"),
        ("set /a 0x10+010", "24"),
        ("set /a -7/2", "-3"),
        ("set /a -7%3", "-1"),
        ("set /a 2147483647+1", "-2147483648"),
        ("set /a x=5,x*=2", "10"),
        ("set /a 1 ^<^< 4 ^| 1", "17"),
        ("set /a ~0", "-1"),
        ("echo %cd%", "C:\\\r\n"),
        ("call echo %^cd%", "C:\\work\r\n"),
    ],
)
def test_expansion(cmd: CommandLine, line: str, out: str) -> None:
    assert cmd.known(line) == out


def test_dates_follow_the_language(cmd: CommandLine) -> None:
    english = cmd.known("echo %date%").strip()
    assert english == cmd.machine.now().strftime("%a %m/%d/%Y")


def test_random_numbers_lie_in_their_range(cmd: CommandLine) -> None:
    assert 0 <= int(cmd.known("echo %random%")) <= 32767


def test_a_name_that_is_not_defined(cmd: CommandLine) -> None:
    cmd.known("set zzz")
    assert cmd.err == "Environment variable zzz not defined\r\n"
    assert cmd.code == 1


def test_dividing_by_zero(cmd: CommandLine) -> None:
    assert cmd.known("set /a 1/0") == ""
    assert cmd.err == "Divide by zero error.\r\n"
    assert cmd.code != 0


def test_set_shows_the_spelling_of_names(cmd: CommandLine) -> None:
    shown = cmd.known("set").split("\r\n")
    assert "Path" in [line.partition("=")[0] for line in shown]
    assert "PROMPT=$P$G" in shown


def test_set_p_takes_one_line_and_leaves_the_rest(cmd: CommandLine) -> None:
    out = cmd.known("set /p x=name? &set /p y=&call echo %^x% %^y%&more", stdin=b"one\r\ntwo\r\nthree\r\n")
    assert out == "name? one two\r\nthree\r\n"


class TestErrorlevel:
    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("cmd /c exit 5", 5),
            ("cmd /c exit 5&echo x>nul", 5),
            ("cmd /c exit 5&set x=1", 5),
            ("cmd /c exit 5&cd .", 0),
            ("cmd /c exit 5&if 1==1 rem", 5),
            ("cmd /c exit 5&(call )", 0),
            ("(call)", 1),
            ("cmd /c exit 5&call echo x>nul", 0),
            ("rd nothing", 0),
            ("rd nothing||rem", 2),
            ("del nothing", 0),
            ("md C:\\work", 1),
            ("echo a>C:\\nowhere\\f", 0),
            ("echo a>C:\\nowhere\\f||rem", 1),
            ("findstr a nothing", 1),
        ],
    )
    def test_what_a_command_leaves(self, cmd: CommandLine, line: str, code: int) -> None:
        assert cmd.known(f"{line} & call echo %^errorlevel%").endswith(f"{code}\r\n")

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("cmd /c exit 5", 5),
            ("cmd /c exit 5&echo x", 0),
            ("exit 3", 3),
            ("exit /b 4&echo x", 4),
            ("echo a>\\x\\y", 1),
        ],
    )
    def test_what_the_line_exits_with(self, cmd: CommandLine, line: str, code: int) -> None:
        cmd.known(line)
        assert cmd.code == code

    def test_errorlevel_n_means_at_least(self, cmd: CommandLine) -> None:
        line = "cmd /c exit 5&if errorlevel 5 (if not errorlevel 6 echo five)"
        assert cmd.known(line) == "five\r\n"


class TestFor:
    @pytest.mark.parametrize(
        ("line", "out"),
        [
            ('for %i in (a,b "c d") do @echo %~i', "a\r\nb\r\nc d\r\n"),
            ("for %i in (a) do @(echo 1%i& echo 2%i)", "1a\r\n2a\r\n"),
            ("for %i in (a) do @for %j in (b) do @echo %i%j", "ab\r\n"),
            ("for %i in (a b) do @echo %i & echo done", "a \r\ndone\r\nb \r\ndone\r\n"),
            ("for /l %i in (1,2,5) do @echo %i", "1\r\n3\r\n5\r\n"),
            ("for /l %i in (3,-1,1) do @echo %i", "3\r\n2\r\n1\r\n"),
            ("for /l %i in (1,1,0) do @echo %i", ""),
            ('for /f "tokens=2,4* delims=., " %a in ("1.2 3,4 5 6") do @echo %a-%b-%c', "2-4-5 6\r\n"),
            ('for /f "tokens=3,1" %a in ("x y z") do @echo %a%b', "xz\r\n"),
            ('for /f %i in ("  first second") do @echo %i', "first\r\n"),
            ('for /f "delims=" %i in ("  first second") do @echo [%i]', "[  first second]\r\n"),
            ('for /f "tokens=*" %i in ("  first second") do @echo [%i]', "[first second]\r\n"),
            ('for /f "usebackq" %i in (`echo a b`) do @echo %i', "a\r\n"),
            ("for /f \"skip=1\" %i in ('echo a^&echo b') do @echo %i", "b\r\n"),
            ("for /f \"eol=#\" %i in ('echo #a^&echo b') do @echo %i", "b\r\n"),
            ("for /f %i in (';') do @echo never", ""),
            ("for /f \"tokens=1,2 delims==\" %a in ('set OS') do @echo %b", "Windows_NT\r\n"),
            ('for /f "usebackq delims=" %i in ("f 1") do @echo %i', "x y\r\n"),
            ("for %i in (*.txt) do @echo %i", "a.txt\r\nb.txt\r\n"),
            ("for /d %i in (*) do @echo %i", "sub\r\n"),
            ("for /r %i in (*.txt) do @echo %i", "C:\\work\\a.txt\r\nC:\\work\\b.txt\r\nC:\\work\\sub\\c.txt\r\n"),
            ('for %i in ("a b.txt") do @echo %~ni %~xi %~dpi', "a b .txt C:\\work\\\r\n"),
            ('for %i in ("a b.txt") do @echo %~fi %~nxi', "C:\\work\\a b.txt a b.txt\r\n"),
            ("for %x in (a.b) do @echo %~nx", "a\r\n"),
            ("for %i in (a.txt) do @echo %~zi", "3\r\n"),
            ("for %i in (more.exe) do @echo %~$PATH:i", "C:\\Windows\\System32\\more.exe\r\n"),
        ],
    )
    def test_kinds_and_modifiers(self, cmd: CommandLine, line: str, out: str) -> None:
        cmd.machine.files.make_directory("C:\\work\\sub")
        for name in ("a.txt", "b.txt", "sub\\c.txt"):
            cmd.write(name, "1")
        cmd.write("f 1", "x y")
        assert cmd.known(line) == out

    def test_without_an_at_sign_each_round_is_echoed(self, cmd: CommandLine) -> None:
        assert cmd.known("for %i in (a) do echo %i") == "\r\nC:\\work>echo a \r\na\r\n"

    def test_variables_of_loops_are_expanded_late_others_early(self, cmd: CommandLine) -> None:
        assert cmd.known("set x=0&for %i in (1 2) do @(set x=%i& echo %x%)") == "%x%\r\n%x%\r\n"
        assert cmd.known("set x=0&for %i in (1 2) do @(set x=%i& call echo %^x%)") == "1\r\n2\r\n"

    def test_standard_error_of_the_command_passes(self, cmd: CommandLine) -> None:
        cmd.run("for /f %i in ('nonsense') do @echo %i")
        assert "'nonsense' is not recognized" in cmd.err


class TestMicrosoftsLineForThePlatform:
    def test_the_newest_directory_by_name(self, cmd: CommandLine) -> None:
        for version in ("4.18.25050.5-0", "4.18.25080.5-0", "4.18.25070.1-0"):
            cmd.machine.files.make_directory(f"{PLATFORM}\\{version}")
        cmd.machine.files.write(f"{PLATFORM}\\a file", b"")
        assert cmd.known(ONE_LINER + " & cd") == f"{PLATFORM}\\4.18.25080.5-0\r\n"
        assert cmd.err == ""

    def test_without_platform_directories(self, cmd: CommandLine) -> None:
        cmd.machine.files.make_directory(r"C:\Program Files\Windows Defender")
        assert cmd.known(ONE_LINER + " & cd") == "C:\\Program Files\\Windows Defender\r\n"
