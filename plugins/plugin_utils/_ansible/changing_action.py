"""The journal on the controller, one file a host, and the base of the actions that keep it.

A file is named after the address that the connection really goes to, so that `delegate_to` and `ansible_host` cannot
mix two hosts up. It only grows: a new text takes the place of the old one in one step, when it is on the disk, so
nobody reads half of a line, whatever is killed. The directory and the files are for their owner alone, and are refused
where others may write them (see `trusted_path`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .._domain.journal import JournalContents, Record, Writer, check_run, journaled, line, parse_file
from .._domain.operation import HostError, Operation, Refused
from .._remote import Host
from . import atomic_file, journal_key, trusted_path
from .host_action import HostAction, Task
from .journal_key import Key

LONGEST_NAME = 120
OPTIONS: dict[str, dict[str, Any]] = {
    "journal": {"type": "path"},
    "journal_run": {"type": "str"},
    **journal_key.OPTIONS,
}
WHAT = "journal"
LARGEST_FILE = 16 * 1024 * 1024
"""Bytes of a host's file: thousands of changes, each with a whole machine.config."""


def file_name(address: str) -> str:
    """The name of a host's file: its address, what no file name should hold percent-encoded, long ones shortened."""
    name = quote(address.lower(), safe="")
    if len(name) > LONGEST_NAME:
        name = f"{name[:LONGEST_NAME]}-{hashlib.sha256(address.lower().encode()).hexdigest()[:16]}"
    return f"{name}.jsonl"


class Store:
    """The journals in one directory of the controller; `address` says whose. `group`: its group may write there."""

    def __init__(self, directory: str, address: str, group: bool = False) -> None:
        self.path = Path(directory).expanduser() / file_name(address)
        self._group = group

    def read(self) -> JournalContents:
        """What the host's file holds; nothing where there is none. Raises HostError."""
        with trusted_path.before_any_change(WHAT):
            return parse_file(self._content())

    def _content(self) -> bytes:
        trusted_path.demand_folder(self.path.parent, WHAT, self._group)
        try:
            handle = trusted_path.open_file(self.path, os.O_RDONLY, WHAT, self._group)
        except FileNotFoundError:
            return b""
        with os.fdopen(handle, "rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise HostError(
                f"{WHAT}: {self.path} has more than {LARGEST_FILE} bytes; move it away, or check what made it grow"
            )
        return content

    def append(self, record: Record) -> None:
        """Adds a record; what stands there stays, byte for byte, damaged or not. Raises HostError."""
        with trusted_path.before_any_change(WHAT):
            trusted_path.make_folder(self.path.parent)
            trusted_path.demand_folder(self.path.parent, WHAT, self._group)
            with trusted_path.locked(self.path, WHAT, self._group):
                content = self._content()
                end = b"" if not content or content.endswith(b"\n") else b"\n"
                content += end + line(record).encode("ascii") + b"\n"
                atomic_file.write(str(self.path), content, 0o600)


class JournalAction(HostAction):
    """An action with the options `journal`, a directory on the controller, and `journal_key`."""

    def with_journal(self, store: Store | None, key: Key, task: Task) -> Operation[dict[str, Any]]:
        """The operation; `store` is None where no journal was given. Raises Refused."""
        raise NotImplementedError

    def prepared(self, host: Host, task: Task) -> Operation[dict[str, Any]]:
        directory = task.arguments["journal"]
        given = task.arguments["journal_key"] or ""
        self.host = host
        if directory == "":
            task.arguments["journal_run"] = directory = None
        if directory is not None and not Path(directory).is_absolute():
            raise Refused(
                f"journal: {directory} is not an absolute path; "
                "start it for example with '~/' or '{{ playbook_dir }}/'"
            )
        if directory is None:
            return self.with_journal(None, Key(given), task)
        # Who may write the folder cannot sign, where the key comes from elsewhere.
        store = Store(directory, host.address, group=bool(given))
        return self.with_journal(store, Key(given, store.path.parent), task)


class ChangingAction(JournalAction):
    """An action that changes the host, and with a journal writes down what was there before."""

    def with_journal(self, store: Store | None, key: Key, task: Task) -> Operation[dict[str, Any]]:
        run = task.arguments["journal_run"]
        if store is None:
            if run is not None:
                raise Refused("journal_run requires journal")
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
            seal=key.made,
            clock=lambda: dt.datetime.now(dt.UTC),
        )
        return journaled(self.operation(task), writer)
