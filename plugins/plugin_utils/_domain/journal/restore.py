"""How a rollback writes: every command is built, and found to fit, before the first one is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._windows import registry
from ..._windows.cmdline import CannotCarry, Command, Outcome
from ..operation import (
    AdvancedSettings,
    Ask,
    File,
    HostError,
    Operation,
    Place,
    Refused,
    RegistryValue,
    file_transfer,
    was_found,
)
from .choice import Choice, Target
from .states import State, demand_carried, handler_for, keys_of

States = dict[Place, State]


@dataclass(frozen=True)
class Seen:
    """What is on the host."""

    states: States
    files: tuple[str, ...]
    """Files beside others that a change made and that are there."""
    empty_keys: tuple[str, ...]
    """Keys that a change made and that hold nothing else, from below, the 32-bit ones with a mark."""


def _key_commands(targets: list[Target]) -> dict[tuple[str, int], Command]:
    """The keys that changes made, from below, and what lists each."""
    keys: set[tuple[str, int]] = set()
    for target in targets:
        if isinstance(target.place, RegistryValue):
            keys |= {(key, target.place.view) for key in keys_of(target.place)[: target.before["missing"]]}
    return {key: registry.query(key[0], view=key[1]) for key in sorted(keys, key=lambda key: -len(key[0]))}


def our_files(choice: Choice) -> list[str]:
    """The files that the chosen changes put beside others."""
    places = [undo.place for record in choice.records for undo in record.undo if isinstance(undo.place, File)]
    return list(dict.fromkeys(path for place in places for path in (place.new, place.backup)))


def read(targets: list[Target], ours: list[str]) -> Operation[Seen]:
    """What is at the targets, and which of `ours`, files that changes made, are there. Raises HostError."""
    commands: dict[str, Command] = {}
    for target in targets:
        commands.update(handler_for(target.place).reading(target.place))
    keys = _key_commands(targets)
    commands.update({f"list {key[1]} {key[0]}": command for key, command in keys.items()})
    commands.update(file_transfer.looking(ours))
    if not commands:
        return Seen({}, (), ())
    answer = yield Ask(commands)
    if answer.truncated:
        raise HostError("the state to undo is too large to be read from the host; nothing was changed")
    states = {target.place: handler_for(target.place).read(target.place, answer.outcomes) for target in targets}
    there = tuple(path for path in ours if answer[f"look {path}"].ok)
    return Seen(states, there, tuple(_empty(targets, keys, answer.outcomes)))


def _empty(
    targets: list[Target], keys: Mapping[tuple[str, int], Command], outcomes: Mapping[str, Outcome]
) -> list[str]:
    """Which keys are, or will be, empty: nothing is in them but values that go and keys that go."""
    gone: set[tuple[str, int]] = set()
    for key, view in keys:
        outcome = outcomes[f"list {view} {key}"]
        if not was_found(outcome):
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


def is_restored(target: Target, states: States) -> bool:
    """Whether a place is what it is to become."""
    return handler_for(target.place).same(states[target.place], target.before)


def shown(targets: list[Target], states: States) -> list[dict[str, Any]]:
    """The places as results show them."""
    internal = ("missing", "others")
    return [
        {
            "what": target.place.label,
            "state": {name: value for name, value in states[target.place].items() if name not in internal},
        }
        for target in targets
    ]


def demand_restorable(targets: list[Target], seen: Seen, more: list[Command]) -> None:
    """Builds every command that `restore` may send, and `more`. Raises Refused where one cannot be carried."""
    what = "the data to be sent"
    try:
        for command in more:
            demand_carried(command)
        for target in targets:
            what = target.place.label
            own = handler_for(target.place)
            for command in own.restoring(target.place, seen.states[target.place], target.before):
                demand_carried(command)
            if isinstance(target.place, File):
                for command in file_transfer.commands(target.place, target.content):
                    demand_carried(command)
        for key, view in _key_commands(targets):
            what = key
            demand_carried(registry.delete_key(key, view=view))
        for path in seen.files:
            what = path
            demand_carried(file_transfer.removing(path))
    except (CannotCarry, ValueError, Refused) as error:
        raise Refused(f"{what} cannot be restored, so nothing was changed: {error}") from error


def restore(targets: list[Target], seen: Seen) -> Operation[None]:
    """Makes every target what it was and reads it again. Raises HostError."""
    said: list[str] = []
    states = seen.states
    # What netsh writes comes first, and the registry's values twice: netsh may have written them anew.
    ordered = sorted(targets, key=lambda target: not isinstance(target.place, AdvancedSettings))
    for _round in range(2):
        commands: dict[str, Command] = {}
        for target in ordered:
            restoring = handler_for(target.place).restoring(target.place, states[target.place], target.before)
            commands |= {f"restore {target.place.label} {n}": one.with_errors() for n, one in enumerate(restoring)}
        if not commands:
            break
        reading_again: dict[str, Command] = {}
        for target in ordered:
            reading_again.update(handler_for(target.place).reading(target.place))
        answer = yield Ask({**commands, **reading_again})
        said += [answer[name].text.strip() for name in commands if not answer[name].ok]
        states = {target.place: handler_for(target.place).read(target.place, answer.outcomes) for target in ordered}
    for target in targets:
        if isinstance(target.place, File) and not is_restored(target, states):
            backups = [target.place.backup]
            yield from file_transfer.restore(target.place, target.before["sha256"], backups, target.content)
    if seen.files:
        left = yield from file_transfer.remove(seen.files)
        if left:
            raise HostError(f"files that were created could not be removed: {', '.join(left)}")
    yield from _remove_keys(targets)
    after = yield from read(targets, [])
    failed = [target for target in targets if not is_restored(target, after.states)]
    if failed:
        raise HostError(
            f"not everything could be restored: {', '.join(target.place.label for target in failed)}"
            + (f"; output: {' '.join(said)}" if said else "")
            + ". Check that the account is elevated, that tamper protection is off, and that no policy writes the "
            "value again. The records are kept, so you can try again",
            before=shown(targets, seen.states),
            after=shown(targets, after.states),
        )


def _remove_keys(targets: list[Target]) -> Operation[None]:
    """Removes the keys that changes made, where they are empty now."""
    keys = _key_commands(targets)
    if not keys:
        return
    answer = yield Ask({f"list {view} {key}": command for (key, view), command in keys.items()})
    named = {_key_name(key, view): (key, view) for key, view in keys}
    chosen = [named[name] for name in _empty([], keys, answer.outcomes)]
    if chosen:
        yield Ask({f"remove {view} {key}": registry.delete_key(key, view=view).with_errors() for key, view in chosen})
