"""What goes to cmd's standard input over ssh, through the cmd.exe that Wine's authors wrote."""

from __future__ import annotations

import string

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.ssh import SHELL, scripts
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command
from ansible_collections.windefend.maps.tests.wine.support import Runner

pytestmark = pytest.mark.wine

PRINTABLE = "".join(map(chr, range(32, 127)))
TEXTS = [
    PRINTABLE,
    PRINTABLE[::-1],
    *(f"{one}{two}" for one in string.punctuation for two in '%^"&|<>()/?: a'),
    *("%", "100%", "!PATH!", "%~f0", "%0 %*", "%a%b%c%"),
    *("", " ", "  two blanks  ", ".", "=a", ";a", ",a", "^", "^^", '"', '^"', "a^", "REM a"),
    '<a b="c">&amp;&quot;C:\\Windows\\System32\\cmd.exe&quot; 2&gt;&amp;1</a>',
]


def test_outcomes_are_told_apart_behind_the_banner(runner: Runner) -> None:
    commands = {"ok": Command.of("echo", "a b"), "bad": Command.of("cmd", "/c", "exit", "300")}
    batch = Batch(commands, "token123")
    (only,) = scripts(batch.line, None, "x")
    ran = runner.run(SHELL, only + b"echo never\r\n")
    assert ran.code == 0
    assert b"never" not in ran.out
    found = batch.split(ran.out)
    assert [found[name].exit_code for name in commands] == [0, 300]
    assert found["ok"].output.strip() == b'"a b"'


def test_an_input_arrives_as_it_is(runner: Runner) -> None:
    """Wine prints the bracket of `echo(`, which cmd does not, and expands a variable with a caret in its name."""
    text = "".join(f"{one}\r\n" for one in TEXTS).encode()
    *writing, line = scripts("type copied& echo done", text, "windefend-maps-input")
    for session in writing:
        ran = runner.run(SHELL, session.replace(b" echo(", b" echo."))
        assert (ran.code, ran.err) == (0, b"")
    assert b"<windefend-maps-input& exit 0" in line
    assert runner.run('type "%TEMP%\\windefend-maps-input"').out == text
