"""The key that proves who wrote a journal: given by option or environment, else from a file of the user's own.

The file is made at the first change, of random digits. It is complete before it has its name, so two tasks that come at
the same time get the same key, and no task reads half of one.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets as random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ansible.module_utils.basic import env_fallback

from .._domain.journal import LONGEST, MOST_SECRETS, Seal, secrets
from .._domain.operation import HostError, Refused
from . import trusted_path

VARIABLE: Final = "WINDEFEND_MAPS_JOURNAL_KEY"
FILE: Final = "~/.windefend.maps/journal.key"
WHAT: Final = "the key of the journal"
OTHERWISE: Final = f". If no file can be kept, give the key by journal_key or {VARIABLE}"
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "journal_key": {"type": "str", "no_log": True, "fallback": (env_fallback, [VARIABLE])},
}


@dataclass(frozen=True)
class Key:
    """Where the key comes from: `given`, or where that is empty the file."""

    given: str = field(default="", repr=False)
    folder: Path | None = None
    """That of the journal, in which the file must not lie."""
    _found: list[Seal] = field(default_factory=list, init=False, repr=False, compare=False)
    """The key, once it was read: a sweep asks for each host."""

    def __post_init__(self) -> None:
        """Raises Refused for a key that is none."""
        if self.given:
            _seal(self.given, "journal_key")

    def known(self) -> Seal | None:
        """The key, None where there is none yet. Raises HostError."""
        if self.given:
            return _seal(self.given, "journal_key")
        if not self._found:
            with trusted_path.before_any_change(WHAT, OTHERWISE):
                self._found.extend([self._read()] if os.path.lexists(_path()) else [])
        return self._found[0] if self._found else None

    def made(self) -> Seal:
        """The key, made where there is none yet. Raises HostError."""
        found = self.known()
        if found is not None:
            return found
        path = _path()
        with trusted_path.before_any_change(WHAT, OTHERWISE):
            trusted_path.make_folder(path.parent)
            self._demand(path)
            _make(path)
            return self._read()

    def _demand(self, path: Path) -> None:
        if self.folder is not None and path.resolve().is_relative_to(self.folder.resolve()):
            raise HostError(
                f"{WHAT}: {path} would be in the directory of the journal, {self.folder}, so everyone who can write "
                "there could sign records; keep the journal in another directory"
            )
        trusted_path.demand_folder(path.parent, WHAT)

    def _read(self) -> Seal:
        path = _path()
        handle = trusted_path.open_file(path, os.O_RDONLY, WHAT, private=True)
        with os.fdopen(handle, "rb") as stream:
            content = stream.read((LONGEST + 1) * MOST_SECRETS + 1)
        self._demand(path)
        return _seal(content.decode("ascii", "replace"), str(path))


def _path() -> Path:
    try:
        return Path(FILE).expanduser().absolute()
    except RuntimeError as error:
        raise HostError(f"{WHAT}: {error} Give it by journal_key or {VARIABLE}") from error


@functools.lru_cache(maxsize=8)
def _seal(text: str, where: str) -> Seal:
    try:
        return Seal(secrets(text))
    except ValueError as error:
        raise Refused(f"{where}: {error}") from None


def _make(path: Path) -> None:
    """A link is made as open() with O_EXCL makes a file: only where nothing has the name."""
    handle, temporary = tempfile.mkstemp(prefix=".journal.key.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(random.token_hex(32).encode("ascii") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path, follow_symlinks=False)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(temporary).unlink(missing_ok=True)
