"""From what two journals hold to what shall be taken back: pure, nothing is asked here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .journal_places import Place
from .journal_record import Kept, Record, Undo, differs
from .operation import DomainError

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


def merge(source: str, controller: Kept | None, host: Kept, machine: str, warnings: list[str]) -> list[Record]:
    """The records to go by, in order. Raises DomainError where they cannot be trusted."""
    kept: list[Kept] = []
    controller = _of_this_machine(controller, machine, source, warnings)
    for name, one in (("controller", controller), ("host", host)):
        if one is None or source not in ("auto", name):
            continue
        if not one.problems:
            kept.append(one)
            continue
        other = host if name == "controller" else controller
        trouble = f"the journal on the {name} is damaged: {'; '.join(one.problems)}"
        if source == name or other is None or other.problems or not other.records:
            raise DomainError(
                f"{trouble}. Nothing was changed, because what it said of this host is not known; bring the journal "
                "back from a backup, or choose the other one with source"
            )
        warnings.append(f"{trouble}; the other one was gone by alone")
    if source == "controller" and controller is None:
        raise DomainError("source=controller needs journal, the folder of the journals on the controller")
    merged: dict[tuple[str, str], Record] = {}
    for one in kept:
        for record in one.records:
            old = merged.setdefault(record.id, record)
            if differs(old, record):
                raise DomainError(
                    f"the journals on the controller and on the host disagree about what was done at {record.at} in "
                    f"the run {record.run}: one of them was altered. Nothing was changed; choose one with source"
                )
    return [merged[id_] for id_ in sorted(merged)]


def _of_this_machine(kept: Kept | None, machine: str, source: str, warnings: list[str]) -> Kept | None:
    if kept is None:
        return None
    others = {record.machine for record in kept.records if record.kind == "change"} - {machine}
    if not others:
        return kept
    mine = tuple(record for record in kept.records if record.machine == machine)
    trouble = (
        "the journal on the controller also holds changes of another machine that had this address (MachineGuid "
        f"{', '.join(sorted(others)) or 'unknown'}, here {machine or 'unknown'}); they do not concern this one"
    )
    if source == "controller" and not mine:
        raise DomainError(f"{trouble}, and it holds none of this one, so nothing was changed")
    warnings.append(trouble)
    return Kept(mine, kept.problems)


def live(records: Iterable[Record]) -> list[Record]:
    """The changes that were not taken back."""
    known = list(records)
    marks = [record for record in known if record.kind == "undone"]
    return [
        record
        for record in known
        if record.kind == "change" and not any(mark.since <= record.at < mark.at for mark in marks)
    ]


def choose(records: list[Record], run: str) -> Choice:
    """The changes of a run and of all after it; with `last`, of the last run that changed something here.

    A run that was taken back stays the last one, so that asking twice does not take two runs back.
    """
    standing = live(records)
    if run == LAST:
        if not records:
            return Choice("", "", (), "neither journal holds a change of this host")
        if records[-1].kind == "undone" or not standing:
            return Choice("", "", (), f"the last run, {records[-1].run}, was taken back already")
        run = standing[-1].run
    chosen = [record for record in standing if record.run == run]
    if not chosen:
        was = any(record.run == run for record in records)
        known = ", ".join(dict.fromkeys(record.run for record in standing)) or "none"
        why = "was taken back already" if was else f"changed nothing here (runs that did: {known})"
        return Choice("", "", (), f"the run {run} {why}")
    since = chosen[0].at
    return Choice(run, since, tuple(record for record in standing if record.at >= since))


def listed(records: list[Record]) -> list[dict[str, Any]]:
    """The runs as results show them, the oldest first."""
    standing = {record.id for record in live(records)}
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
