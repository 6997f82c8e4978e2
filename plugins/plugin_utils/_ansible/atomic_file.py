"""Files on the controller: read and replaced without being led elsewhere by another user of the machine.

A path is walked one folder at a time, by descriptors, so that the folder that was checked is the one that is used. In
a folder that only root and the user may write, a link is followed. In a folder that others may write, such as /tmp, a
link is followed only where others can neither make nor move it: the folder is sticky, and folder and link belong to
root or to the user. The kernel refuses such links on open() (fs.protected_symlinks), but not where a path is resolved
first and renamed to afterwards. What is no regular file is neither read nor replaced.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINKS = 40
"""Links in one path, as Linux counts them (path_resolution(7): sure)."""
MAX_READ = 256 * 1024 * 1024
"""Bytes of a file that are read. Nothing that the collection writes comes near it."""
_SEARCH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""How folders are opened. O_PATH asks for no right to list them; systems without it need that right."""


class UnsafePath(OSError):
    """A path that others could lead elsewhere, or a file that is none to read or replace. The text says what to do."""


def others_may_write(folder: os.stat_result, user: int) -> bool:
    """Whether a user other than root and `user` may make, rename or remove entries of a folder.

    The group counts, unless its number is the user's own: the group that Linux systems make for each user, and root's.
    An access control list shows in the group's bits of the mode (acl(5): sure).
    """
    if folder.st_uid not in (0, user) or folder.st_mode & stat.S_IWOTH:
        return True
    return bool(folder.st_mode & stat.S_IWGRP) and folder.st_gid not in (0, user)


def untrusted(folder: os.stat_result, link: os.stat_result, user: int) -> bool:
    """Whether a link in a folder may be the work of a user other than root and `user`, or be replaced by one."""
    if not others_may_write(folder, user):
        return False
    kept = folder.st_mode & stat.S_ISVTX and folder.st_uid in (0, user)
    return not kept or link.st_uid not in (0, user)


@dataclass
class _Place:
    """A folder that is open, its path for messages, and the name of a file in it."""

    folder: int
    shown: str
    name: str

    def __str__(self) -> str:
        return os.path.join(self.shown, self.name)

    def entry(self) -> os.stat_result | None:
        """The file itself, a link as a link; None where there is none."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def regular(self) -> os.stat_result | None:
        """The regular file; None where there is nothing. Raises UnsafePath for everything else."""
        found = self.entry()
        if found is None or stat.S_ISREG(found.st_mode):
            return found
        kind = next((word for test, word in _KINDS if test(found.st_mode)), "special file")
        raise UnsafePath(f"{self} is a {kind}, not a regular file; nothing was read or written; use another path")

    def doubt(self, what: str, found: os.stat_result) -> UnsafePath:
        """Why an untrusted entry is refused."""
        folder = os.stat(self.folder)
        who = f"the user {folder.st_uid}" if folder.st_uid not in (0, os.geteuid()) else "others"
        return UnsafePath(
            f"{self} is a {what} of the user {found.st_uid} in {self.shown}, which {who} can write to (mode "
            f"{stat.S_IMODE(folder.st_mode):04o}), so another user may have put it there; nothing was read or "
            "written; use a path in a folder that only you can write to, or remove it"
        )


_KINDS = (
    (stat.S_ISDIR, "directory"),
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[_Place]:
    """Where a path leads: its folder, open, and the file's name there. Raises UnsafePath, OSError."""
    waiting = (path if path.startswith("/") else os.path.join(os.getcwd(), path)).split("/")
    place = _Place(os.open("/", _SEARCH), "/", "")
    links = 0
    try:
        while waiting:
            name = waiting.pop(0)
            if name in ("", "."):
                continue
            place.name = name
            found = place.entry() if name != ".." else None
            if found is not None and stat.S_ISLNK(found.st_mode):
                links += 1
                if links > MAX_LINKS:
                    raise UnsafePath(f"{path}: more than {MAX_LINKS} symbolic links")
                if untrusted(os.stat(place.folder), found, os.geteuid()):
                    raise place.doubt("symbolic link", found)
                target = os.readlink(name, dir_fd=place.folder)
                waiting[:0] = target.split("/")
                if target.startswith("/"):
                    _enter(place, "/", "/")
            elif any(part not in ("", ".") for part in waiting) or name == "..":
                _enter(place, name, os.path.normpath(str(place)))
        if not place.name or place.name == "..":
            raise IsADirectoryError(f"{path} is a directory; give the path of a file")
        yield place
    except OSError as error:
        if error.errno is None:
            raise
        # What failed knows the name within a folder only, or that of the temporary file.
        raise OSError(error.errno, error.strerror, path) from error
    finally:
        os.close(place.folder)


def _enter(place: _Place, name: str, shown: str) -> None:
    folder = os.open(name, _SEARCH, dir_fd=place.folder)
    os.close(place.folder)
    place.folder, place.shown, place.name = folder, shown, ""


def read(path: str) -> bytes | None:
    """What a file holds; None where there is none. Raises UnsafePath, OSError."""
    with _opened(path) as place:
        if place.regular() is None:
            return None
        # A file may have been swapped for a pipe since, which must not block.
        handle = os.open(place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.folder)
        with os.fdopen(handle, "rb") as stream:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_READ:
                raise UnsafePath(f"{place} is not a regular file of at most {MAX_READ >> 20} MiB; use another path")
            return stream.read(MAX_READ)


def write(path: str, content: bytes, mode: int, *, keep_mode: bool = False) -> None:
    """Puts a file in place in one step, when it is on the disk: no reader sees half of it, whatever is killed.

    It has `mode`; with `keep_mode` a file that is replaced keeps its permissions instead, unless another user may have
    chosen them. A link that may be followed stays a link. Raises UnsafePath, OSError; then nothing has changed.
    """
    with _opened(path) as place:
        found, folder = place.regular(), os.stat(place.folder)
        if found is not None:
            foreign = found.st_uid not in (0, os.geteuid()) and others_may_write(folder, os.geteuid())
            if foreign and folder.st_mode & stat.S_ISVTX:
                raise place.doubt("file", found)
            if keep_mode and not foreign:
                mode = stat.S_IMODE(found.st_mode) & 0o777
        temporary = f".windefend-maps-{secrets.token_hex(8)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(temporary, flags, 0o600, dir_fd=place.folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fchmod(stream.fileno(), mode)
                os.fsync(stream.fileno())
            os.replace(temporary, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=place.folder)
            raise
        _sync(place.folder)


def _sync(folder: int) -> None:
    """Puts the new name on the disk too. A folder that may be written but not listed cannot be opened for that."""
    with contextlib.suppress(PermissionError):
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
