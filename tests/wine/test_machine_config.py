"""The command lines that carry a machine.config, in a cmd.exe that others wrote.

Wine's findstr finds nothing and it has no certutil that hashes, so the module itself cannot run there; its lines that
cmd.exe alone carries out can.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import files
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command
from ansible_collections.windefend.maps.tests.wine.support import Runner

pytestmark = pytest.mark.wine

FOLDER = r"C:\config (1) & 2"
OLD = b"\xef\xbb\xbf<configuration>\r\n  <!-- \xe6\x97\xa5 100% ^ & -->\n  <runtime />\r\n</configuration>"
NEW = b"<configuration/>\r\n"


@pytest.fixture
def folder(runner: Runner) -> Iterator[Runner]:
    """A folder with a name that wants quotes, and an old and a new file in it."""
    path = runner.drive / "config (1) & 2"
    path.mkdir()
    (path / "machine.config").write_bytes(OLD)
    (path / "x.new").write_bytes(NEW)
    yield runner
    for file in path.iterdir():
        file.unlink()
    path.rmdir()


def content(runner: Runner, name: str) -> bytes:
    return (runner.drive / "config (1) & 2" / name).read_bytes()


def test_type_prints_every_byte(folder: Runner) -> None:
    assert folder.run(files.read(rf"{FOLDER}\machine.config").text).out == OLD


def test_copy_keeps_every_byte(folder: Runner) -> None:
    assert folder.run(files.copy(rf"{FOLDER}\machine.config", rf"{FOLDER}\b.bak").text).code == 0
    assert content(folder, "b.bak") == content(folder, "machine.config") == OLD


def test_move_replaces(folder: Runner) -> None:
    assert folder.run(files.replace(rf"{FOLDER}\x.new", rf"{FOLDER}\machine.config").text).code == 0
    assert content(folder, "machine.config") == NEW
    assert not (folder.drive / "config (1) & 2" / "x.new").exists()


@pytest.mark.parametrize("text", ["</configuration>", "</configuration><!-- a & b | c ^ (d) ! -->", "x  "])
def test_a_last_line_gets_no_line_end(folder: Runner, text: str) -> None:
    folder.run(files.append_without_line_end(text, rf"{FOLDER}\x.new").text)
    assert content(folder, "x.new") == NEW + text.encode()


def test_what_is_gone_is_not_listed(folder: Runner) -> None:
    command: Command = files.list_names(rf"{FOLDER}\*.new")
    assert folder.run(command.text).out.split() == [b"x.new"]
    folder.run(files.remove_file(rf"{FOLDER}\x.new").text)
    assert folder.run(command.text).code == 1
