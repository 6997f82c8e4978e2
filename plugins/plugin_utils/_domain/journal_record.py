r"""What a journal holds: one record a change, as a line of a file and as values of one registry key of the host.

The key lies directly below HKLM\SOFTWARE, whose rights it inherits: administrators and SYSTEM may write, users may read
(sure: see docs/evidence.md). A record there is JSON, compressed and in letters that need no quoting, in as many
values as its length needs; their names sort by time. A line of the file is JSON with a checksum, so that a line that
was cut or altered is found. Both say the version of their schema; what a newer version wrote is never guessed at.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .._windows import registry
from .._windows.cmdline import Command, Outcome
from . import journal_places
from .journal_places import Json, Place
from .operation import DomainError, found

SCHEMA: Final = 1
KEY: Final = registry.OWN_KEY
MOST_OWN: Final = 512 * 1024
"""Bytes of our key on a host, which every change makes longer by some hundreds."""
MACHINE_KEY: Final = r"HKLM\SOFTWARE\Microsoft\Cryptography"
"""MachineGuid, made when Windows is installed (likely): tells a journal of this machine from that of one that had the
address before."""
LONGEST_PART: Final = 3000
"""Characters of a registry value, so that the command that writes it fits into one line beside a change."""
STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VALUE = re.compile(r"(?P<at>\d{8}T\d{6}\.\d{6}Z)\.(?P<run>[A-Za-z0-9_-]+)\.(?P<part>\d+)-(?P<parts>\d+)")


class Newer(DomainError):
    """A journal that a newer version of the collection wrote."""


@dataclass(frozen=True)
class Undo:
    """One place, what it was before, and what it was to become."""

    place: Place
    before: Json
    intended: Json
    content: bytes | None = None
    """What a file held; never in the copy on the host, which has the backup beside the file."""


@dataclass(frozen=True)
class Record:
    """One change, or (`kind` undone) that those from `since` on were taken back."""

    at: str
    """UTC, `20261124T111400.123456Z`: sorts as text."""
    run: str
    kind: str = "change"
    host: str = ""
    """Name in the inventory."""
    address: str = ""
    """Where the connection really went."""
    machine: str = ""
    module: str = ""
    undo: tuple[Undo, ...] = ()
    since: str = ""

    @property
    def id(self) -> tuple[str, str]:
        return self.at, self.run


class Ledger(Protocol):
    """The journal of a host on the controller."""

    def read(self) -> Kept:
        """Everything in it. Raises DomainError, Newer."""

    def append(self, record: Record) -> None:
        """Writes a record down, so that nothing takes it away again. Raises DomainError."""


@dataclass(frozen=True)
class Kept:
    """What one of the two places holds: the records, and what cannot be read of it, one line each."""

    records: tuple[Record, ...] = ()
    problems: tuple[str, ...] = ()
    names: tuple[str, ...] = field(default=())
    """On the host: the names of all values of our key."""


def check_run(name: str) -> str:
    """The name of a run when a file and a registry value can carry it; raises ValueError otherwise."""
    if not _RUN.fullmatch(name):
        raise ValueError(f"{name!a} is no name for a run: 1 to 64 ASCII letters, digits, - and _, the first no sign")
    return name


def moment(now: dt.datetime, after: str) -> str:
    """`now` as a record's moment, or the one after `after`, where a clock went back or two are asked for at once."""
    stamp = now.strftime(STAMP)
    if stamp > after:
        return stamp
    return (dt.datetime.strptime(after, STAMP).replace(tzinfo=dt.UTC) + dt.timedelta(microseconds=1)).strftime(STAMP)


def to_json(record: Record, contents: bool) -> dict[str, Json]:
    """A record as JSON; `contents` says whether the contents of files go along."""
    undo: list[Json] = []
    for one in record.undo:
        entry: dict[str, Json] = {
            "place": journal_places.to_json(one.place),
            "before": one.before,
            "intended": one.intended,
        }
        if contents and one.content is not None:
            entry["content"] = base64.b64encode(zlib.compress(one.content, 9)).decode("ascii")
        undo.append(entry)
    plain = {name: value for name, value in vars(record).items() if name != "undo" and value != ""}
    return {"schema": SCHEMA, **plain, "undo": undo}


def from_json(data: Json) -> Record:
    """The record in JSON. Raises Newer, ValueError."""
    if not isinstance(data, dict) or not isinstance(data.get("schema"), int):
        raise ValueError("it names no schema")
    if data["schema"] > SCHEMA:
        raise Newer(
            f"the journal was written by a newer version of this collection (schema {data['schema']}, this one knows "
            f"{SCHEMA}). Update the collection on the controller"
        )
    try:
        undo = tuple(_undo(one) for one in data["undo"])
        texts = {name: value for name, value in data.items() if name not in ("schema", "undo", "sum")}
        record = Record(**texts, undo=undo)
        moment = re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z", record.at)
        if not moment or not all(isinstance(text, str) for text in texts.values()):
            raise ValueError("it has fields of a wrong form")
        check_run(record.run)
    except (KeyError, TypeError, zlib.error) as error:
        raise ValueError(f"it is no record: {error!r}") from None
    return record


def _undo(entry: Mapping[str, Json]) -> Undo:
    content = entry.get("content")
    return Undo(
        journal_places.from_json(entry["place"]),
        entry["before"],
        entry["intended"],
        None if content is None else zlib.decompress(base64.b64decode(content, validate=True)),
    )


def _text(data: Json) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def line(record: Record) -> str:
    """A line of the file, without its end."""
    data = to_json(record, contents=True)
    return _text({**data, "sum": hashlib.sha256(_text(data).encode("ascii")).hexdigest()})


def parse_file(content: bytes) -> Kept:
    """The records in a file. Raises Newer."""
    records, problems = [], []
    lines = content.split(b"\n")
    if lines.pop():
        problems.append(f"line {len(lines) + 1} is cut off")
    for number, raw in enumerate(lines, 1):
        try:
            data = json.loads(raw.decode("ascii"))
            if not isinstance(data, dict):
                raise ValueError("it is no object")
            claimed = data.pop("sum", "")
            record = from_json(data)
            if hashlib.sha256(_text(data).encode("ascii")).hexdigest() != claimed:
                raise ValueError("it was altered: its checksum does not fit")
        except ValueError as error:
            problems.append(f"line {number} cannot be read: {error}")
        else:
            records.append(record)
    return Kept(tuple(records), tuple(problems))


def host_values(record: Record) -> dict[str, str]:
    """The values of our key that hold a record: name -> text, in the order in which they must be written."""
    packed = zlib.compress(_text(to_json(record, contents=False)).encode("ascii"), 9)
    text = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    parts = [text[start : start + LONGEST_PART] for start in range(0, len(text), LONGEST_PART)]
    return {
        f"{record.at}.{record.run}.{number}-{len(parts)}": f"{SCHEMA}.{part}" for number, part in enumerate(parts, 1)
    }


def copying(record: Record) -> tuple[dict[str, Command], Command]:
    """The commands that write the copy on the host, and one that succeeds only when all of it is there.

    Each part is written only after the one before it, so that the last one stands for all.
    """
    commands: dict[str, Command] = {}
    there: Command | None = None
    for name, text in host_values(record).items():
        write = registry.add(KEY, name, "REG_SZ", text).with_errors()
        commands[f"journal:{name}"] = write if there is None else there.then_if_ok(write)
        there = registry.query(KEY, name).quiet().with_errors()
    if there is None:
        raise AssertionError("a record is never empty")
    return commands, there


def reading() -> dict[str, Command]:
    """The commands that read which machine this is, and our key."""
    return {
        "journal.machine": registry.query(MACHINE_KEY, "MachineGuid"),
        "journal.own": registry.query(KEY).up_to(MOST_OWN),
    }


def read_machine(outcome: Outcome) -> str:
    """MachineGuid; empty where there is none."""
    value = registry.value(outcome.output, "MachineGuid") if found(outcome) else None
    return value.data.lower() if value is not None and isinstance(value.data, str) else ""


def parse_own(outcome: Outcome) -> Kept:
    """The records in our key. A record of which parts are missing broke off before its change, so it counts as none.

    Raises Newer.
    """
    values: list[registry.Value] = []
    if found(outcome):
        values = [value for key in registry.parse(outcome.output) for value in key.values.values()]
    parts: dict[tuple[str, str], dict[int, str]] = {}
    wanted: dict[tuple[str, str], int] = {}
    problems = []
    for value in values:
        match = _VALUE.fullmatch(value.name)
        if match is None:
            continue
        version, dot, text = str(value.data).partition(".")
        if dot and version.isdecimal() and int(version) > SCHEMA:
            raise Newer(f"the copy on the host was written by a newer version of this collection (schema {version})")
        id_ = (match["at"], match["run"])
        wanted[id_] = int(match["parts"])
        parts.setdefault(id_, {})[int(match["part"])] = text
    records = []
    for id_, found_parts in sorted(parts.items()):
        if len(found_parts) < wanted[id_]:
            continue
        try:
            records.append(_unpacked(id_, [found_parts[number] for number in sorted(found_parts)]))
        except (ValueError, zlib.error) as error:
            problems.append(f"the value {'.'.join(id_)} of {KEY} cannot be read: {error}")
    return Kept(tuple(records), tuple(problems), tuple(value.name for value in values))


def _unpacked(id_: tuple[str, str], parts: Iterable[str]) -> Record:
    text = "".join(parts)
    packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    record = from_json(json.loads(zlib.decompress(packed)))
    if record.id != id_:
        raise ValueError("it names another moment or run than its value")
    return record


def at_of(name: str) -> str:
    """The moment in the name of a value of our key; empty for one that holds no record."""
    match = _VALUE.fullmatch(name)
    return match["at"] if match else ""


def differs(one: Record, other: Record) -> bool:
    """Whether two copies of a record disagree, contents of files and the names of the host apart."""

    def core(record: Record) -> Any:
        return {**to_json(record, contents=False), "host": "", "address": ""}

    return bool(core(one) != core(other))
