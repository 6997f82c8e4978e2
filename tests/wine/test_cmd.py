"""winsim's cmd.exe against Wine's: the same output and exit code, except where Wine is known to differ."""

from __future__ import annotations

import shutil

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import WORK, CommandLine
from ansible_collections.windefend.maps.tests.wine.lines import DIFFERENCES, SAME
from ansible_collections.windefend.maps.tests.wine.support import Runner

pytestmark = pytest.mark.wine

Ran = tuple[str, int]


def in_winsim(line: str) -> Ran:
    cmd = CommandLine()
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
