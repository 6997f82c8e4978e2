"""Files on the controller: replaced in one step, and never where another user of the machine leads."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import atomic_file, controller_action
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.atomic_file import (
    UnsafePath,
    read,
    untrusted,
    write,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.journal_store import Store
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError

USER, OTHER, GROUP = 1000, 65534, 500
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")


def seen(mode: int, owner: int, group: int = 0) -> os.stat_result:
    return os.stat_result((mode, 1, 1, 1, owner, group, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("mode", "owner", "group", "link", "refused"),
    [
        (0o755, 0, 0, OTHER, False),
        (0o700, USER, USER, OTHER, False),
        (0o775, USER, USER, OTHER, False),  # the group of the user alone
        (0o775, 0, 0, OTHER, False),  # root's group, as in containers
        (0o755, OTHER, OTHER, OTHER, True),  # the folder of another user, for example a home directory
        (0o755, OTHER, OTHER, USER, True),
        (0o1777, 0, 0, OTHER, True),
        (0o1777, 0, 0, USER, False),
        (0o1777, 0, 0, 0, False),
        (0o1777, OTHER, 0, USER, True),  # the sticky bit does not bind the folder's owner
        (0o777, 0, 0, USER, True),  # another user can move a link there that root or the user made elsewhere
        (0o2775, 0, GROUP, OTHER, True),
        (0o2775, 0, GROUP, USER, True),
        (0o3775, 0, GROUP, USER, False),
        (0o3775, USER, GROUP, OTHER, True),
    ],
)
def test_which_links_may_be_another_users(mode: int, owner: int, group: int, link: int, refused: bool) -> None:
    folder = seen(stat.S_IFDIR | mode, owner, group)
    assert untrusted(folder, seen(stat.S_IFLNK | 0o777, link), USER) is refused


@pytest.fixture
def shared(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder such as /tmp."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


@pytest.fixture
def victim(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file that nothing may touch."""
    path = tmp_path / "private" / "victim"
    path.parent.mkdir(mode=0o700)
    path.write_text("precious")
    path.chmod(0o600)
    yield path
    assert path.read_text() == "precious"
    assert os.listdir(path.parent) == ["victim"]


def foreign_link(path: pathlib.Path, target: pathlib.Path) -> None:
    path.symlink_to(target)
    os.chown(path, OTHER, OTHER, follow_symlinks=False)


@as_root
def test_a_link_of_another_user_is_not_followed(shared: pathlib.Path, victim: pathlib.Path) -> None:
    foreign_link(shared / "report.json", victim)
    foreign_link(shared / "folder", victim.parent)
    foreign_link(shared / "new.json", victim.parent / "new")
    (shared / "deep").mkdir()
    foreign_link(shared / "own", shared / "folder")
    for path in ("report.json", "folder/victim", "folder/new", "new.json", "deep/../folder/victim", "own/victim"):
        for act in (lambda name: write(name, b"report", 0o600), read):
            with pytest.raises(UnsafePath) as refused:
                act(str(shared / path))
            assert f"a symbolic link of the user {OTHER}" in str(refused.value)
            assert f"in {shared}, which others can write to (mode 1777)" in str(refused.value)
            assert "use a path in a folder that only you can write to" in str(refused.value)
    assert sorted(os.listdir(shared)) == ["deep", "folder", "new.json", "own", "report.json"]


@as_root
def test_a_link_in_the_folder_of_another_user_is_not_followed(tmp_path: pathlib.Path, victim: pathlib.Path) -> None:
    """Root writes a report into the home directory of a user."""
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    foreign_link(home / "report.json", victim)
    os.chown(home, OTHER, OTHER)
    with pytest.raises(UnsafePath, match=rf"in {home}, which the user {OTHER} can write to \(mode 0755\)"):
        write(str(home / "report.json"), b"report", 0o600)


def test_a_path_is_seen_from_the_working_directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("x", b"report", 0o600)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert read(str(tmp_path / "x")) == b"report"


@as_root
def test_a_link_of_another_user_behind_one_of_ours_is_not_followed(
    shared: pathlib.Path, victim: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    foreign_link(shared / "report.json", victim)
    (tmp_path / "mine.json").symlink_to(shared / "report.json")
    with pytest.raises(UnsafePath):
        write(str(tmp_path / "mine.json"), b"report", 0o600)


@as_root
def test_a_journal_does_not_follow_a_link_of_another_user(shared: pathlib.Path, victim: pathlib.Path) -> None:
    store = Store(str(shared), "192.0.2.7")
    foreign_link(store.path, victim)
    before = victim.read_text()
    with pytest.raises(HostError, match=r"mode \d{4}, so every user can write to it"):
        store.append(Record("20261124T111400.000000Z", "monday"))
    assert victim.read_text() == before


@as_root
def test_a_file_that_another_user_put_there_is_not_replaced(shared: pathlib.Path) -> None:
    """Its owner chose its mode and may hold it open."""
    path = shared / "report.json"
    path.write_text("bait")
    path.chmod(0o666)
    os.chown(path, OTHER, OTHER)
    with pytest.raises(UnsafePath, match=f"is a file of the user {OTHER}"):
        write(str(path), b"report", 0o600)
    assert path.read_text() == "bait"


@as_root
def test_a_mode_that_another_user_chose_is_not_kept(shared: pathlib.Path) -> None:
    shared.chmod(0o777)
    path = shared / "report.json"
    path.write_text("bait")
    path.chmod(0o666)
    os.chown(path, OTHER, OTHER)
    write(str(path), b"report", 0o600, keep_mode=True)
    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) == (0o600, 0)


def test_a_link_in_the_users_own_folder_stays_and_is_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").mkdir()
    real, link, folder = tmp_path / "real" / "report.json", tmp_path / "link.json", tmp_path / "folder"
    link.symlink_to("real/../real/report.json")
    folder.symlink_to(tmp_path / "real")
    write(str(link), b"one", 0o640)
    assert (real.read_bytes(), stat.S_IMODE(real.stat().st_mode)) == (b"one", 0o640)
    write(str(folder / "report.json"), b"two", 0o600, keep_mode=True)
    assert (read(str(link)), stat.S_IMODE(real.stat().st_mode)) == (b"two", 0o640)
    assert link.is_symlink()
    assert folder.is_symlink()
    link.unlink()
    link.symlink_to("link.json")
    with pytest.raises(UnsafePath, match="more than 40 symbolic links"):
        write(str(link), b"", 0o600)


def test_a_link_of_the_user_in_a_shared_folder_is_followed(shared: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (shared / "report.json").symlink_to(tmp_path / "real.json")
    write(str(shared / "report.json"), b"report", 0o600)
    assert (tmp_path / "real.json").read_bytes() == b"report"


def test_what_is_no_regular_file_is_neither_read_nor_replaced(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
    for path, kind in (
        (tmp_path / "pipe", "named pipe"),
        (tmp_path / "socket", "socket"),
        (tmp_path / "directory", "directory"),
        (pathlib.Path("/dev/null"), "device"),
    ):
        before = path.stat()
        for act in (lambda name: write(name, b"", 0o600), read):
            with pytest.raises(UnsafePath, match=f"is a {kind}, not a regular file"):
                act(str(path))
        assert path.stat().st_ino == before.st_ino
    for path in (tmp_path / "directory" / "..", pathlib.Path("/")):
        with pytest.raises(OSError, match="is a directory"):
            write(str(path), b"", 0o600)


@pytest.mark.parametrize("reader", [read, controller_action.read], ids=["atomic_file", "controller"])
def test_a_pipe_does_not_block(tmp_path: pathlib.Path, reader: object) -> None:
    """In a process of its own: what waits for a writer would wait for ever here."""
    os.mkfifo(tmp_path / "pipe")
    module, name = reader.__module__, reader.__name__  # type: ignore[attr-defined]
    call = f"module.{name}(sys.argv[1])"
    code = f"import sys, {module} as module\ntry:\n    {call}\nexcept OSError as error:\n    print(error)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "pipe")], capture_output=True, text=True, timeout=60, check=True
    )
    assert "named pipe" in done.stdout


def test_a_pipe_that_takes_the_files_place_does_not_block(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    regular = atomic_file._Place.regular

    def swapped(place: atomic_file._Place) -> os.stat_result | None:
        found = regular(place)
        path.unlink()
        os.mkfifo(path)
        return found

    monkeypatch.setattr(atomic_file._Place, "regular", swapped)
    with pytest.raises(UnsafePath, match="not a regular file"):
        read(str(path))


def test_a_large_file_is_not_read(tmp_path: pathlib.Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(atomic_file.MAX_READ + 1)
    with pytest.raises(UnsafePath, match="at most 256 MiB"):
        read(str(tmp_path / "sparse"))


def test_the_folder_that_was_checked_is_written_to(
    tmp_path: pathlib.Path, victim: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process puts a link in the place of the folder between the check and the write."""
    folder, moved = tmp_path / "reports", tmp_path / "moved"
    folder.mkdir()
    opened = os.open

    def swap(path: str, flags: int, *mode: int, **more: int) -> int:
        if flags & os.O_EXCL and not moved.exists():
            folder.rename(moved)
            folder.symlink_to(victim.parent)
        return opened(path, flags, *mode, **more)

    monkeypatch.setattr(os, "open", swap)
    write(str(folder / "victim"), b"report", 0o600)
    assert (moved / "victim").read_bytes() == b"report"


def test_another_name_of_the_file_keeps_what_it_holds(tmp_path: pathlib.Path) -> None:
    (tmp_path / "one").write_text("old")
    os.link(tmp_path / "one", tmp_path / "two")
    write(str(tmp_path / "one"), b"new", 0o600)
    assert ((tmp_path / "one").read_text(), (tmp_path / "two").read_text()) == ("new", "old")


def test_the_file_and_its_name_are_on_the_disk(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content before the name that shows it, and the folder after."""
    done: list[str] = []
    sync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def replaced(*paths: str, **folders: int) -> None:
        done.append("replace")
        replace(*paths, **folders)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    write(str(tmp_path / "x"), b"report", 0o600)
    assert done == ["file", "replace", "folder"]


@pytest.mark.parametrize("broken", ["fsync", "fchmod", "replace"])
def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def fail(*_unused: object, **_more: object) -> None:
        raise OSError(28, "No space left on device", "a temporary name")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match=f"No space left on device: '{path}'"):
        write(str(path), b"new", 0o600)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_process_that_is_killed_leaves_what_was_there(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    code = textwrap.dedent(f"""
        import os, signal, sys
        from {atomic_file.__name__} import write
        os.replace = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        write(sys.argv[1], b"new" * 100_000, 0o600)
    """)
    done = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_writers_at_the_same_time_leave_the_text_of_one(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x"
    texts = [bytes([65 + number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(len(texts)) as pool:
        writing = [pool.submit(write, str(path), text, 0o600) for text in texts]
        while not all(one.done() for one in writing):
            assert read(str(path)) in (None, *texts)
    for one in writing:
        one.result()
    assert read(str(path)) in texts
    assert os.listdir(tmp_path) == ["x"]


@as_root
def test_a_folder_that_may_be_entered_and_not_listed(tmp_path: pathlib.Path) -> None:
    """As another user, in a process of its own."""
    tmp_path.chmod(0o711)
    folder = tmp_path / "drop"
    folder.mkdir(mode=0o300)
    os.chown(folder, OTHER, OTHER)
    process = os.fork()
    if process == 0:
        status = 1
        try:
            for parent in reversed(tmp_path.parents):
                assert parent.stat().st_mode & 0o001 or parent.chmod(parent.stat().st_mode | 0o011) is None
            os.setgroups([])
            os.setgid(OTHER)
            os.setuid(OTHER)
            write(str(folder / "x"), b"report", 0o600)
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    assert (folder / "x").read_bytes() == b"report"
