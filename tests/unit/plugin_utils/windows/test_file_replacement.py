"""Copying, ending, replacing and removing files by cmd.exe's own commands."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import files
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry, Command
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import runs

FOLDER = "C:\\Windows\\Temp\\a (1) & b"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (files.remove_file(f"{FOLDER}\\t"), f'del /f /q "{FOLDER}\\t"'),
        (files.copy(f"{FOLDER}\\a", f"{FOLDER}\\b"), f'copy /y /b "{FOLDER}\\a" "{FOLDER}\\b"'),
        (files.replace(f"{FOLDER}\\a", f"{FOLDER}\\b"), f'move /y "{FOLDER}\\a" "{FOLDER}\\b"'),
        (files.append_without_line_end("</a>", f"{FOLDER}\\t"), f'set /p "=</a>" <nul >>"{FOLDER}\\t"'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_commands(command: Command, text: str) -> None:
    assert command.text == text
    (run,) = runs(command.text)
    assert run.text


@pytest.mark.parametrize("path", ["C:\\", "C:", "C:\\Windows", "C:\\Windows\\"])
def test_the_top_of_a_drive_is_safe(path: str) -> None:
    for command in (files.remove_file, lambda one: files.copy(one, one), lambda one: files.replace(one, one)):
        with pytest.raises(CannotCarry):
            command(path)


@pytest.mark.parametrize("path", ["C:\\Windows\\Temp\\*", "C:\\Windows\\Temp\\?.txt"])
def test_no_pattern_is_deleted(path: str) -> None:
    with pytest.raises(CannotCarry):
        files.remove_file(path)


@pytest.mark.parametrize("text", ["", " a", "\ta", "=a", ",a", "a%b", 'a"b', "a\nb", "\u00e9", "x" * 1001])
def test_a_last_line_that_set_does_not_print_as_it_is(text: str) -> None:
    with pytest.raises(CannotCarry):
        files.append_without_line_end(text, "C:\\a\\b")


def test_only_a_neighbour_replaces_a_file() -> None:
    with pytest.raises(CannotCarry, match="two folders"):
        files.replace("C:\\a\\b", "C:\\c\\b")
