"""From what two journals hold to what shall be taken back: nothing is asked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..operation import HostError, Operation, Place, Warn, warn
from .record import JournalContents, Record, Undo, differs
from .seal import Seal

SOURCES = ("auto", "controller", "host")
LAST = "last"


@dataclass(frozen=True)
class Target:
    """A place, what it was before everything that is taken back, and what the last of that meant to make of it."""

    place: Place
    before: Any
    last: Undo
    content: bytes | None


@dataclass(frozen=True)
class Choice:
    """What to take back. `run` empty: there is nothing."""

    run: str
    since: str
    records: tuple[Record, ...]
    reason: str = ""
    """Why there is nothing."""

    @property
    def targets(self) -> list[Target]:
        """Every place once, the one changed last first."""
        first: dict[Place, Undo] = {}
        last: dict[Place, Undo] = {}
        contents: dict[Place, bytes | None] = {}
        for record in self.records:
            for undo in record.undo:
                contents.setdefault(undo.place, undo.content)
                first.setdefault(undo.place, undo)
                last.pop(undo.place, None)
                last[undo.place] = undo
        return [
            Target(first[place].place, first[place].before, undo, contents[place])
            for place, undo in reversed(last.items())
        ]


@dataclass(frozen=True)
class Merged:
    """What two journals hold of this machine, in order."""

    proven: list[Record]
    unproven: list[Record]
    """Of which nothing shows that this collection wrote them."""


@dataclass(frozen=True)
class Trust:
    """By what records are believed."""

    source: str
    machine: str
    seal: Seal | None
    """None: there is no key, so nothing is proven."""
    skip_damaged: bool = False


def merge(trust: Trust, controller: JournalContents | None, host: JournalContents) -> Operation[Merged]:
    """The records to go by. Raises HostError where they cannot be trusted."""
    if trust.source == "controller" and controller is None:
        raise HostError("source=controller requires journal, the directory of the journals on the controller")
    journals = {"controller": controller, "host": host}
    chosen = {name: one for name, one in journals.items() if one is not None and trust.source in ("auto", name)}
    proven, unproven = yield from _told_apart(chosen, trust)
    for name, kept in chosen.items():
        others = [one for other, one in chosen.items() if other != name]
        whole = any(not one.problems and any(record.id in proven for record in one.records) for one in others)
        yield from warn(*_judge_problems(name, kept, trust, whole))
    return Merged([proven[id_] for id_ in sorted(proven)], [unproven[id_] for id_ in sorted(unproven)])


Records = dict[tuple[str, str], Record]


def _told_apart(chosen: Mapping[str, JournalContents], trust: Trust) -> Operation[tuple[Records, Records]]:
    """The records that are proven, and those of which no copy is."""
    proven: Records = {}
    unproven: Records = {}
    for name, kept in chosen.items():
        for record in (yield from _of_this_machine(name, kept, trust)):
            if trust.seal is not None and trust.seal.verifies(record):
                _demand_alike(proven.setdefault(record.id, record), record)
            else:
                unproven.setdefault(record.id, record)
    altered = [id_ for id_ in unproven if id_ in proven and differs(unproven[id_], proven[id_])]
    if altered:
        yield Warn(f"skipped copies of {_named(altered)}, because they were altered")
    return proven, {id_: record for id_, record in unproven.items() if id_ not in proven}


def _demand_alike(one: Record, other: Record) -> None:
    """Raises HostError where two proven copies of a record disagree."""
    if differs(one, other):
        raise HostError(
            f"the journals on the controller and on the host disagree about what was done at {other.at} in the run "
            f"{other.run}: one of them was altered. Nothing was changed; select one with source"
        )


def _named(ids: Iterable[tuple[str, str]]) -> str:
    return ", ".join(".".join(id_) for id_ in ids)


def _judge_problems(name: str, kept: JournalContents, trust: Trust, other_whole: bool) -> list[str]:
    """What to warn of. Raises HostError where the records that are left may not do."""
    if not kept.problems:
        return []
    trouble = f"the journal on the {name} is damaged: {'; '.join(kept.problems)}"
    if not trust.skip_damaged and (trust.source == name or not other_whole):
        raise HostError(
            f"{trouble}. Nothing was changed, because these records of the host cannot be read. Restore the journal "
            "from a backup, select the other one with source, or inspect the records and skip them with "
            "skip_damaged, which also deletes them on the host"
        )
    return [f"{trouble}; these records were skipped"]


def _of_this_machine(name: str, kept: JournalContents, trust: Trust) -> Operation[list[Record]]:
    mine = [record for record in kept.records if record.machine in ("", trust.machine)]
    others = {record.machine for record in kept.records if record.kind == "change"} - {"", trust.machine}
    if others:
        trouble = (
            f"the journal on the {name} also holds changes of another machine (MachineGuid "
            f"{', '.join(sorted(others))}, here {trust.machine or 'unknown'}); they do not apply to this one"
        )
        if trust.source == name and not mine:
            raise HostError(f"{trouble}, and it has no changes of this one, so nothing was changed")
        yield Warn(trouble)
    return mine


def active(records: Iterable[Record]) -> list[Record]:
    """The changes that were not taken back: no mark later than they are reaches back to them."""
    known = list(records)
    standing: set[tuple[str, str]] = set()
    reaches_back_to = "9"
    # From the last one back, marks behind the changes of the same moment: each record is looked at once.
    for record in sorted(known, key=lambda one: (one.at, one.kind == "change"), reverse=True):
        if record.kind == "undone":
            reaches_back_to = min(reaches_back_to, record.since)
        elif record.kind == "change" and record.at < reaches_back_to:
            standing.add(record.id)
    return [record for record in known if record.kind == "change" and record.id in standing]


def select(records: list[Record], run: str) -> Choice:
    """The changes of a run and of all after it; with `last`, of the last run that changed something here.

    A run that was taken back stays the last one, so that asking twice does not take two runs back.
    """
    standing = active(records)
    records = [record for record in records if record.kind != "loosened"]
    if run == LAST:
        if not records:
            return Choice("", "", (), "no journal contains a change of this host")
        if records[-1].kind == "undone" or not standing:
            return Choice("", "", (), f"the last run, {records[-1].run}, was already undone")
        run = standing[-1].run
    chosen = [record for record in standing if record.run == run]
    if not chosen:
        was = any(record.run == run for record in records)
        known = ", ".join(dict.fromkeys(record.run for record in standing)) or "none"
        why = "was already undone" if was else f"is not in this host's journal (known runs: {known})"
        return Choice("", "", (), f"Run {run} {why}")
    since = chosen[0].at
    return Choice(run, since, tuple(record for record in standing if record.at >= since))


def run_summaries(records: list[Record]) -> list[dict[str, Any]]:
    """The runs as results show them, the oldest first."""
    standing = {record.id for record in active(records)}
    runs: dict[str, dict[str, Any]] = {}
    for record in records:
        if record.kind != "change":
            continue
        run = runs.setdefault(
            record.run, {"run": record.run, "first": record.at, "last": record.at, "changes": 0, "undone": True}
        )
        run["last"] = record.at
        run["changes"] += 1
        run["undone"] = run["undone"] and record.id not in standing
    return list(runs.values())
