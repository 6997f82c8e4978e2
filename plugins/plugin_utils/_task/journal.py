"""The journal on the controller, one file a host, and the base of the actions that keep it.

A file is named after the address that the connection really goes to, so that `delegate_to` and `ansible_host` cannot
mix two hosts up. It only grows: a new text takes the place of the old one in one step, when it is on the disk, so
nobody reads half of a line, whatever is killed. The directory and the files are for their owner alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .._domain.journal import Writer, journaled
from .._domain.journal_record import Kept, Record, check_run, line, parse_file
from .._domain.operation import DomainError, Operation, Refused
from .._remote.host import Host
from . import atomic_file
from .action import HostAction, Task

LONGEST_NAME = 120
OPTIONS: dict[str, dict[str, Any]] = {
    "journal": {"type": "path"},
    "journal_run": {"type": "str"},
}


def file_name(address: str) -> str:
    """The name of a host's file: its address, what no file name should hold percent-encoded, long ones shortened."""
    name = quote(address.lower(), safe="")
    if len(name) > LONGEST_NAME:
        name = f"{name[:LONGEST_NAME]}-{hashlib.sha256(address.lower().encode()).hexdigest()[:16]}"
    return f"{name}.jsonl"


class Store:
    """The journals in one directory of the controller; `address` says whose."""

    def __init__(self, directory: str, address: str) -> None:
        self.path = Path(directory).expanduser() / file_name(address)

    def read(self) -> Kept:
        """What the host's file holds; nothing where there is none. Raises DomainError."""
        try:
            return parse_file(self._content())
        except OSError as error:
            raise DomainError(f"journal: {error}") from error

    def _content(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def append(self, record: Record) -> None:
        """Adds a record; what stands there stays, byte for byte, damaged or not. Raises DomainError."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                content = self._content()
                end = b"" if not content or content.endswith(b"\n") else b"\n"
                self._replace(content + end + line(record).encode("ascii") + b"\n")
        except OSError as error:
            raise DomainError(f"journal: {error}; nothing was changed on the host") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time: two tasks may go to one address."""
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _replace(self, content: bytes) -> None:
        atomic_file.write(str(self.path), content, 0o600)


class JournalAction(HostAction):
    """An action with the option `journal`, a directory on the controller."""

    def with_journal(self, store: Store | None, task: Task) -> Operation[dict[str, Any]]:
        """The operation; `store` is None where no journal was given. Raises Refused."""
        raise NotImplementedError

    def prepared(self, host: Host, task: Task) -> Operation[dict[str, Any]]:
        directory = task.arguments["journal"]
        self.host = host
        if directory == "":
            task.arguments["journal_run"] = directory = None
        if directory is not None and not Path(directory).is_absolute():
            raise Refused(
                f"journal: {directory} is no absolute path; begin for example with '~/' or '{{{{ playbook_dir }}}}/'"
            )
        return self.with_journal(None if directory is None else Store(directory, host.address), task)


class ChangingAction(JournalAction):
    """An action that changes the host, and with a journal writes down what was there before."""

    def with_journal(self, store: Store | None, task: Task) -> Operation[dict[str, Any]]:
        run = task.arguments["journal_run"]
        if store is None:
            if run is not None:
                raise Refused("journal_run goes with journal only: it names the run there")
            return self.operation(task)
        try:
            run = check_run(run or f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}")
        except ValueError as error:
            raise Refused(f"journal_run: {error}") from None
        writer = Writer(
            run=run,
            module=self._task.action.rpartition(".")[2],
            host=self.host.name,
            address=self.host.address,
            ledger=store,
            clock=lambda: dt.datetime.now(dt.UTC),
        )
        return journaled(self.operation(task), writer)
