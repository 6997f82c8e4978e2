"""The key of the journals: given, or in a file of the user's own, made once, and refused where others get at it."""

from __future__ import annotations

import os
import pathlib
import stat
from concurrent.futures import ProcessPoolExecutor

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.journal_key import Key
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError, Refused

RECORD = Record("20261124T111400.000001Z", "run", machine="x")
GIVEN = "0123456789abcdef" * 4


@pytest.fixture
def file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    return home / ".windefend.maps" / "journal.key"


def made(_number: int = 0) -> str:
    return Key().made().signed(RECORD).mac


def test_it_is_made_at_the_first_change_and_stays(file: pathlib.Path) -> None:
    assert Key().known() is None
    assert not file.exists()
    old = os.umask(0)
    try:
        first = made()
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert len(file.read_text().strip()) == 64
    assert made() == first
    known = Key().known()
    assert known is not None
    assert known.signed(RECORD).mac == first
    assert os.listdir(file.parent) == ["journal.key"]


def test_tasks_that_come_at_the_same_time_get_the_same_key(file: pathlib.Path) -> None:
    with ProcessPoolExecutor(8) as pool:
        assert len(set(pool.map(made, range(24)))) == 1
    assert os.listdir(file.parent) == ["journal.key"]


def test_a_given_key_needs_no_file(file: pathlib.Path) -> None:
    one, other = Key(GIVEN), Key(f"{'f' * 64} {GIVEN}")
    assert other.made().verifies(one.made().signed(RECORD))
    assert not one.made().verifies(other.made().signed(RECORD))
    assert not file.parent.exists()


def test_a_given_key_that_is_none_is_refused_and_not_shown(file: pathlib.Path) -> None:
    with pytest.raises(Refused, match="journal_key: a key has 32 to 1024") as refused:
        Key("hunter2-too-short")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o644])
def test_a_file_that_others_may_read_or_write_is_refused(file: pathlib.Path, mode: int) -> None:
    made()
    file.chmod(mode)
    for act in (Key().known, Key().made):
        with pytest.raises(HostError, match=rf"{file} has mode {mode:04o}.*chmod 600 {file}"):
            act()


def test_a_link_is_refused(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    made()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    for act in (Key().known, Key().made):
        with pytest.raises(HostError, match="is a link"):
            act()


def test_a_link_to_nowhere_is_not_written_through(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    file.parent.mkdir(mode=0o700)
    file.symlink_to(tmp_path / "nowhere")
    with pytest.raises(HostError, match="is a link"):
        Key().made()
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_others_may_write_is_refused(file: pathlib.Path) -> None:
    made()
    for mode in (0o770, 0o777):
        file.parent.chmod(mode)
        for act in (Key().known, Key().made):
            with pytest.raises(HostError, match=rf"{file.parent} has mode {mode:04o}.*chmod"):
                act()
    file.unlink()
    with pytest.raises(HostError, match="chmod"):
        Key().made()
    assert not file.exists()


@pytest.mark.parametrize("content", ["", "abc\n", "\xff" * 64, "0" * 63 + "ä"])
def test_a_file_that_holds_no_key_is_refused_and_not_replaced(file: pathlib.Path, content: str) -> None:
    made()
    file.write_text(content, encoding="latin-1")
    for act in (Key().known, Key().made):
        with pytest.raises(HostError, match=rf"{file}: "):
            act()
    assert file.read_text(encoding="latin-1") == content


def test_it_never_lies_in_the_folder_of_the_journal(file: pathlib.Path) -> None:
    for folder in (file.parent, file.parent.parent):
        with pytest.raises(HostError, match="in the directory of the journal"):
            Key(folder=folder).made()
    assert not file.exists()
    Key(folder=file.parent / "journal").made()


def test_where_no_file_can_be_kept_the_other_ways_are_named(file: pathlib.Path) -> None:
    file.parent.write_text("")
    with pytest.raises(HostError, match=r"nothing was changed.*journal_key or WINDEFEND_MAPS_JOURNAL_KEY"):
        Key().made()


def test_a_disk_that_is_full_leaves_no_half_key(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_unused: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(HostError, match="No space left"):
            Key().made()
    assert os.listdir(file.parent) == []
    made()
