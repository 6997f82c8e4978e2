"""winsim's cmd.exe and reg.exe against Wine's: the same output and exit code, except where Wine is known to differ."""

from __future__ import annotations

import re
import shutil

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import WORK, CommandLine, small_machine
from ansible_collections.windefend.maps.tests.wine.lines import DIFFERENCES, REG, REG_DIFFERENCES, SAME
from ansible_collections.windefend.maps.tests.wine.support import Runner

pytestmark = pytest.mark.wine

KEY = "HKLM\\SOFTWARE\\winsim"
Ran = tuple[str, int]


def in_winsim(line: str) -> Ran:
    machine = small_machine()
    machine.files.install("C:\\Windows\\System32\\reg.exe", "reg")
    cmd = CommandLine(machine)
    return cmd.run(line), cmd.code & 0xFFFFFFFF


def in_wine(runner: Runner, line: str) -> Ran:
    folder = runner.drive / WORK[3:]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    ran = runner.run(f"cd /d {WORK}&{line}")
    return ran.out.decode("utf-8"), ran.code


@pytest.mark.parametrize("line", SAME)
def test_the_same(runner: Runner, line: str) -> None:
    assert in_winsim(line) == in_wine(runner, line)


@pytest.mark.parametrize(
    ("line", "out", "code"),
    [pytest.param(*line, id=line[0]) for difference in DIFFERENCES for line in difference.lines],
)
def test_a_known_difference(runner: Runner, line: str, out: str, code: int) -> None:
    """Fails also when Wine no longer differs: then the line belongs to the others."""
    assert in_winsim(line) == (out, code)
    assert in_wine(runner, line) != (out, code)


@pytest.fixture
def no_key(runner: Runner) -> None:
    runner.run(f"reg delete {KEY} /f& reg delete {KEY} /f /reg:32")


def written_out(line: str) -> str:
    return re.sub(r"\bKEY\b", lambda _unused: KEY, line).replace("CODE", "call echo %^errorlevel%")


@pytest.mark.usefixtures("no_key")
@pytest.mark.parametrize("line", REG)
def test_reg_the_same(runner: Runner, line: str) -> None:
    out = in_winsim(written_out(line))[0]
    assert out, "the line shows nothing"
    assert out == in_wine(runner, written_out(line))[0]


@pytest.mark.usefixtures("no_key")
@pytest.mark.parametrize(
    ("line", "out", "code"),
    [pytest.param(*line, id=line[0]) for difference in REG_DIFFERENCES for line in difference.lines],
)
def test_a_known_difference_of_reg(runner: Runner, line: str, out: str, code: int) -> None:
    """See test_a_known_difference."""
    assert in_winsim(written_out(line)) == (out, code)
    assert in_wine(runner, written_out(line)) != (out, code)
