"""Takes runs back: every place becomes what it was before them, and nothing of ours stays.

Everything is read and judged before the first change. A place that is neither what it was before nor what the last run
made of it was changed by somebody else since, and then nothing is touched, unless that was asked for. Each step can be
taken again, and our key, by which the host knows what was done to it, goes last; so a rollback that broke off is
finished by the next one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._windows import registry
from .._windows.cmdline import Command, Outcome
from . import as_system, journal_files
from .defender import VERSION
from .journal_choice import LAST, Choice, Target, choose, listed, live, merge
from .journal_places import AdvancedSettings, File, Place, RegistryValue
from .journal_record import (
    KEY,
    Kept,
    Ledger,
    Newer,
    Record,
    at_of,
    copying,
    moment,
    parse_own,
    read_machine,
    reading,
)
from .journal_state import State, handler, keys_of
from .operation import Ask, DomainError, Operation, found

States = dict[Place, State]


@dataclass(frozen=True)
class Wish:
    """What the user asks for."""

    run: str
    source: str
    force: bool
    check_mode: bool
    now: float
    """POSIX time."""


def rollback(wish: Wish, ledger: Ledger | None, warnings: list[str]) -> Operation[dict[str, Any]]:
    """Takes back what `wish` names; `ledger` is the journal on the controller, None where none was given.

    Returns changed, run, reason, runs, before, after, removed, conflicts. Raises DomainError.
    """
    controller = _read_ledger(ledger, wish.source)
    answer = yield Ask({**reading(), "root": registry.query(VERSION, "SystemRoot")})
    machine, host = read_machine(answer["journal.machine"]), parse_own(answer["journal.own"])
    records = merge(wish.source, controller, host, machine, warnings)
    choice = choose(records, wish.run)
    targets = choice.targets
    before = yield from _read(targets, choice)
    conflicts = [_conflict(target, before.states[target.place]) for target in targets if _foreign(target, before)]
    result: dict[str, Any] = {
        "run": choice.run or None,
        "reason": choice.reason,
        "runs": listed(records),
        "before": _shown(targets, before.states),
        "after": _shown(targets, {target.place: target.before for target in targets}),
        "conflicts": conflicts,
    }
    if conflicts and not wish.force:
        raise DomainError(
            "somebody else changed since what is to be taken back, so nothing was touched: "
            f"{'; '.join(one['what'] for one in conflicts)}. Look at conflicts, and use force to write over it",
            **{**result, "after": result["before"]},
        )
    if conflicts:
        warnings.append(f"written over although somebody else had changed it: {[one['what'] for one in conflicts]}")
    root = _system_root(answer["root"])
    removed = yield from as_system.sweep(root, wish.now, wish.check_mode, warnings)
    own = _own(host, choice, records)
    removed += [*before.files, *before.empty_keys, *own.shown]
    differing = [target for target in targets if not _is_restored(target, before.states)]
    result |= {"changed": bool(differing or removed), "removed": removed}
    if wish.check_mode:
        return result
    if differing or before.files or before.empty_keys:
        yield from _restore(targets, before)
    last = max((record.at for record in (*records, *(controller.records if controller else ()))), default="")
    at = moment(dt.datetime.fromtimestamp(wish.now, dt.UTC), last)
    mark = Record(at, choice.run or LAST, "undone", machine=machine, since=choice.since)
    try:
        yield from _forget(own, choice, mark)
    except DomainError as error:
        raise DomainError(str(error), before=result["before"], after=result["after"]) from error
    known = {record.id for record in controller.records} if controller is not None else set()
    if ledger is not None and known & {record.id for record in choice.records}:
        ledger.append(mark)
    return result


def _read_ledger(ledger: Ledger | None, source: str) -> Kept | None:
    if ledger is None:
        return None
    try:
        return ledger.read()
    except Newer:
        if source != "host":
            raise
        return None  # not gone by, so it need not be understood


def _system_root(outcome: Outcome) -> str:
    stored = registry.value(outcome.output, "SystemRoot") if found(outcome) else None
    return stored.data.rstrip("\\") if stored is not None and isinstance(stored.data, str) else "C:\\Windows"


@dataclass(frozen=True)
class _Seen:
    """What is on the host."""

    states: States
    files: tuple[str, ...]
    """Files of ours that are there."""
    empty_keys: tuple[str, ...]
    """Keys that a change of ours made and that hold nothing else, from below, the 32-bit ones with a mark."""


def _key_commands(targets: list[Target]) -> dict[tuple[str, int], Command]:
    """The keys that changes of ours made, from below, and what lists each."""
    keys: set[tuple[str, int]] = set()
    for target in targets:
        if isinstance(target.place, RegistryValue):
            keys |= {(key, target.place.view) for key in keys_of(target.place)[: target.before["missing"]]}
    return {key: registry.query(key[0], view=key[1]) for key in sorted(keys, key=lambda key: -len(key[0]))}


def _our_files(choice: Choice) -> list[str]:
    places = [undo.place for record in choice.records for undo in record.undo if isinstance(undo.place, File)]
    return list(dict.fromkeys(path for place in places for path in (place.new, place.backup)))


def _read(targets: list[Target], choice: Choice) -> Operation[_Seen]:
    commands: dict[str, Command] = {}
    for target in targets:
        commands.update(handler(target.place).reading(target.place))
    ours = _our_files(choice)
    keys = _key_commands(targets)
    commands.update({f"list {key[1]} {key[0]}": command for key, command in keys.items()})
    commands.update(journal_files.looking(ours))
    if not commands:
        return _Seen({}, (), ())
    answer = yield Ask(commands)
    if answer.truncated:
        raise DomainError("what is to be taken back is larger than what is read of a host; nothing was changed")
    states = {target.place: handler(target.place).read(target.place, answer.outcomes) for target in targets}
    there = tuple(path for path in ours if answer[f"look {path}"].ok)
    return _Seen(states, there, tuple(_empty(targets, keys, answer.outcomes)))


def _empty(
    targets: list[Target], keys: Mapping[tuple[str, int], Command], outcomes: Mapping[str, Outcome]
) -> list[str]:
    """Which keys are, or will be, empty: nothing is in them but values that go and keys that go."""
    gone: set[tuple[str, int]] = set()
    for key, view in keys:
        outcome = outcomes[f"list {view} {key}"]
        if not found(outcome):
            continue
        going = {
            target.place.name.lower()
            for target in targets
            if isinstance(target.place, RegistryValue)
            and (target.place.key.lower(), target.place.view) == (key.lower(), view)
            and target.before["value"] is None
        }
        below = registry.keys_below(registry.parse(outcome.output), key)
        values = set(below.pop("").values) if "" in below else set()
        subkeys = {name for name in below if (f"{key}\\{name}".lower(), view) not in gone}
        if not values - going and not subkeys:
            gone.add((key.lower(), view))
    return [_key_name(key, view) for key, view in keys if (key.lower(), view) in gone]


def _key_name(key: str, view: int) -> str:
    return key if view == 64 else f"{key} (32-bit view)"


def _foreign(target: Target, seen: _Seen) -> bool:
    """Whether somebody else changed a place since: it is neither before nor after any of what we know."""
    now, own = seen.states[target.place], handler(target.place)
    return not (
        own.same(now, target.before)
        or own.same(now, target.last.before)
        or own.reached(now, target.last.intended)
        or own.partly(now, target.before)
    )


def _conflict(target: Target, now: State) -> dict[str, Any]:
    return {"what": target.place.label, "before": target.before, "made": target.last.intended, "now": now}


def _is_restored(target: Target, states: States) -> bool:
    return handler(target.place).same(states[target.place], target.before)


def _shown(targets: list[Target], states: States) -> list[dict[str, Any]]:
    internal = ("missing", "others")
    return [
        {
            "what": target.place.label,
            "state": {name: value for name, value in states[target.place].items() if name not in internal},
        }
        for target in targets
    ]


def _restore(targets: list[Target], seen: _Seen) -> Operation[None]:
    said: list[str] = []
    states = seen.states
    # What netsh writes comes first, and the registry's values twice: netsh may have written them anew.
    ordered = sorted(targets, key=lambda target: not isinstance(target.place, AdvancedSettings))
    for _round in range(2):
        commands: dict[str, Command] = {}
        for target in ordered:
            restoring = handler(target.place).restoring(target.place, states[target.place], target.before)
            commands |= {f"restore {target.place.label} {n}": one.with_errors() for n, one in enumerate(restoring)}
        if not commands:
            break
        reading_again: dict[str, Command] = {}
        for target in ordered:
            reading_again.update(handler(target.place).reading(target.place))
        answer = yield Ask({**commands, **reading_again})
        said += [answer[name].text.strip() for name in commands if not answer[name].ok]
        states = {target.place: handler(target.place).read(target.place, answer.outcomes) for target in ordered}
    for target in targets:
        if isinstance(target.place, File) and not _is_restored(target, states):
            backups = [target.place.backup]
            yield from journal_files.restore(target.place, target.before["sha256"], backups, target.content)
    if seen.files:
        left = yield from journal_files.remove(seen.files)
        if left:
            raise DomainError(f"files of ours could not be removed: {', '.join(left)}")
    yield from _remove_keys(targets)
    after = yield from _read(targets, Choice("", "", ()))
    failed = [target for target in targets if not _is_restored(target, after.states)]
    if failed:
        raise DomainError(
            f"not everything could be brought back: {', '.join(target.place.label for target in failed)}"
            + (f"; what was said: {' '.join(said)}" if said else "")
            + ". Is the account elevated, is tamper protection on, or does a policy write the value again? What was "
            "done is still written down, so this can be tried again",
            before=_shown(targets, seen.states),
            after=_shown(targets, after.states),
        )


def _remove_keys(targets: list[Target]) -> Operation[None]:
    """Removes the keys that changes of ours made, where they are empty now."""
    keys = _key_commands(targets)
    if not keys:
        return
    answer = yield Ask({f"list {view} {key}": command for (key, view), command in keys.items()})
    named = {_key_name(key, view): (key, view) for key, view in keys}
    chosen = [named[name] for name in _empty([], keys, answer.outcomes)]
    if chosen:
        yield Ask({f"remove {view} {key}": registry.delete_key(key, view=view).with_errors() for key, view in chosen})


@dataclass(frozen=True)
class _Own:
    """What goes of our key."""

    goes: tuple[str, ...]
    whole: bool

    @property
    def shown(self) -> list[str]:
        return [KEY] if self.whole else [f"{KEY}\\{name}" for name in self.goes]


def _own(host: Kept, choice: Choice, records: list[Record]) -> _Own:
    """Values of changes that no longer stand go, and the whole key where nothing is left to say."""
    taken = {record.id for record in choice.records}
    known = {record.id for record in live([*records, *host.records])} - taken
    standing = {record.at for record in host.records if record.id in known}
    ours = tuple(name for name in host.names if at_of(name))
    if not standing and (choice.run or ours == host.names):
        return _Own(host.names, whole=bool(host.names))
    if not choice.run and standing:
        return _Own((), whole=False)
    return _Own(tuple(name for name in ours if at_of(name) not in standing), whole=False)


def _forget(own: _Own, choice: Choice, mark: Record) -> Operation[None]:
    """Our key goes, or what of it is no longer true; before that, where some stays, it is said what was taken back."""
    if own.whole:
        commands = {"remove": registry.delete_key(KEY).with_errors()}
    elif own.goes:
        commands = copying(mark)[0] if choice.run else {}
        commands |= {f"remove {name}": registry.delete_value(KEY, name).with_errors() for name in own.goes}
    else:
        return
    answer = yield Ask({**commands, "after": registry.query(KEY)})
    left = set(parse_own(answer["after"]).names) & set(own.goes)
    if left or (own.whole and found(answer["after"])):
        raise DomainError(
            f"everything was brought back, but {KEY} could not be removed: "
            + " ".join(answer[name].text.strip() for name in commands)
        )
