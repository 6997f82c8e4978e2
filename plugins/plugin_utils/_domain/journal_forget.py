"""What goes of our key on the host once runs were taken back, and what stays because it still says something.

A copy that nothing proves stays: it may be evidence. One that is damaged goes where that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._windows import registry
from .._windows.cmdline import Command
from .journal_choice import Choice, Merged, live
from .journal_copy import KEY, copying, id_of, parse_own
from .journal_record import Kept, Record
from .operation import Ask, DomainError, Operation, found


@dataclass(frozen=True)
class Own:
    """What goes of our key."""

    goes: tuple[str, ...]
    whole: bool

    @property
    def shown(self) -> list[str]:
        """The key, or its values."""
        return [KEY] if self.whole else [f"{KEY}\\{name}" for name in self.goes]


def own(host: Kept, merged: Merged, choice: Choice, owed: frozenset[tuple[str, str]], skip_damaged: bool) -> Own:
    """`owed` names the records of loosenings that are owed, also one about to be written; they stay until paid."""
    taken = {record.id for record in choice.records}
    standing = {record.id for record in live(merged.proven)} - taken
    proven = {record.id for record in merged.proven}
    stays = (standing | owed | {record.id for record in merged.unproven}) - taken
    goes: list[str] = []
    stay: list[str] = []
    foreign: list[str] = []
    foreign_ids = {record.id for record in host.records} - proven - {record.id for record in merged.unproven}
    names = tuple(value.name for value in host.values)
    for name in names:
        id_ = id_of(name)
        if name in host.damaged and id_ not in proven:
            (goes if skip_damaged else stay).append(name)
        elif id_ is None:
            foreign.append(name)
        elif id_ in stays or id_ in foreign_ids:
            stay.append(name)
        else:
            goes.append(name)
    damaged = tuple(name for name in goes if name in host.damaged)
    if not (stay or owed) and not host.partial and (choice.run or not foreign):
        return Own(names, whole=bool(names))
    if not choice.run and (stay or owed):
        return Own(damaged, whole=False)
    return Own(tuple(goes), whole=False)


def commands(own: Own, choice: Choice, mark: Record) -> dict[str, Command]:
    """Our key goes, or what of it is no longer true; before that, where some stays, the mark is written."""
    if own.whole:
        return {"remove": registry.delete_key(KEY).with_errors()}
    if not own.goes:
        return {}
    marking = copying(mark)[0] if choice.run else {}
    removing = {f"remove {name}": registry.delete_value(KEY, name).with_errors() for name in own.goes}
    return {**marking, **removing}


def forget(own: Own, choice: Choice, mark: Record) -> Operation[None]:
    """Sends the commands and looks. Raises DomainError."""
    sent = commands(own, choice, mark)
    if not sent:
        return
    answer = yield Ask({**sent, "after": registry.query(KEY)})
    left = {value.name for value in parse_own(answer["after"]).values} & set(own.goes)
    if left or (own.whole and found(answer["after"])):
        raise DomainError(
            f"everything was restored, but {KEY} could not be removed: "
            + " ".join(answer[name].text.strip() for name in sent)
        )
