"""The journals on the controller: one file a host, for its owner alone, which only grows, whatever is killed."""

from __future__ import annotations

import os
import pathlib
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.journal_store import Store, file_name
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record, line
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError


def record(number: int) -> Record:
    return Record(f"20261124T111400.{number:06d}Z", "run")


def test_a_file_and_its_folder_are_for_their_owner_alone(tmp_path: pathlib.Path) -> None:
    old = os.umask(0)
    try:
        store = Store(str(tmp_path / "a" / "b"), "192.0.2.7")
        store.append(record(1))
    finally:
        os.umask(old)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_it_only_grows(tmp_path: pathlib.Path) -> None:
    store = Store(str(tmp_path), "192.0.2.7")
    assert store.read().records == ()
    for number in range(3):
        before = store.path.read_bytes() if store.path.exists() else b""
        store.append(record(number))
        assert store.path.read_bytes() == before + line(record(number)).encode() + b"\n"
    assert store.read().records == tuple(map(record, range(3)))
    assert os.listdir(tmp_path) == ["192.0.2.7.jsonl"]


def test_what_stands_there_stays_also_when_it_is_damaged(tmp_path: pathlib.Path) -> None:
    store = Store(str(tmp_path), "192.0.2.7")
    store.path.write_bytes(b"\xff half a li")
    store.append(record(1))
    assert store.path.read_bytes() == b"\xff half a li\n" + line(record(1)).encode() + b"\n"
    assert store.read().records == (record(1),)
    assert len(store.read().problems) == 1


def test_a_write_that_breaks_off_leaves_the_old_text(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path), "192.0.2.7")
    store.append(record(1))
    old = store.path.read_bytes()
    for broken in ("fsync", "replace"):
        with monkeypatch.context() as patch:

            def fail(*_unused: object, **_more: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(os, broken, fail)
            with pytest.raises(HostError, match=r"No space left on device: .*; nothing was changed"):
                store.append(record(2))
        assert store.path.read_bytes() == old
        assert os.listdir(tmp_path) == [store.path.name]


def test_many_writers_lose_nothing(tmp_path: pathlib.Path) -> None:
    def write(number: int) -> None:
        Store(str(tmp_path), "192.0.2.7").append(record(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    found = Store(str(tmp_path), "192.0.2.7").read()
    assert {one.at for one in found.records} == {record(number).at for number in range(40)}
    assert found.problems == ()


def test_names_of_files_are_safe_and_tell_hosts_apart() -> None:
    addresses = ["10.0.0.1", "10.0.0.10", "fe80::1%eth0", "../../etc/passwd", "東京.example", "a/b", "a%2fb", ".", ".."]
    addresses += ["x" * 300, "x" * 301, "京" * 60, "京" * 61]
    names = [file_name(address) for address in addresses]
    assert len(set(names)) == len(names)
    assert all("/" not in name and len(name.encode()) < 200 for name in names)
    assert file_name("PC-1.Corp.Example") == file_name("pc-1.corp.example") == "pc-1.corp.example.jsonl"


def test_a_file_that_cannot_be_read_is_told(tmp_path: pathlib.Path) -> None:
    store = Store(str(tmp_path), "192.0.2.7")
    store.path.mkdir()
    with pytest.raises(HostError, match="journal: "):
        store.read()
