"""Writes down what was there before an operation changes it, on the controller and on the host.

An operation names the places that it may change and, before a line that changes, what it is about to make of them (see
`operation.Ask`). Around it stands `journaled`: it reads the places along with the operation's own first line, and puts
the copy for the host in front of the change, in the same line. A change runs only when the copy is there, and the line
is sent only when the controller has written the record down.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from ..._windows.cmdline import Command, Outcome
from ..operation import Answer, Ask, Change, HostError, NothingChanged, Operation, Place, intercept
from .copy import KEY, MACHINE_GUID, write_copy
from .record import Ledger, Record, Undo, canonical, from_json, next_timestamp, to_json
from .seal import Seal
from .states import State, demand_restorable, handler_for

T = TypeVar("T")


@dataclass(frozen=True)
class Writer:
    """Who writes the journal; a record goes to the ledger before the host hears of it."""

    run: str
    module: str
    host: str
    address: str
    ledger: Ledger
    seal: Callable[[], Seal]
    """What proves who wrote a record, asked for once something changes. Raises HostError where there is no key."""
    clock: Callable[[], dt.datetime]


def journaled(operation: Operation[T], writer: Writer) -> Operation[T]:
    """The operation, with a journal. Raises what the operation raises, and HostError where the journal fails."""
    return JournalWriter(writer).around(writer.module, operation)


class JournalWriter:
    """A journal around several operations on one host, one after the other: what is known of the places so far."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._states: dict[Place, State] = {}
        self._machine: str | None = None

    @property
    def run(self) -> str:
        """The run that the records belong to."""
        return self._writer.run

    def around(self, module: str, operation: Operation[T]) -> Operation[T]:
        """The operation of a module, with the journal. Raises what the operation raises, and HostError."""
        self._writer = replace(self._writer, module=module)
        return intercept(operation, self.carry)

    def carry(self, ask: Ask) -> Operation[Answer]:
        if ask.changes:
            return (yield from self._change(ask))
        if ask.may_change:
            return (yield from self._read_along(ask))
        return (yield ask)

    def _read_along(self, ask: Ask) -> Operation[Answer]:
        """The operation's line, with the reading of the places; a command that both ask for runs once."""
        own = {command.text: name for name, command in ask.commands.items()}
        wanted: dict[str, Command] = {**MACHINE_GUID.commands}
        for place in ask.may_change:
            wanted.update(handler_for(place).reading(place))
        added = {text: command for text, command in wanted.items() if text not in own}
        answer = yield replace(ask, commands={**ask.commands, **added}, may_change=())
        outcomes = {**answer.outcomes, **{text: answer.outcomes[name] for text, name in own.items()}}
        self._note(ask.may_change, outcomes, answer.truncated)
        return replace(answer, outcomes={name: answer.outcomes[name] for name in ask.commands})

    def _note(self, places: tuple[Place, ...], outcomes: Mapping[str, Outcome], truncated: bool) -> None:
        if truncated:
            return  # the operation judges what that means for it; what it then changes is read again, alone
        self._machine = MACHINE_GUID.parse(outcomes)
        for place in places:
            self._states[place] = handler_for(place).read(place, outcomes)

    def _change(self, ask: Ask) -> Operation[Answer]:
        changes = {change.place: change for found in ask.changes.values() for change in found}
        yield from self._read_missing(changes)
        record = self._record(changes)
        copies, there = write_copy(record)
        self._writer.ledger.append(record)
        if ask.stdin is not None:  # with input for a command there can be but one line, which is full enough
            answer = yield Ask(copies)
            self._demand_copied(answer, copies)
            copies = {}
        guarded = {
            name: there.then_if_ok(command) if name in ask.changes else command
            for name, command in ask.commands.items()
        }
        answer = yield replace(ask, commands={**copies, **guarded})
        self._demand_copied(answer, copies)
        for place in changes:
            self._states.pop(place, None)
        return replace(answer, outcomes={name: answer.outcomes[name] for name in ask.commands})

    def _read_missing(self, changes: Mapping[Place, Change]) -> Operation[None]:
        places = [place for place, change in changes.items() if change.before is None and place not in self._states]
        if not places and self._machine is not None:
            return
        wanted: dict[str, Command] = {**MACHINE_GUID.commands}
        for place in places:
            wanted.update(handler_for(place).reading(place))
        answer = yield Ask(wanted)
        if answer.truncated:
            raise HostError(
                "the current state is too large to be read from the host, so it cannot be recorded, and nothing was "
                f"changed: {', '.join(place.label for place in places)}"
            )
        self._note(tuple(places), answer.outcomes, truncated=False)

    def _record(self, changes: Mapping[Place, Change]) -> Record:
        writer = self._writer
        undo = []
        for place, change in changes.items():
            before = self._states[place] if change.before is None else change.before
            demand_restorable(place, before)
            undo.append(Undo(place, before, change.intended.to_json(), change.content))
        if not self._machine:
            raise HostError(
                "this host has no MachineGuid, which identifies its journal, so nothing was changed. Create it "
                "(every Windows installation has one), or run without a journal"
            )
        seal = writer.seal()
        known = (record.at for record in writer.ledger.read().records if seal.verifies(record))
        record = Record(
            at=next_timestamp(writer.clock(), max(known, default="")),
            run=writer.run,
            host=writer.host,
            address=writer.address,
            machine=self._machine,
            module=writer.module,
            undo=tuple(undo),
        )
        _demand_readable(record)
        return seal.signed(record)

    def _demand_copied(self, answer: Answer, copies: Mapping[str, Command]) -> None:
        for name in copies:
            outcome = answer.outcomes[name]
            if not outcome.ok:
                raise NothingChanged(
                    f"the copy of the journal on the host could not be written to {KEY} (exit code "
                    f"{outcome.exit_code}), so nothing was changed; output of reg: {outcome.text.strip() or 'none'}. "
                    "Check that the account is elevated"
                )


def _demand_readable(record: Record) -> None:
    """Raises HostError where a reader would call the record damaged: a place or a state outside the table."""
    try:
        from_json(json.loads(canonical(to_json(record, contents=True))))
    except ValueError as error:
        raise HostError(
            f"{record.module} is about to make a change that this version cannot undo, so nothing was changed: "
            f"{error}. This is a bug in the collection; please report it"
        ) from error
