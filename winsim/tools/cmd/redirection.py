"""Redirections: a file is emptied when it is opened and written when it is closed.

A redirection that fails leaves the errorlevel alone unless `||` follows, though its command counts as failed and does
not run (stackoverflow.com/questions/10354016; likely).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ...machine.access import may_read, may_write
from ...machine.files import ACCESS_DENIED, FILE_NOT_FOUND, PATH_NOT_FOUND, FileError
from .. import realtime
from ..process import Input, Sink
from .nodes import Redirection
from .paths import base_name
from .state import Shell

SHARING_VIOLATION = 32
INVALID_NAME = 123
ERROR_TEXTS = {
    FILE_NOT_FOUND: "file_not_found",
    PATH_NOT_FOUND: "path_not_found",
    ACCESS_DENIED: "access_denied",
    SHARING_VIOLATION: "sharing_violation",
    INVALID_NAME: "invalid_name",
}


class _File:
    """A file open for writing."""

    def __init__(self, shell: Shell, path: str, append: bool) -> None:
        self._shell = shell
        self._content = bytearray()
        files = shell.files
        # NTFS: `NAME:STREAM` names another stream of the file ([MS-FSCC] 2.1.5.3: sure).
        head, name = path[: -len(base_name(path))], base_name(path)
        file, colon, self.stream = name.partition(":")
        if colon and file and self.stream:
            path = head + file
        self.path = path
        if path.lower() in shell.writing:
            raise FileError(SHARING_VIOLATION, path)
        if any(character in base_name(path) + self.stream for character in '*?"<>|:'):
            raise FileError(INVALID_NAME, path)
        if files.is_directory(path.rpartition("\\")[0]) and not may_write(files, shell.token, path):
            raise FileError(ACCESS_DENIED, path)
        if self.stream:
            files.write_stream(path, self.stream, b"")
            shell.writing.add(path.lower())
            return
        if append and files.is_file(path):
            self._content += files.read(path)
        files.write(path, bytes(self._content))
        shell.writing.add(path.lower())

    def write(self, data: bytes) -> None:
        self._content += data

    def close(self) -> None:
        self._shell.writing.discard(self.path.lower())
        with contextlib.suppress(FileError):  # its directory went while it was open
            if self.stream:
                self._shell.files.write_stream(self.path, self.stream, bytes(self._content))
                realtime.written(self._shell.machine, self.path, self._shell.token.name)
            else:
                self._shell.files.write(self.path, bytes(self._content))


def _discard(_unused: bytes) -> None:
    """NUL."""


def read_input(shell: Shell, name: str) -> bytes:
    """The content of a file that a command reads; raises FileError."""
    if name.replace('"', "").lower() in ("nul", "nul:"):
        return b""
    path = shell.path(name)
    if shell.files.find(path) and not may_read(shell.files, shell.token, path):
        raise FileError(ACCESS_DENIED, path)
    return shell.files.read(path)


@contextlib.contextmanager
def applied(shell: Shell, redirections: tuple[Redirection, ...]) -> Iterator[bool]:
    """Runs its body with the handles redirected; yields False, the message written, when one could not be."""
    if not redirections:
        yield True
        return
    before = shell.process
    outputs: dict[int, Sink] = {1: before.stdout, 2: before.stderr}
    source = before.stdin
    opened: list[_File] = []
    try:
        try:
            for redirection in redirections:
                target = shell.loop(redirection.target).replace('"', "")
                if redirection.operator.endswith("&"):
                    outputs[redirection.handle] = outputs.get(int(redirection.target), _discard)
                elif redirection.operator == "<":
                    source = Input(read_input(shell, target))
                elif target.lower().rstrip(":") in ("nul", "\\\\.\\nul"):
                    outputs[redirection.handle] = _discard
                elif target.lower() == "con":
                    outputs[redirection.handle] = before.stdout
                else:
                    file = _File(shell, shell.path(target), redirection.operator == ">>")
                    opened.append(file)
                    outputs[redirection.handle] = file.write
        except FileError as error:
            shell.fail(ERROR_TEXTS[error.code])
            yield False
            return
        shell.process = before.but(stdin=source, stdout=outputs[1], stderr=outputs[2])
        yield True
    finally:
        shell.process = before
        for file in opened:
            file.close()
