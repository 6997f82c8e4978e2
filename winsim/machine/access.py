"""Who may read or write a file: as much of Windows' access control as command lines meet.

The nearest directory above (or the node itself) whose `access` is set decides; where none is, the defaults of a Windows
installation do: a token that is not elevated does not write below the system's own directories (recalled).
"""

from __future__ import annotations

from .accounts import Token
from .files import FileSystem

EVERYONE = frozenset({"S-1-1-0", "S-1-5-11"})
"""Everyone and Authenticated Users: in every token."""

SYSTEM_DIRECTORIES = ("c:\\windows", "c:\\program files", "c:\\program files (x86)", "c:\\programdata\\microsoft")
SHARED_DIRECTORIES = ("c:\\windows\\temp",)
WRITING = ("F", "M", "W")
READING = (*WRITING, "R", "RX")


def _rights(files: FileSystem, path: str) -> dict[str, str] | None:
    path = path.rstrip("\\")
    while path:
        node = files.find(path)
        if node is not None and node.access is not None:
            return node.access
        path = path.rpartition("\\")[0]
    return None


def _granted(token: Token, rights: dict[str, str], letters: tuple[str, ...]) -> bool:
    sids = {token.sid, *token.groups} | EVERYONE
    return any(right in letters for sid, granted in rights.items() if sid in sids for right in granted.split(","))


def _below(path: str, directories: tuple[str, ...]) -> bool:
    return any(path == directory or path.startswith(directory + "\\") for directory in directories)


def _is_strangers(token: Token, path: str) -> bool:
    parts = path.split("\\")
    own = token.name.rpartition("\\")[2].lower()
    return parts[:2] == ["c:", "users"] and len(parts) > 2 and parts[2] not in ("public", own)


def may_read(files: FileSystem, token: Token, path: str) -> bool:
    """Whether `token` may read the file or list the directory at the full path `path`."""
    rights = _rights(files, path)
    if rights is not None:
        return _granted(token, rights, READING)
    return token.elevated or not _is_strangers(token, path.lower())


def may_write(files: FileSystem, token: Token, path: str) -> bool:
    """Whether `token` may make, change or remove what is at the full path `path`."""
    rights = _rights(files, path)
    if rights is not None:
        return _granted(token, rights, WRITING)
    if token.elevated:
        return True
    path = path.lower().rstrip("\\")
    if _below(path, SHARED_DIRECTORIES):
        return True
    in_root = path.count("\\") < 2 and not files.is_directory(path)
    return not in_root and not _below(path, SYSTEM_DIRECTORIES) and not _is_strangers(token, path)
