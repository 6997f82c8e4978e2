"""Takes runs back: every place becomes what it was before them, and nothing that this collection put there stays.

Everything is read and judged, and every command built, before the first change. A place that is neither what it was
before nor what the last run made of it was changed by others since, and then nothing is touched, unless that was asked
for. Each step can be taken again, and our key, by which the host knows what was done to it, goes last; so a rollback
that broke off is finished by the next one. Records that nothing proves only ever tighten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..._windows import registry
from ..._windows.cmdline import Command, Outcome
from ..as_system import task as as_system_task
from ..defender import VERSION, spynet
from ..operation import Ask, File, HostError, Operation, Refused, Warn, intent_from_json, values, warn
from ..publisher_evidence import DEFAULT_ROOT
from . import forget as journal_forget
from .allowed import SSL, below
from .choice import LAST, Choice, Merged, Target, Trust, active, merge, run_summaries, select
from .copy import KEY, MACHINE_GUID, OWN_KEY, write_copy
from .forget import OwnKey
from .record import JournalContents, Ledger, Record, Undo, check_run, next_timestamp
from .restore import Seen, States, demand_restorable, is_restored, our_files, read, restore, shown
from .seal import Seal
from .states import State, handler_for
from .strength import CHECKS, loosened_by, lost, may_tighten, options, tightens

SHOWN: int = 50
"""Places of records that nothing proves, in results."""


@dataclass(frozen=True)
class RollbackRequest:
    """What the user asks for."""

    run: str
    source: str
    force: bool
    check_mode: bool
    now: float
    """POSIX time."""
    seal: Seal | None = None
    """None: there is no key, so that no record is proven."""
    allow_unverified: bool = False
    allow_loosening: bool = False
    skip_damaged: bool = False

    def validated(self) -> Self:
        """The request itself; raises Refused for what is no name of a run."""
        try:
            check_run(self.run)
        except ValueError as error:
            raise Refused(f"run: {error}") from None
        return self


@dataclass(frozen=True)
class _Host:
    """What the first line tells of a host."""

    machine: str
    root: str
    kept: JournalContents
    ssl: State


@dataclass(frozen=True)
class _Plan:
    """What is to be done, judged and not begun."""

    choice: Choice
    targets: list[Target]
    seen: Seen
    merged: Merged
    unverified: list[dict[str, Any]]
    own: OwnKey
    marks: list[Record]
    """What it leaves written down: what it loosened, where it does, and last that the runs were taken back."""


def rollback(
    desired: RollbackRequest,
    ledger: Ledger | None,
    announce: Callable[[str], None] = lambda _line: None,
) -> Operation[dict[str, Any]]:
    """Takes back what `desired` names; `ledger` is the journal on the controller, None where none was given.

    `announce` is called with each place of a record that nothing proves, before the first write and in check mode.
    Returns changed, run, reason, runs, before, after, removed, conflicts, unverified, loosens. Raises HostError.
    """
    controller = ledger.read() if ledger is not None else None
    host = yield from _look()
    merged = yield from merge(
        Trust(desired.source, host.machine, desired.seal, desired.skip_damaged), controller, host.kept
    )
    plan, result = yield from _plan(desired, host, merged)
    swept = yield from as_system_task.remove_leftovers(host.root, desired.now, True)
    removed = [*swept, *plan.seen.files, *plan.seen.empty_keys, *plan.own.shown]
    differing = any(not is_restored(one, plan.seen.states) for one in plan.targets)
    result |= {"changed": bool(differing or removed), "removed": removed}
    for line in _lines(plan.unverified) if desired.allow_unverified else ():
        announce(line)
    if desired.check_mode:
        return result
    if ledger is not None:
        for mark in plan.marks[:-1]:
            ledger.append(mark)
    try:
        if swept:
            cleaned = yield from as_system_task.remove_leftovers(host.root, desired.now, False)
            result["removed"] = [*cleaned, *removed[len(swept) :]]
        yield from _write(plan, differing)
    except Exception as error:
        details = {"before": result["before"], "after": None, **getattr(error, "details", {})}
        raise HostError(
            f"{error}. The rollback had already started, so the values in 'before' and 'removed' may have changed; "
            "run it again to complete it",
            **{"removed": removed, "run": plan.choice.run, **details},
        ) from error
    known = {record.id for record in controller.records} if controller is not None else set()
    if ledger is not None and known & {record.id for record in plan.choice.records}:
        ledger.append(plan.marks[-1])
    return result


def _write(plan: _Plan, differing: bool) -> Operation[None]:
    """What is owed first, our key last. Raises HostError."""
    for mark in plan.marks[:-1]:
        yield from _owe(mark)
    if differing or plan.seen.files or plan.seen.empty_keys:
        yield from restore(plan.targets, plan.seen)
    yield from journal_forget.forget(plan.own, plan.choice, plan.marks[-1])


def _look() -> Operation[_Host]:
    answer = yield Ask(
        {
            **MACHINE_GUID.commands,
            "root": registry.query(VERSION, "SystemRoot"),
            **handler_for(SSL).reading(SSL),
            **OWN_KEY.commands,
        }
    )
    return _Host(
        answer[MACHINE_GUID],
        _system_root(answer["root"]),
        answer[OWN_KEY],
        handler_for(SSL).read(SSL, answer.outcomes),
    )


def _plan(desired: RollbackRequest, host: _Host, merged: Merged) -> Operation[tuple[_Plan, dict[str, Any]]]:
    """Everything read, judged and built, and the result so far. Raises HostError."""
    choice = select(merged.proven, desired.run)
    doubt = yield from _doubted(merged, desired)
    doubtful = _only_doubted(choice, doubt)
    candidates = [one for one in doubtful if may_tighten(one.place)][:SHOWN]
    _demand_below(choice.targets, host.root)
    seen = yield from read([*choice.targets, *candidates], our_files(choice))
    safe = [one for one in candidates if tightens(one.place, seen.states[one.place], one.before)]
    left = sorted({one.place.label for one in doubtful} - {one.place.label for one in safe})
    if left:
        yield Warn(
            f"left unchanged, because a record that cannot be verified can only restore security: {_ascii(left)}"
        )
    targets = [*choice.targets, *safe]
    bits = _lost(targets, seen.states)
    unverified = _unverified(merged, safe)
    result: dict[str, Any] = {
        "run": choice.run or (doubt.run if safe else "") or None,
        "reason": "" if safe else choice.reason,
        "runs": run_summaries(merged.proven),
        **_differences(targets, seen.states),
        "unverified": unverified,
        "loosens": [name for bit, name in CHECKS.items() if bits & bit],
    }
    ssl = next((one.before for one in targets if one.place == SSL), host.ssl)
    yield from warn(*_demand_consent(result, options(ssl, 0), bits, desired))
    marks = _marks(choice, merged, desired, host.machine, _Loosening(seen.states[SSL], ssl) if bits else None)
    stays = _owed(merged, ssl) | {one.id for one in marks if one.kind == "loosened"}
    own = journal_forget.own_key(host.kept, merged, choice, stays, desired.skip_damaged)
    demand_restorable(targets, seen, _sent(own, choice, marks))
    return _Plan(choice, targets, seen, merged, unverified, own, marks), result


def _only_doubted(choice: Choice, doubt: Choice) -> list[Target]:
    """Targets of records that cannot be verified, at places that no verified record names."""
    places = {target.place for target in choice.targets}
    return [target for target in doubt.targets if target.place not in places]


def _differences(targets: list[Target], states: States) -> dict[str, Any]:
    return {
        "before": shown(targets, states),
        "after": shown(targets, {one.place: one.before for one in targets}),
        "conflicts": [_conflict(one, states[one.place]) for one in targets if _changed_by_others(one, states)],
    }


def _sent(own: OwnKey, choice: Choice, marks: Sequence[Record]) -> list[Command]:
    """The commands for our key, which must be carried too."""
    owing = [command for mark in marks[:-1] for command in write_copy(mark)[0].values()]
    return [*journal_forget.commands(own, choice, marks[-1]).values(), *owing]


def _system_root(outcome: Outcome) -> str:
    return values.folder(outcome, "SystemRoot") or DEFAULT_ROOT


def _demand_below(targets: Sequence[Target], root: str) -> None:
    for target in targets:
        if isinstance(target.place, File) and not below(target.place, root):
            raise HostError(
                f"{target.place.path} is not in the Windows directory of this host ({root!a}), so nothing was "
                "changed; Windows may have been reinstalled"
            )


def _doubted(merged: Merged, desired: RollbackRequest) -> Operation[Choice]:
    """What records that nothing proves would have taken back. Raises HostError where that was not allowed."""
    nothing = Choice("", "", ())
    if not merged.unproven:
        return nothing
    chosen = select(merged.unproven, desired.run)
    why = (
        "there is no key to verify them"
        if desired.seal is None
        else "another key signed them, or none, or they were altered"
    )
    trouble = f"{len(merged.unproven)} records of this host cannot be verified, because {why}"
    known = merged.proven if desired.run == LAST else [one for one in merged.proven if one.run == desired.run]
    if desired.allow_unverified:
        return chosen
    if chosen.run and not known:
        raise HostError(
            f"{trouble}, so nothing was changed. Give the key that signed them (journal_key, the environment "
            "variable WINDEFEND_MAPS_JOURNAL_KEY, or the file journal.key); or check 'unverified' in this result "
            "and, if this collection made these changes, set allow_unverified, which only restores security",
            unverified=_unverified(merged, []),
        )
    yield Warn(f"{trouble}; they were skipped: {_ascii(sorted({one.run for one in merged.unproven}))}")
    return nothing


def _unverified(merged: Merged, safe: Sequence[Target]) -> list[dict[str, Any]]:
    tightened = {target.place for target in safe}
    found_places = [
        {
            "run": record.run,
            "at": record.at,
            "module": record.module,
            "what": undo.place.label,
            "before": undo.before,
            "made": undo.intended,
            "taken_back": undo.place in tightened,
        }
        for record in active(merged.unproven)
        for undo in record.undo
    ]
    return found_places[:SHOWN]


def _lines(unverified: Sequence[dict[str, Any]]) -> list[str]:
    return [
        f"not verified: run {one['run']}, {one['module']}, {_ascii([one['what']])}: before {_ascii([one['before']])}"
        + (", undone" if one["taken_back"] else ", left unchanged")
        for one in unverified
    ]


def _ascii(items: Sequence[Any]) -> str:
    """For people, with nothing in it that a terminal obeys."""
    return ", ".join(ascii(one)[:300].strip("'") for one in items[:SHOWN])


def _changed_by_others(target: Target, states: States) -> bool:
    """Whether others changed a place since: it is neither before nor after any of what is known."""
    now, own = states[target.place], handler_for(target.place)
    return not (
        own.same(now, target.before)
        or own.same(now, target.last.before)
        or own.matches_intent(now, intent_from_json(target.place, target.last.intended))
        or own.is_partial_restore(now, target.before)
    )


def _conflict(target: Target, now: State) -> dict[str, Any]:
    return {"what": target.place.label, "before": target.before, "made": target.last.intended, "now": now}


def _lost(targets: Sequence[Target], states: States) -> int:
    ssl = [one for one in targets if one.place == SSL and not is_restored(one, states)]
    return lost(states[SSL], ssl[0].before) if ssl else 0


def _demand_consent(result: dict[str, Any], ssl_options: int, bits: int, desired: RollbackRequest) -> list[str]:
    """What to warn of; `bits` are the checks that go off. Raises HostError where the user has to allow it first."""
    nothing = {**result, "after": result["before"]}
    named = "; ".join(one["what"] for one in result["conflicts"])
    if named and not desired.force:
        raise HostError(
            f"others have since changed what is to be undone, so nothing was changed: {named}. Check conflicts, and "
            "use force to overwrite these changes",
            **nothing,
        )
    if bits and not desired.allow_loosening:
        raise HostError(
            f"undoing this would make {SSL.label} weaker than now: {' and '.join(result['loosens'])} would be off. "
            "So nothing was changed; use allow_loosening if that is intended",
            **nothing,
        )
    overwritten = [f"overwrote changes of others: {named}"] if named else []
    return [*overwritten, spynet.loosening(ssl_options, bits)] if bits else overwritten


def _owed(merged: Merged, ssl: State) -> frozenset[tuple[str, str]]:
    """Those loosenings by rollbacks that are owed once SSLOptions is as `ssl` says."""
    return frozenset(
        record.id
        for record in merged.proven
        if record.kind == "loosened" and any(loosened_by(undo.before, ssl) for undo in record.undo)
    )


@dataclass(frozen=True)
class _Loosening:
    """SSLOptions before and after a rollback that loosens."""

    before: State
    after: State


def _marks(
    choice: Choice, merged: Merged, desired: RollbackRequest, machine: str, loosening: _Loosening | None
) -> list[Record]:
    now = dt.datetime.fromtimestamp(desired.now, dt.UTC)
    at = next_timestamp(now, max((one.at for one in merged.proven), default=""))
    run = choice.run or LAST
    marks = []
    if loosening is not None and loosened_by(loosening.before, loosening.after):
        undo = Undo(SSL, {**_made(loosening.before), "missing": 0}, _made(loosening.after))
        marks.append(Record(at, run, "loosened", machine=machine, module="rollback", undo=(undo,)))
        at = next_timestamp(now, at)
    marks.append(Record(at, run, "undone", machine=machine, since=choice.since or at))
    return marks if desired.seal is None else [desired.seal.signed(one) for one in marks]


def _made(state: State) -> dict[str, Any]:
    return {"value": {"type": "REG_DWORD", "data": options(state)}}


def _owe(record: Record) -> Operation[None]:
    """Writes on the host, before anything is loosened, that it will be owed. Raises HostError."""
    commands, there = write_copy(record)
    sent: dict[str, Command] = {**commands, "there": there}
    answer = yield Ask(sent)
    if not answer["there"].ok:
        said = " ".join(answer[name].text.strip() for name in commands)
        raise HostError(f"the relaxed checks could not be recorded in {KEY}; output of reg: {said or 'none'}")
