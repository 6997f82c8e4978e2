"""What others can change is not believed: folders, files, links and everything above them."""

from __future__ import annotations

import fcntl
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import trusted_path
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.journal_store import Store
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.trusted_path import Untrusted, demand_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError

NOBODY = 65534
Give = Callable[[pathlib.Path], None]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Give:
    """Makes a path somebody else's: by root really, else by telling that we are somebody else."""

    def really(path: pathlib.Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: NOBODY)

    return really


@pytest.fixture
def place(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "above" / "journal"
    folder.mkdir(parents=True, mode=0o700)
    for one in (folder, folder.parent, tmp_path):
        one.chmod(0o700)
    return folder


def record() -> Record:
    return Record("20261124T111400.000001Z", "run")


def refused(folder: pathlib.Path, *words: str, group: bool = False) -> None:
    store = Store(str(folder), "192.0.2.7", group)
    for act in (store.read, lambda: store.append(record())):
        with pytest.raises(HostError) as error:
            act()
        for word in (*words, "nothing was changed"):
            assert word in str(error.value)


@pytest.mark.parametrize("mode", [0o702, 0o777, 0o1777])
def test_a_folder_that_every_user_may_write_is_refused(place: pathlib.Path, mode: int) -> None:
    place.chmod(mode)
    for group in (False, True):
        refused(place, str(place), f"mode {mode:04o}", f"chmod go-w {place}", group=group)


@pytest.mark.parametrize("mode", [0o770, 0o2775])
def test_a_folder_that_its_group_may_write_needs_a_key_from_outside(place: pathlib.Path, mode: int) -> None:
    place.chmod(mode)
    refused(place, str(place), f"mode {mode:04o}", "chmod g-w", "journal_key", "WINDEFEND_MAPS_JOURNAL_KEY")
    store = Store(str(place), "192.0.2.7", group=True)
    store.append(record())
    assert store.read().records == (record(),)


def test_what_is_above_counts_too(place: pathlib.Path, give: Give) -> None:
    place.parent.chmod(0o777)
    refused(place, f"chmod go-w {place.parent}")
    place.parent.chmod(0o1777)
    Store(str(place), "192.0.2.7").append(record())
    give(place.parent)
    refused(place, str(place.parent), "belongs to the user")


def test_a_folder_of_somebody_else_is_refused(place: pathlib.Path, give: Give) -> None:
    give(place)
    refused(place, "belongs to the user", "chown")


def test_a_file_that_others_may_write_is_refused(place: pathlib.Path) -> None:
    store = Store(str(place), "192.0.2.7")
    store.append(record())
    store.path.chmod(0o666)
    refused(place, f"{store.path} has mode 0666", f"chmod go-w {store.path}")
    store.path.chmod(0o660)
    refused(place, f"{store.path} has mode 0660")
    store.path.chmod(0o644)
    assert store.read().records == (record(),)


def test_a_file_that_is_a_link_is_refused(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("")
    Store(str(place), "192.0.2.7").path.symlink_to(victim)
    refused(place, "is a link")
    assert victim.read_text() == ""


def test_a_file_that_is_none_is_refused_at_once(place: pathlib.Path) -> None:
    os.mkfifo(Store(str(place), "192.0.2.7").path, 0o600)
    refused(place, "not a regular file")


def test_a_link_in_the_path_is_followed_where_nobody_can_turn_it(
    place: pathlib.Path, tmp_path: pathlib.Path, give: Give
) -> None:
    link = tmp_path / "link"
    link.symlink_to(place)
    store = Store(str(link), "192.0.2.7")
    store.append(record())
    assert store.read().records == (record(),)
    place.parent.chmod(0o777)
    refused(link, f"chmod go-w {place.parent}")
    place.parent.chmod(0o700)
    tmp_path.chmod(0o1777)
    give(link)
    refused(link, str(link), "belongs to the user")


def test_links_without_end_are_refused(place: pathlib.Path) -> None:
    (place / "a").symlink_to("b")
    (place / "b").symlink_to("a")
    with pytest.raises(Untrusted, match="more than 40 links"):
        demand_folder(place / "a", "it")
    (place / "up").symlink_to("../journal")
    demand_folder(place / "up" / ".." / "journal", "it")


def test_folders_that_are_made_are_for_their_owner_alone(tmp_path: pathlib.Path) -> None:
    old = os.umask(0o002)
    try:
        Store(str(tmp_path / "a" / "b" / "c"), "192.0.2.7").append(record())
    finally:
        os.umask(old)
    for one in ("a", "a/b", "a/b/c"):
        assert (tmp_path / one).stat().st_mode & 0o777 == 0o700


def test_a_lock_that_somebody_keeps_ends_with_a_message(place: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted_path, "LOCK_TIMEOUT", 0.3)
    store = Store(str(place), "192.0.2.7")
    store.append(record())
    text = "import fcntl,sys,time; f=open(sys.argv[1],'r+'); fcntl.flock(f,2); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", text, str(store.path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(HostError, match=rf"{store.path} has been locked .*nothing was changed on the host"):
            store.append(record())
        other.terminate()
    store.append(record())


def test_who_may_only_read_the_folder_keeps_nobody_from_writing(place: pathlib.Path) -> None:
    """Any user may lock a folder that they may read."""
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        began = time.monotonic()
        Store(str(place), "192.0.2.7").append(record())
        assert time.monotonic() - began < trusted_path.LOCK_TIMEOUT
    finally:
        os.close(handle)


def test_a_file_that_grew_without_end_is_refused(place: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(place), "192.0.2.7")
    store.append(record())
    monkeypatch.setattr(
        "ansible_collections.windefend.maps.plugins.plugin_utils._ansible.journal_store.LARGEST_FILE", 10
    )
    refused(place, "more than 10 bytes")
