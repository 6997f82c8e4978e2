"""What goes of our key on the host once runs were taken back, and what stays because it still says something.

A copy that nothing proves stays: it may be evidence. One that is damaged goes where that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Set as AbstractSet
from dataclasses import dataclass

from ..._windows import registry
from ..._windows.cmdline import Command
from ..operation import Ask, HostError, Operation, was_found
from .choice import Choice, Merged, active
from .copy import KEY, id_of, parse_own, write_copy
from .record import JournalContents, Record

Ids = AbstractSet[tuple[str, str]]


@dataclass(frozen=True)
class OwnKey:
    """What goes of our key."""

    to_delete: tuple[str, ...]
    whole: bool

    @property
    def shown(self) -> list[str]:
        """The key, or its values."""
        return [KEY] if self.whole else [f"{KEY}\\{name}" for name in self.to_delete]


def own_key(
    host: JournalContents, merged: Merged, choice: Choice, owed: frozenset[tuple[str, str]], skip_damaged: bool
) -> OwnKey:
    """`owed` names the records of loosenings that are owed, also one about to be written; they stay until paid."""
    taken, proven, unproven = _ids(choice.records), _ids(merged.proven), _ids(merged.unproven)
    stays = (_ids(active(merged.proven)) | owed | unproven) - taken | (_ids(host.records) - proven - unproven)
    fates = [(value.name, _fate(value.name, host, proven, stays, skip_damaged)) for value in host.values]
    goes = tuple(name for name, found_fate in fates if found_fate == "goes")
    something_stays = bool(owed) or any(found_fate == "stays" for _unused, found_fate in fates)
    foreign = any(found_fate == "foreign" for _unused, found_fate in fates)
    if not something_stays and not host.partial and (choice.run or not foreign):
        return OwnKey(tuple(name for name, _unused in fates), whole=bool(fates))
    if not choice.run and something_stays:
        return OwnKey(tuple(name for name in goes if name in host.damaged), whole=False)
    return OwnKey(goes, whole=False)


def _ids(records: Iterable[Record]) -> Ids:
    return {record.id for record in records}


def _fate(name: str, host: JournalContents, proven: Ids, stays: Ids, skip_damaged: bool) -> str:
    """Whether a value of our key goes, stays, or is foreign."""
    id_ = id_of(name)
    if name in host.damaged and id_ not in proven:
        return "goes" if skip_damaged else "stays"
    return "foreign" if id_ is None else "stays" if id_ in stays else "goes"


def commands(own: OwnKey, choice: Choice, mark: Record) -> dict[str, Command]:
    """Our key goes, or what of it is no longer true; before that, where some stays, the mark is written."""
    if own.whole:
        return {"remove": registry.delete_key(KEY).with_errors()}
    if not own.to_delete:
        return {}
    marking = write_copy(mark)[0] if choice.run else {}
    removing = {f"remove {name}": registry.delete_value(KEY, name).with_errors() for name in own.to_delete}
    return {**marking, **removing}


def forget(own: OwnKey, choice: Choice, mark: Record) -> Operation[None]:
    """Sends the commands and looks. Raises HostError."""
    sent = commands(own, choice, mark)
    if not sent:
        return
    answer = yield Ask({**sent, "after": registry.query(KEY)})
    left = {value.name for value in parse_own(answer["after"]).values} & set(own.to_delete)
    if left or (own.whole and was_found(answer["after"])):
        raise HostError(
            f"everything was restored, but {KEY} could not be removed: "
            + " ".join(answer[name].text.strip() for name in sent)
        )
