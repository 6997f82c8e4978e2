"""What a journal holds: one record a change, as a line of a file and as values of one registry key of the host.

A line of the file is JSON with a checksum, so that a line that was cut is found; `copy` has the host's. Both
say the version of their schema; what a newer version wrote is never guessed at. Who wrote a record is another question:
see `seal`. Whatever bytes lie in a file, reading gives records that were checked as a whole, and problems, one
line each.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import secrets
import zlib
from dataclasses import dataclass, fields as dataclass_fields, replace
from typing import Any, Final, Protocol

from ..._windows.registry import Value
from ..operation import LARGEST_FILE, Json, Place, json_forms, places as operation_places
from . import allowed

SCHEMA: Final = 2
"""1 had no code of authentication: what is left of it is read, and believed as little as any copy without a code."""
LONGEST_FIELD: Final = 512
STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
LARGEST_LINE: Final = 2 * 1024 * 1024
MOST_PLACES: Final = 64
SHOWN_PROBLEMS: Final = 10
_MOMENT = re.compile(r"\d{8}T\d{6}\.\d{6}Z", re.ASCII)
MACHINE = re.compile(r"[0-9a-z{}-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9_-]{43}")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


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
    """One change; or (`kind` undone) that those from `since` on were taken back; or (`loosened`) that a rollback left
    `SSLOptions` weaker than it found it, which is owed."""

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
    mac: str = ""
    """What proves who wrote it; empty: nothing does."""

    @property
    def id(self) -> tuple[str, str]:
        return self.at, self.run


class Ledger(Protocol):
    """The journal of a host on the controller."""

    def read(self) -> JournalContents:
        """Everything in it. Raises HostError."""

    def append(self, record: Record) -> None:
        """Writes a record down, so that nothing takes it away again. Raises HostError."""


@dataclass(frozen=True)
class JournalContents:
    """What one of the two places holds: the records, and what cannot be read of it, one line each."""

    records: tuple[Record, ...] = ()
    problems: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    """On the host: all values of our key."""
    damaged: tuple[str, ...] = ()
    """On the host: the names of those that cannot be read."""
    partial: bool = False
    """On the host: there is more in our key than could be looked at."""


def check_run(name: str) -> str:
    """The name of a run when a file and a registry value can carry it; raises ValueError otherwise."""
    if not _RUN.fullmatch(name):
        raise ValueError(
            f"{name!a} is not a valid name for a run (1 to 64 ASCII letters, digits, - and _, starting with a "
            "letter or digit)"
        )
    return name


def new_run(now: dt.datetime) -> str:
    """A name for a run that begins now."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def next_timestamp(now: dt.datetime, after: str) -> str:
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
            "place": operation_places.to_json(one.place),
            "before": one.before,
            "intended": one.intended,
        }
        if contents and one.content is not None:
            entry["content"] = base64.b64encode(zlib.compress(one.content, 9)).decode("ascii")
        undo.append(entry)
    plain = {name: value for name, value in vars(record).items() if name != "undo" and value != ""}
    return {"schema": SCHEMA, **plain, "undo": undo}


def from_json(data: Json) -> Record:
    """The record in JSON: the one place where its form, its sizes, and what its module can have written are checked.

    Raises ValueError, whatever `data` is.
    """
    schema = _schema(data)
    fields = {name: value for name, value in data.items() if name not in ("schema", "undo")}
    if not set(fields) <= _TEXTS or "at" not in fields or "run" not in fields:
        raise ValueError("it has other fields than a record")
    for value in fields.values():
        json_forms.text(value, LONGEST_FIELD)
    entries = data.get("undo")
    if not isinstance(entries, list) or len(entries) > MOST_PLACES:
        raise ValueError(f"it has no list of at most {MOST_PLACES} places")
    record = Record(**fields, undo=tuple(_undo(fields.get("module", ""), one) for one in entries))
    _check_fields(record)
    return record if schema == SCHEMA else replace(record, mac="")


def _schema(data: Json) -> int:
    schema = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(schema, int) or isinstance(schema, bool):
        raise ValueError("it has no schema")
    if schema > SCHEMA:
        raise ValueError(
            f"a newer version of this collection wrote it (schema {schema}, this one knows {SCHEMA}). Update the "
            "collection on the controller"
        )
    return schema


def _check_fields(record: Record) -> None:
    check_run(record.run)
    _check_moment(record.at)
    if record.kind not in ("change", "undone", "loosened"):
        raise ValueError(f"{record.kind!a} is not a kind of record")
    if record.kind == "undone":
        _check_moment(record.since)
    elif record.since:
        raise ValueError("only an undone change has a start")
    if (record.kind == "undone" and record.undo) or (record.kind == "loosened") != (record.module == "rollback"):
        raise ValueError("its kind does not match its places")
    if record.machine and not MACHINE.fullmatch(record.machine):
        raise ValueError("its machine is not valid")
    if record.mac and not _CODE.fullmatch(record.mac):
        raise ValueError("its authentication code is not valid")


_TEXTS: Final = frozenset(one.name for one in dataclass_fields(Record)) - {"undo"}


def _check_moment(text: str) -> None:
    if not _MOMENT.fullmatch(text) or not "1990" < text < "9000":
        raise ValueError(f"{text!a} is not a time")
    dt.datetime.strptime(text, STAMP)


def _undo(module: str, entry: Json) -> Undo:
    if not isinstance(entry, dict) or not {"place", "before", "intended"} <= set(entry) <= _UNDO:
        raise ValueError("a place has other fields than it should have")
    content = None
    if "content" in entry:
        packed = base64.b64decode(json_forms.text(entry["content"], LARGEST_LINE), validate=True)
        content = unpacked(packed, LARGEST_FILE)
    undo = Undo(operation_places.from_json(entry["place"]), entry["before"], entry["intended"], content)
    allowed.check(module, undo.place, undo.before, undo.intended, content)
    return undo


_UNDO: Final = frozenset({"place", "before", "intended", "content"})


def unpacked(packed: bytes, limit: int) -> bytes:
    """What zlib packed, of at most `limit` bytes, none of which are made beyond that. Raises ValueError."""
    worker = zlib.decompressobj()
    try:
        found = worker.decompress(packed, limit + 1)
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked: {error}") from None
    if len(found) > limit:
        raise ValueError(f"it unpacks to more than {limit} bytes")
    if not worker.eof or worker.unused_data:
        raise ValueError("it is cut off, or something follows it")
    return found


def loads(text: bytes, limit: int) -> Json:
    """JSON of ASCII letters, at most `limit` bytes. Raises ValueError, also for what is nested without end."""
    if len(text) > limit:
        raise ValueError(f"it has more than {limit} bytes")
    try:
        return json.loads(text.decode("ascii"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def canonical(data: Json) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def line(record: Record) -> str:
    """A line of the file, without its end."""
    data = to_json(record, contents=True)
    return canonical({**data, "sum": hashlib.sha256(canonical(data).encode("ascii")).hexdigest()})


def parse_file(content: bytes) -> JournalContents:
    """The records in a file."""
    records, problems = [], []
    lines = content.split(b"\n")
    if lines.pop():
        problems.append(f"line {len(lines) + 1} is cut off")
    for number, raw in enumerate(lines, 1):
        try:
            data = loads(raw, LARGEST_LINE)
            if not isinstance(data, dict):
                raise ValueError("it is not an object")
            claimed = data.pop("sum", "")
            record = from_json(data)
            if hashlib.sha256(canonical(data).encode("ascii")).hexdigest() != claimed:
                raise ValueError("it was altered: its checksum does not match")
        except ValueError as error:
            problems.append(f"line {number} cannot be read: {error}")
        else:
            records.append(record)
    return JournalContents(tuple(records), first_of(problems))


def first_of(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - SHOWN_PROBLEMS
    return tuple(problems[:SHOWN_PROBLEMS] + ([f"and {more} more of that kind"] if more > 0 else []))


def differs(one: Record, other: Record) -> bool:
    """Whether two copies of a record disagree, contents of files and the names of the host apart."""

    def core(record: Record) -> Any:
        return {**to_json(record, contents=False), "host": "", "address": "", "mac": ""}

    return bool(core(one) != core(other))
