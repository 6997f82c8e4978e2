"""The file system of a machine: as much as command lines need.

Paths compare without regard to case. A program is a file whose `program` names the tool of winsim that runs it, so
whether a program exists on a machine is whether its file does.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..shared import SharedDict


class FileError(Exception):
    """What a file call answers instead of succeeding; `code` is the Win32 error."""

    def __init__(self, code: int, path: str) -> None:
        super().__init__(f"error {code}: {path}")
        self.code = code
        self.path = path


FILE_NOT_FOUND = 2
PATH_NOT_FOUND = 3
ACCESS_DENIED = 5
ALREADY_EXISTS = 183
DIRECTORY_NOT_EMPTY = 145


@dataclass
class Node:
    """A file, or a directory where `content` is None."""

    path: str
    """Full path in the case it was created with, no trailing backslash (`C:` is a drive's root)."""
    content: bytes | None = None
    program: str = ""
    """Name of the tool of winsim that runs when this file is executed."""
    access: SharedDict[str, str] | None = None
    """SID -> rights letter(s) as icacls shows them (`F`, `RX`), when set here; None: inherited."""
    streams: SharedDict[str, bytes] | None = None
    """Name -> content of the other streams of a file, such as `Zone.Identifier`; None: it has none."""

    @property
    def is_directory(self) -> bool:
        return self.content is None

    def copy(self) -> Node:
        """A node of its own with the same content."""
        access = None if self.access is None else SharedDict(self.access)
        streams = None if self.streams is None else SharedDict(self.streams)
        return Node(self.path, self.content, self.program, access, streams)


@dataclass
class FileSystem:
    """Every node by its lower-case full path."""

    nodes: SharedDict[str, Node] = field(default_factory=SharedDict)

    def copy(self) -> FileSystem:
        """A file system of its own with the same content: how a template becomes many machines."""
        return FileSystem(SharedDict({key: node.copy() for key, node in self.nodes.items()}))

    @staticmethod
    @functools.lru_cache(maxsize=8192)
    def normal(path: str, directory: str = "C:\\") -> str:
        """A full path: `path` seen from `directory`, with `.`, `..` and doubled backslashes resolved."""
        path = path.replace("/", "\\")
        if path[1:2] != ":":
            path = directory[:2] + path if path.startswith("\\") else f"{directory}\\{path}"
        drive = path[:2]
        parts: list[str] = []
        for part in path[2:].split("\\"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "\\".join([drive, *parts])

    def find(self, path: str) -> Node | None:
        """The node at a full path, or None."""
        return self.nodes.get(path.rstrip("\\").lower())

    def is_file(self, path: str) -> bool:
        node = self.find(path)
        return node is not None and not node.is_directory

    def is_directory(self, path: str) -> bool:
        node = self.find(path)
        return node is not None and node.is_directory

    def read(self, path: str) -> bytes:
        """The content of a file; raises FileError."""
        node = self.find(path)
        if node is None:
            parent_exists = self.is_directory(path.rpartition("\\")[0])
            raise FileError(FILE_NOT_FOUND if parent_exists else PATH_NOT_FOUND, path)
        if node.content is None:
            raise FileError(ACCESS_DENIED, path)
        return node.content

    def write(self, path: str, content: bytes, program: str = "") -> Node:
        """Writes a file whole; raises FileError when its directory is missing or it is a directory itself."""
        path = path.rstrip("\\")
        if not self.is_directory(path.rpartition("\\")[0]):
            raise FileError(PATH_NOT_FOUND, path)
        node = self.nodes.setdefault(path.lower(), Node(path, b""))
        if node.is_directory:
            raise FileError(ACCESS_DENIED, path)
        node.content = content
        node.program = program or node.program
        return node

    def write_stream(self, path: str, stream: str, content: bytes) -> Node:
        """Writes a stream beside a file's content; the file is made where it is missing. Raises FileError."""
        node = self.find(path) or self.write(path, b"")
        node.streams = SharedDict({**(node.streams or {}), stream: content})
        return node

    def make_directory(self, path: str) -> Node:
        """The directory at `path`, made with all its parents where missing."""
        parts = path.rstrip("\\").split("\\")
        for length in range(1, len(parts) + 1):
            part = "\\".join(parts[:length])
            self.nodes.setdefault(part.lower(), Node(part))
        return self.nodes[path.rstrip("\\").lower()]

    def install(self, path: str, program: str) -> None:
        """Puts the file of a program there, its directory too."""
        self.make_directory(path.rpartition("\\")[0])
        self.write(path, b"MZ", program)

    def children(self, path: str) -> Iterator[Node]:
        """What lies directly in a directory, in name order."""
        prefix = path.rstrip("\\").lower() + "\\"
        for key, node in sorted(self.nodes.items()):
            if key.startswith(prefix) and "\\" not in key[len(prefix) :]:
                yield node

    def remove(self, path: str) -> None:
        """Removes a file or an empty directory; raises FileError."""
        node = self.find(path)
        if node is None:
            raise FileError(FILE_NOT_FOUND, path)
        if node.is_directory and any(self.children(path)):
            raise FileError(DIRECTORY_NOT_EMPTY, path)
        self.nodes.pop(node.path.lower(), None)

    def remove_tree(self, path: str) -> None:
        """Removes a directory and all below it; raises FileError."""
        node = self.find(path)
        if node is None:
            raise FileError(FILE_NOT_FOUND, path)
        prefix = node.path.lower() + "\\"
        for key in [k for k in self.nodes if k == node.path.lower() or k.startswith(prefix)]:
            self.nodes.pop(key, None)
