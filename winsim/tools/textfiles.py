"""What the small text tools share: their input as bytes, and files by name or wildcard."""

from __future__ import annotations

from collections.abc import Iterator

from ..machine.access import may_read
from ..machine.files import ACCESS_DENIED, FILE_NOT_FOUND, FileError, Node
from .cmd.paths import base_name, is_pattern, matches, parent
from .process import Process


def lines(content: bytes) -> list[bytes]:
    """Lines with their ends as they are; only a line feed ends one."""
    parts = content.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def read(process: Process, name: str) -> bytes:
    """The content of a file by its name as given; raises FileError."""
    path = process.machine.files.normal(name, process.directory.rstrip("\\"))
    if process.machine.files.find(path) and not may_read(process.machine.files, process.token, path):
        raise FileError(ACCESS_DENIED, path)
    return process.machine.files.read(path)


def expand(process: Process, name: str) -> Iterator[str]:
    """The names that a name with wildcards stands for, with the directory as given; the name itself without any.

    Raises FileError where a wildcard matches nothing.
    """
    if not is_pattern(name):
        yield name
        return
    files = process.machine.files
    full = files.normal(name, process.directory.rstrip("\\"))
    found: list[Node] = [
        node
        for node in files.children(parent(full))
        if not node.is_directory and matches(base_name(node.path), base_name(full))
    ]
    if not found:
        raise FileError(FILE_NOT_FOUND, name)
    prefix = name[: len(name) - len(base_name(name.replace("/", "\\")))]
    yield from (prefix + base_name(node.path) for node in found)
