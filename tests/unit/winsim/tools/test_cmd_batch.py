"""winsim's cmd.exe: batch files."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine


@pytest.fixture
def cmd() -> CommandLine:
    return CommandLine()


def run(cmd: CommandLine, *lines: str, arguments: str = "", name: str = "t.cmd") -> str:
    """Output of a batch file with echoing off."""
    cmd.write(name, "@echo off", *lines)
    return cmd.known(f"{name} {arguments}")


def test_percent_signs_differ_from_the_command_line(cmd: CommandLine) -> None:
    assert run(cmd, "echo [%nothing%] 100%% %OS:~0,3% [%nothing:~0,1%]") == "[] 100% Win [~0,1]\r\n"


def test_arguments_and_their_modifiers(cmd: CommandLine) -> None:
    out = run(cmd, "echo [%0] [%1] [%~1] [%3] [%*]", "echo %~dp0 %~nx0 %~x2", arguments='"a b" c.d  ')
    assert out == '[t.cmd] ["a b"] [a b] [] ["a b" c.d]\r\nC:\\work\\ t.cmd .d\r\n'


def test_shift(cmd: CommandLine) -> None:
    assert run(cmd, "shift", "echo %0 %1 %*", arguments="a b") == "a b a b\r\n"
    assert run(cmd, "shift /2", "echo %1 %2", arguments="a b c") == "a c\r\n"


def test_labels_and_goto(cmd: CommandLine) -> None:
    lines = ("goto :end & rem words", "echo never", ":end of it", "echo here", "goto :eof", "echo never")
    assert run(cmd, *lines) == "here\r\n"


def test_goto_leaves_every_block(cmd: CommandLine) -> None:
    assert run(cmd, "for %%i in (a b) do (", "echo %%i", "goto out", ")", "echo never", ":out", "echo out") == (
        "a\r\nout\r\n"
    )


def test_a_missing_label_ends_the_file(cmd: CommandLine) -> None:
    assert run(cmd, "goto nowhere", "echo never") == ""
    assert cmd.err == "The system cannot find the batch label specified - nowhere\r\n"
    assert cmd.code == 1


def test_called_labels_return(cmd: CommandLine) -> None:
    lines = ("call :sub x y", "echo back %errorlevel%", "exit /b 0", ":sub", "echo %0 %1 %2", "exit /b 7")
    assert run(cmd, *lines) == ":sub x y\r\nback 7\r\n"


def test_another_file_comes_back_only_with_call(cmd: CommandLine) -> None:
    cmd.write("other.cmd", "@echo other")
    assert run(cmd, "call other", "echo back") == "other\r\nback\r\n"
    assert run(cmd, "other", "echo never") == "other\r\n"


def test_blocks_over_several_lines(cmd: CommandLine) -> None:
    lines = ("if 1==2 (", "  echo a", ") else (", "  echo b", "  echo c", ")", "(", "echo d", ")>f", "type f")
    assert run(cmd, *lines) == "b\r\nc\r\nd\r\n"


def test_variables_in_a_block_are_read_before_it_runs(cmd: CommandLine) -> None:
    assert run(cmd, "set x=1", "if 1==1 (", "set x=2", "echo %x%", ")") == "1\r\n"


def test_delayed_expansion(cmd: CommandLine) -> None:
    lines = ("setlocal EnableDelayedExpansion", "set x=1", "if 1==1 (", "set x=2", "echo !x! !x:2=3! ^!", ")")
    assert run(cmd, *lines) == "2 3 \r\n"


def test_setlocal_ends_with_the_file(cmd: CommandLine) -> None:
    cmd.write("t.cmd", "@echo off", "setlocal", "set x=2", "cd \\", "set x")
    assert cmd.known("set x=1&call t&set x&cd") == "x=2\r\nx=1\r\nC:\\work\r\n"


def test_without_echo_off_each_line_is_shown(cmd: CommandLine) -> None:
    cmd.write("t.cmd", "echo a", "@echo b", "rem c")
    assert cmd.known("t.cmd") == "\r\nC:\\work>echo a \r\na\r\nb\r\n\r\nC:\\work>rem c \r\n"


@pytest.mark.parametrize(("name", "code"), [("t.cmd", "0"), ("t.bat", "5")])
def test_set_clears_the_errorlevel_only_in_a_cmd_file(cmd: CommandLine, name: str, code: str) -> None:
    assert run(cmd, "cmd /c exit 5", "set x=1", "echo %errorlevel%", name=name) == f"{code}\r\n"


@pytest.mark.parametrize(("last", "code"), [("exit /b 6", 6), ("exit 6", 6), ("cmd /c exit 6", 6), ("echo x", 0)])
def test_the_exit_code_is_the_last_commands(cmd: CommandLine, last: str, code: int) -> None:
    run(cmd, "cmd /c exit 5", last)
    assert cmd.code == code


def test_text_is_read_in_the_consoles_code_page() -> None:
    cmd = CommandLine(code_page=932)
    cmd.write("t.cmd", "@echo 日本")
    assert cmd.known("t.cmd") == "日本\r\n"
    cmd.code_page = 65001
    assert cmd.known("t.cmd") != "日本\r\n"


def test_a_file_that_calls_itself_for_ever_is_stopped_and_noted(cmd: CommandLine) -> None:
    cmd.write("t.cmd", "@call t.cmd")
    cmd.run("t.cmd")
    assert cmd.unknown
