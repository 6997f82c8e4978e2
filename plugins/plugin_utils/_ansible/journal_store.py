"""The journal on the controller, one file a host, and the base of the actions that keep it.

A file is named after the address that the connection really goes to, so that `delegate_to` and `ansible_host` cannot
mix two hosts up. It only grows: a new text takes the place of the old one in one step, when it is on the disk, so
nobody reads half of a line, whatever is killed. The directory and the files are for their owner alone, and are refused
where others may write them (see `trusted_path`).
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .._domain.journal import JournalContents, Record, Writer, check_run, line, new_run, parse_file
from .._domain.operation import HostError, Refused
from .._remote import Host
from . import atomic_file, journal_key, trusted_path
from .host_action import Task
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
            return self._within_bounds(stream.read(LARGEST_FILE + 1))

    def _within_bounds(self, content: bytes) -> bytes:
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
            with trusted_path.locked(self.path, WHAT, self._group) as handle:
                content = self._within_bounds(os.pread(handle, LARGEST_FILE + 1, 0))
                end = b"" if not content or content.endswith(b"\n") else b"\n"
                content += end + line(record).encode("ascii") + b"\n"
                atomic_file.write(str(self.path), content, 0o600)


def demand_absolute(option: str, directory: str | Path) -> None:
    """Raises Refused for a journal that each working directory would have elsewhere."""
    if not Path(directory).is_absolute():
        raise Refused(
            f"{option}: {directory} is not an absolute path; start it for example with '~/' or "
            "'{{ playbook_dir }}/'"
        )


def journal_of(task: Task, host: Host) -> tuple[Store | None, Key]:
    """The journal that a task names for a host, None where it names none, and its key. Raises Refused."""
    directory = task.arguments["journal"]
    given = task.arguments["journal_key"] or ""
    if directory == "":
        task.arguments["journal_run"] = directory = None
    if directory is None:
        return None, Key(given)
    demand_absolute("journal", directory)
    # Who may write the folder cannot sign, where the key comes from elsewhere.
    store = Store(directory, host.address, group=bool(given))
    return store, _key(given, store.path.parent)


@functools.lru_cache(maxsize=4)
def _key(given: str, folder: Path) -> Key:
    """One for all hosts of a sweep: the file of the key is read once."""
    return Key(given, folder)


def writer_of(module: str, host: Host, store: Store | None, key: Key, task: Task) -> Writer | None:
    """Who writes the records of a task on a host; None where no journal was given. Raises Refused."""
    run = task.arguments["journal_run"]
    if store is None:
        if run is not None:
            raise Refused("journal_run requires journal")
        return None
    try:
        run = check_run(run or new_run(dt.datetime.now(dt.UTC)))
    except ValueError as error:
        raise Refused(f"journal_run: {error}") from None
    task.arguments["journal_run"], task.journaled = run, True
    return Writer(
        run=run,
        module=module,
        host=host.name,
        address=host.address,
        ledger=store,
        seal=key.made,
        clock=lambda: dt.datetime.now(dt.UTC),
    )
