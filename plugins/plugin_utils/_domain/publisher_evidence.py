"""generatePublisherEvidence in the machine.config of the .NET Frameworks on a host.

A file travels through the shell: `type` brings it, standard input takes the new one to a second file beside it. Only
when Windows' own SHA-256 says that what was read is the file, that the copy kept is the file, and that what arrived is
what was sent, the second file takes the place of the first, in one step. Until then the original is as it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from .._windows import files, machine_config, registry
from .._windows.cmdline import Outcome
from .defender import VERSION
from .operation import (
    MOST_READ,
    Ask,
    Change,
    Fact,
    File as FilePlace,
    FileIntent,
    HostError,
    Operation,
    RunIdentity,
    Warn,
    demand_carried,
    file_transfer,
    split_last_line,
    temp_folder,
    values,
    was_found,
)

FRAMEWORKS: Final = ("v2.0.50727", "v4.0.30319")
"""Folders: 2.0 serves 2.0 to 3.5, 4.0 all later ones (sure: Microsoft Learn, .NET Framework versions)."""
FOLDERS: Final = {32: "Framework", 64: "Framework64"}
DEFAULT_ROOT: Final = "C:\\Windows"


@dataclass(frozen=True)
class Place:
    """Where a framework keeps its machine.config."""

    framework: str
    bits: int

    @property
    def name(self) -> str:
        return f"{self.framework}.{self.bits}"

    def folder(self, system_root: str) -> str:
        return f"{system_root}\\Microsoft.NET\\{FOLDERS[self.bits]}\\{self.framework}\\CONFIG"

    def path(self, system_root: str) -> str:
        return f"{self.folder(system_root)}\\machine.config"


@dataclass(frozen=True)
class File:
    """A machine.config as it was read; `content` None: this framework is not installed."""

    place: Place
    path: str
    folder: str
    content: bytes | None
    enabled: bool | None
    """None: the file does not say, so that the default (true) holds."""
    leftovers: tuple[str, ...] = ()
    """Names in its folder that runs left behind, or are at work on."""

    def by_clock(self, now: float | None) -> File:
        """With what runs that broke off left behind alone; `now` by the host's clock, None where that is not known."""
        names = temp_folder.leftovers((name.removesuffix(".new") for name in self.leftovers), now)
        return replace(self, leftovers=tuple(f"{name}.new" for name in names[: temp_folder.MOST_STALE]))


def places(frameworks: Sequence[str], bits: Sequence[int]) -> tuple[Place, ...]:
    """Every combination, 32 bits first."""
    return tuple(Place(framework, width) for framework in sorted(set(frameworks)) for width in sorted(set(bits)))


def files_in(wanted: Sequence[Place], system_root: str) -> Fact[tuple[dict[Place, File], list[str]]]:
    """The files, and what cannot be understood of them, one line each. Raises HostError where one cannot be read."""
    commands = {}
    for place in wanted:
        commands[f"{place.name}.names"] = files.look_for(f"{place.folder(system_root)}\\machine.config")
        commands[f"{place.name}.left"] = files.list_names(f"{place.folder(system_root)}\\windefend-maps-*")
        commands[f"{place.name}.file"] = files.read(place.path(system_root)).up_to(MOST_READ)
    return Fact(commands, lambda outcomes: _parse(outcomes, wanted, system_root))


def _parse(
    outcomes: Mapping[str, Outcome], wanted: Sequence[Place], system_root: str
) -> tuple[dict[Place, File], list[str]]:
    found_files, unclear = {}, []
    for place in wanted:
        path, folder = place.path(system_root), place.folder(system_root)
        left = tuple(line.strip() for line in outcomes[f"{place.name}.left"].text.splitlines())
        if not was_found(outcomes[f"{place.name}.names"]):
            found_files[place] = File(place, path, folder, None, None, left)
            continue
        outcome = outcomes[f"{place.name}.file"]
        if not outcome.ok:
            raise HostError(f"{path} exists but could not be read. Output: {outcome.text.strip() or 'none'}")
        enabled = None
        try:
            enabled = machine_config.enabled(outcome.output)
        except machine_config.NotEditable as error:
            unclear.append(f"{path}: {error}")
        found_files[place] = File(place, path, folder, outcome.output, enabled, left)
    return found_files, unclear


def configure(
    *,
    enabled: bool | None,
    wanted: Sequence[Place],
    identity: RunIdentity,
    check_mode: bool,
) -> Operation[dict[str, Any]]:
    """Brings every installed framework's file to `enabled` (None: without the element), each with a backup beside it.

    `identity` names the file that a new text comes into. Returns changed, before, after, changed_files, backups. All
    files are understood before the first is touched. Raises HostError.
    """
    before, skew = yield from _read(wanted, identity.now)
    name, now = identity.by_host_clock(skew).name, identity.now + (skew or 0.0)
    new = {place: _new(file, enabled) for place, file in before.items() if file.content is not None}
    changes = {place: content for place, content in new.items() if content != before[place].content}
    if not new:
        yield Warn("none of these frameworks is installed on this host: there is no machine.config to edit")
    for place, content in changes.items():
        demand_carried(before[place].path, content)
    after = dict(before)
    backups = []
    for place, content in changes.items():
        old = before[place]
        desired = File(place, old.path, old.folder, content, enabled)
        if not check_mode:
            try:
                backups.append((yield from _write(old, content, name, now)))
            except HostError as error:
                raise HostError(str(error), before=shown(before), after=shown(after), backups=backups) from error
        after[place] = desired
    return {
        "changed": bool(changes),
        "before": shown(before),
        "after": shown(after),
        "changed_files": [before[place].path for place in changes],
        "backups": backups,
    }


def _root(outcome: Outcome) -> str:
    return values.folder(outcome, "SystemRoot") or DEFAULT_ROOT


_ROOT: Final = Fact.of("evidence.root", registry.query(VERSION, "SystemRoot"), _root)
"""Where Windows lies."""


def _read(wanted: Sequence[Place], now: float) -> Operation[tuple[dict[Place, File], float | None]]:
    """The files, and how far the host's clock is ahead. Raises HostError."""
    where = files_in(wanted, DEFAULT_ROOT)
    answer = yield Ask({**_ROOT.commands, **where.commands}, reads=True)
    root = answer[_ROOT]
    if root.lower() != DEFAULT_ROOT.lower():
        where = files_in(wanted, root)
        answer = yield Ask({**_ROOT.commands, **where.commands}, reads=True)
    if answer.truncated:
        raise HostError("the machine.config files are too large to be read from the host, so nothing was changed")
    found_files, unclear = answer[where]
    if unclear:
        raise HostError(f"nothing was changed, because the content is not understood: {'; '.join(unclear)}")
    clock = answer.host_time(now)
    return {place: file.by_clock(clock) for place, file in found_files.items()}, answer.clock_skew


def _new(file: File, enabled: bool | None) -> bytes:
    content = file.content or b""
    if enabled is not None and file.enabled is enabled:
        return content
    try:
        return machine_config.edited(content, enabled)
    except machine_config.NotEditable as error:
        raise HostError(f"{file.path}: {error}; nothing was changed") from error


def sha256(content: bytes) -> str:
    """64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _write(old: File, content: bytes, name: str, now: float) -> Operation[str]:
    """Puts `content` in the place of a file and returns the path of the backup. Raises HostError, cleaned up."""
    if old.content is None:
        raise AssertionError("the caller read it")
    new = f"{old.folder}\\{name}.new"
    stamp = dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y%m%d-%H%M%S")
    backup = f"{old.path}.{stamp}-{name.rpartition('-')[2][:6]}.bak"
    head, last = split_last_line(content)
    commands = {
        "original": files.sha256(old.path),
        "busy": files.look_for(backup),
        "write": files.write_from_stdin(new).with_errors(),
    }
    if last:
        commands["last"] = files.append_without_line_end(last, new)
    commands["new"] = files.sha256(new)
    ours = [new]
    try:
        change = Change(
            FilePlace(old.path, new, backup),
            intended=FileIntent(sha256(content)),
            before={"sha256": sha256(old.content)},
            content=old.content,
        )
        answer = yield Ask(commands, stdin=head, changes={"write": (change,)})
        _demand_hash(
            answer["original"], sha256(old.content), f"{old.path} differs from what was read (another encoding?)"
        )
        if was_found(answer["busy"]):
            raise HostError(f"{backup} already exists and was not overwritten")
        said = answer["write"].text.strip()
        _demand_hash(
            answer["new"],
            sha256(content),
            f"the new content was not transferred completely{': ' + said if said else ''}",
        )
        ours.append(backup)
        answer = yield Ask({"copy": files.copy(old.path, backup).with_errors(), "backup": files.sha256(backup)})
        said = answer["copy"].text.strip()
        _demand_hash(answer["backup"], sha256(old.content), f"the backup {backup} is not complete ({said})")
        ours.remove(backup)  # from here on it may be all that is left of the original
        answer = yield Ask({"move": files.replace(new, old.path).with_errors(), "after": files.sha256(old.path)})
        said = answer["move"].text.strip()
        if files.parse_hash(answer["after"].output) == sha256(old.content):
            ours.append(backup)
            raise HostError(f"it could not be replaced and is unchanged; output of move: {said or 'none'}")
        _demand_hash(answer["after"], sha256(content), f"it does not have the new content; {backup} is the original")
    except Exception as error:
        yield from file_transfer.remove([*ours, *(f"{old.folder}\\{one}" for one in old.leftovers)])
        if isinstance(error, HostError):
            raise HostError(f"{old.path}: {error}. Check that the account is elevated") from error
        raise
    if old.leftovers:
        still = yield from file_transfer.remove([f"{old.folder}\\{one}" for one in old.leftovers])
        if still:
            yield Warn(temp_folder.leftover_message("file beside machine.config", still))
    return backup


def _demand_hash(outcome: Outcome, wanted: str, otherwise: str) -> None:
    seen = files.parse_hash(outcome.output) if outcome.ok else None
    if seen != wanted:
        why = f"SHA-256 {seen} instead of {wanted}" if seen else f"certutil ended with {outcome.exit_code}"
        raise HostError(f"{otherwise} ({why})")


def shown(state: Mapping[Place, File]) -> list[dict[str, Any]]:
    """The files as results show them."""
    return [
        {
            "path": file.path,
            "framework": place.framework,
            "bits": place.bits,
            "installed": file.content is not None,
            "enabled": file.enabled,
            "sha256": None if file.content is None else sha256(file.content),
        }
        for place, file in state.items()
    ]
