r"""The copy of a journal on the host: values of one registry key.

The key lies directly below HKLM\SOFTWARE, whose rights it inherits: administrators and SYSTEM may write, users may read
(sure: see docs/evidence.md). A record there is JSON, compressed and in letters that need no quoting, in as many
values as its length needs; their names sort by time. Whatever bytes lie there, reading gives records that were checked
as a whole, and problems, one line each, that name the value.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable
from typing import Final

from ..._windows import registry
from ..._windows.cmdline import Command, Outcome, why_unread
from ..operation import Fact, HostError, was_found
from .record import MACHINE, SCHEMA, JournalContents, Record, canonical, first_of, from_json, loads, to_json, unpacked

KEY: Final = registry.OWN_KEY
MACHINE_KEY: Final = r"HKLM\SOFTWARE\Microsoft\Cryptography"
"""MachineGuid, made when Windows is installed (likely): tells a journal of this machine from that of one that had the
address before."""
LONGEST_PART: Final = 3000
"""Characters of a registry value, so that the command that writes it fits into one line beside a change."""
LARGEST_COPY: Final = 64 * 1024
"""Bytes of a record's JSON on the host, which the writer keeps to and beyond which nothing is decompressed."""
MOST_BYTES_OF_KEY: Final = 1024 * 1024
MOST_VALUES: Final = 2000
TIDY: Final = "; delete everything there except the records of this collection"
MOST_BROKEN: Final = 100
_VALUE = re.compile(
    r"(?P<at>\d{8}T\d{6}\.\d{6}Z)\.(?P<run>[A-Za-z0-9][A-Za-z0-9_-]{0,63})\.(?P<part>\d{1,3})-(?P<parts>\d{1,3})",
    re.ASCII,
)


def host_values(record: Record) -> dict[str, str]:
    """The values of our key that hold a record: name -> text, in the order in which they must be written."""
    plain = canonical(to_json(record, contents=False)).encode("ascii")
    if len(plain) > LARGEST_COPY:
        raise HostError(
            f"the record has {len(plain)} bytes, but a host can store at most {LARGEST_COPY}, so nothing was "
            "changed. Change less in one task, or run without a journal"
        )
    packed = zlib.compress(plain, 9)
    text = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    parts = [text[start : start + LONGEST_PART] for start in range(0, len(text), LONGEST_PART)]
    return {
        f"{record.at}.{record.run}.{number}-{len(parts)}": f"{SCHEMA}.{part}" for number, part in enumerate(parts, 1)
    }


def write_copy(record: Record) -> tuple[dict[str, Command], Command]:
    """The commands that write the copy on the host, and one that succeeds only when all of it is there.

    Each part is written only after the one before it, so that the last one shows that all are there.
    """
    commands: dict[str, Command] = {}
    there: Command | None = None
    for name, text in host_values(record).items():
        write = registry.add(KEY, name, "REG_SZ", text).with_errors()
        commands[f"journal:{name}"] = write if there is None else there.then_if_ok(write)
        there = registry.query_alone(KEY, name).quiet().with_errors()
    if there is None:
        raise AssertionError("a record is never empty")
    return commands, there


def read_machine(outcome: Outcome) -> str:
    """MachineGuid; empty where there is none, or none that a record can name."""
    value = registry.value(outcome.output, "MachineGuid") if was_found(outcome) else None
    machine = value.data.lower() if value is not None and isinstance(value.data, str) else ""
    return machine if MACHINE.fullmatch(machine) else ""


MACHINE_GUID: Final = Fact.of("journal.machine", registry.query(MACHINE_KEY, "MachineGuid"), read_machine)
"""Which machine this is."""


def parse_own(outcome: Outcome) -> JournalContents:
    """The records in our key. A record of which parts are missing broke off before its change, so it counts as none."""
    if outcome.exit_code is None:
        why = why_unread(outcome) or f"{KEY} is too large, so nothing was read from it"
        return JournalContents(problems=(why,), partial=True)
    if not was_found(outcome):
        return JournalContents()
    values, damaged, problems, partial = _values(outcome.output)
    parts: dict[tuple[str, str], dict[int, registry.Value]] = {}
    wanted: dict[tuple[str, str], int] = {}
    for value in values:
        match = _VALUE.fullmatch(value.name)
        if match is not None:
            id_ = (match["at"], match["run"])
            wanted[id_] = int(match["parts"])
            parts.setdefault(id_, {})[int(match["part"])] = value
    records = []
    for id_, numbered in sorted(parts.items()):
        if len(numbered) < wanted[id_]:
            continue
        try:
            records.append(_unpacked(id_, [numbered[number] for number in sorted(numbered)]))
        except ValueError as error:
            names = [value.name for value in numbered.values()]
            damaged += names
            problems.append(f"{KEY}, value {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}: {error}")
    return JournalContents(tuple(records), first_of(problems), tuple(values), tuple(damaged), partial)


OWN_KEY: Final = Fact.of("journal.own", registry.query(KEY).up_to(MOST_BYTES_OF_KEY), parse_own)
"""What our key holds. Ask it last in a line, since it may be cut off."""


def _values(output: bytes) -> tuple[list[registry.Value], list[str], list[str], bool]:
    """The values of our key, the names of those that break its form, what is wrong, and whether there is more."""
    problems: list[str] = []
    broken: list[str] = []
    if len(output) > MOST_BYTES_OF_KEY:
        problems.append(f"{KEY} has {len(output)} bytes of output, more than the limit of {MOST_BYTES_OF_KEY}{TIDY}")
    try:
        keys = registry.parse(output[:MOST_BYTES_OF_KEY])
    except registry.ParseError as error:
        keys = ()
        problems.append(f"{KEY}: {error}{TIDY}")
    values = [value for key in keys for value in key.values.values()]
    if len(values) > MOST_VALUES:
        problems.append(f"{KEY} has {len(values)} values, more than the limit of {MOST_VALUES}{TIDY}")
    broken = [value.name for value in values if value.problem][:MOST_BROKEN]
    partial = bool(problems) or len(broken) == MOST_BROKEN
    problems += [
        f"{KEY}, value {name!a}: it contains a line end, or data that does not match its type" for name in broken
    ]
    problems += [f"{KEY}: a name there contains a line end{TIDY}" for key in keys if key.rest]
    return [value for value in values if not value.problem][:MOST_VALUES], broken, problems, partial


def _unpacked(id_: tuple[str, str], parts: Iterable[registry.Value]) -> Record:
    texts = []
    for value in parts:
        version, dot, text = value.data.partition(".") if isinstance(value.data, str) else ("", "", "")
        if value.type != "REG_SZ" or not dot or not re.fullmatch(r"[0-9]{1,4}", version):
            raise ValueError("it is not a REG_SZ that begins with the version of its schema")
        if int(version) > SCHEMA:
            raise ValueError(
                f"a newer version of this collection wrote it (schema {version}). Update the collection on the "
                "controller"
            )
        texts.append(text)
    text = "".join(texts)
    packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    record = from_json(loads(unpacked(packed, LARGEST_COPY), LARGEST_COPY))
    if record.id != id_:
        raise ValueError("its time or run does not match the name of the value")
    return record


def id_of(name: str) -> tuple[str, str] | None:
    """Moment and run in the name of a value of our key; None for one that holds no record."""
    match = _VALUE.fullmatch(name)
    return (match["at"], match["run"]) if match else None
