"""Many commands in one line: the exit code of each, as Wine's cmd.exe knows it, comes back apart."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command
from ansible_collections.windefend.maps.tests.wine.support import Runner

pytestmark = pytest.mark.wine

NO_SUCH_PROGRAM = 9009
"""What cmd.exe sets in the line for a program that it does not find."""


def exits(code: int, text: str = "") -> Command:
    """A program that prints a text, if any, and ends with this code."""
    return Command(f'cmd /c "{f"echo {text}& " if text else ""}exit {code}"')


COMMANDS = {
    "success with output": (Command.of("hostname"), 0),
    "success without output": (exits(0), 0),
    "failure with output": (exits(5, "half"), 5),
    "failure without output": (exits(1), 1),
    "an HRESULT": (exits(-2147012889, "(hr=0x80072EE7)"), -2147012889),
    "no such program": (Command.of("nosuchprogram", "x"), NO_SUCH_PROGRAM),
    "no such program, quiet": (Command.of("nosuchprogram").quiet().with_errors(), NO_SUCH_PROGRAM),
    "success after an unknown program": (exits(0), 0),
    "a command of cmd.exe that keeps errorlevel": (Command.of("echo", "hello"), 0),
    "both ran": (exits(0).then_if_ok(exits(7)), 7),
    "errors joined": (Command.of("type", "C:\\no such file").with_errors(), 1),
    "errors apart": (Command.of("type", "C:\\no such file"), 1),
    "quiet": (Command.of("reg", "query", "HKLM\\SOFTWARE").quiet(), 0),
    "quiet failure": (Command.of("reg", "query", "HKLM\\nosuchkey").quiet().with_errors(), 1),
    "no such key": (Command.of("reg", "query", "HKLM\\nosuchkey"), 1),
    "the last": (exits(0, "end"), 0),
}


def run_all(runner: Runner) -> dict[str, tuple[int | None, bytes]]:
    batch = Batch({name: command for name, (command, _unused) in COMMANDS.items()}, token="0123abcd")
    split = batch.split(runner.run(batch.line).out)
    return {name: (outcome.exit_code, outcome.output) for name, outcome in split.items()}


@pytest.fixture(scope="module")
def first_outcomes(runner: Runner) -> dict[str, tuple[int | None, bytes]]:
    return run_all(runner)


@pytest.fixture
def outcomes(
    request: pytest.FixtureRequest, runner: Runner, first_outcomes: dict[str, tuple[int | None, bytes]]
) -> dict[str, tuple[int | None, bytes]]:
    """One run for all tests. A test that is tried again needs a new one: Wine may have lost a program in the first."""
    tries = getattr(request.node, "execution_count", 1)
    return first_outcomes if tries == 1 else run_all(runner)


@pytest.mark.parametrize("name", COMMANDS)
def test_exit_code(outcomes: dict[str, tuple[int | None, bytes]], name: str) -> None:
    assert outcomes[name][0] == COMMANDS[name][1]


def test_output_is_told_apart(outcomes: dict[str, tuple[int | None, bytes]]) -> None:
    assert outcomes["failure with output"][1].strip() == b"half"
    assert outcomes["an HRESULT"][1].strip() == b"(hr=0x80072EE7)"
    assert outcomes["a command of cmd.exe that keeps errorlevel"][1].strip() == b"hello"
    assert outcomes["the last"][1].strip() == b"end"
    silent = ("success without output", "failure without output", "no such program", "quiet", "both ran")
    assert [outcomes[name][1] for name in silent] == [b""] * len(silent)
    assert outcomes["errors joined"][1] != b""
    assert outcomes["errors apart"][1] == b""


def test_output_without_line_end_keeps_its_marker(runner: Runner) -> None:
    batch = Batch({"half": Command("<nul set /p =half"), "next": Command.of("echo", "x")}, token="0123abcd")
    split = batch.split(runner.run(batch.line).out)
    assert split["half"].output.strip() == b"half"
    assert split["half"].exit_code is not None
    assert split["next"].ok


def test_the_line_of_a_whole_reading_runs(runner: Runner) -> None:
    """As long as a line may be: every command has its outcome."""
    commands = {
        str(number): registry.query_alone("HKLM\\SOFTWARE\\Microsoft\\Windows\\Nothing") for number in range(60)
    }
    batch = Batch(commands, token="0123abcd")
    assert len(batch.line) > 6000
    assert {outcome.exit_code for outcome in batch.split(runner.run(batch.line).out).values()} == {1}


def test_a_line_that_ends_early_has_no_code_for_the_rest(runner: Runner) -> None:
    batch = Batch({"a": exits(4, "a"), "b": Command("exit 9"), "c": Command.of("echo", "c")}, token="0123abcd")
    split = batch.split(runner.run(batch.line).out)
    assert [outcome.exit_code for outcome in split.values()] == [4, None, None]
