"""Where a host without internet gets its lists of trusted and untrusted root certificates, and whether it has them.

`RootDirUrl` redirects the update to a file or web server, `DisableRootAutoUpdate` switches the list of trusted roots
off, `EnableDisallowedCertAutoUpdate` keeps that of untrusted certificates updating (sure: Microsoft Learn, "Configure
trusted roots and disallowed certificates"). The state lies beside RootDirUrl: the lists themselves and, as FILETIME,
when each was last synchronized (sure: Microsoft's questions and answers on the Trusted Root Program). The lists are
large, so only their presence is asked for. Whether the service that writes them may do so, reg.exe cannot show.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .._windows import filetime, registry
from .._windows.cmdline import MOST_OUTPUT, CannotCarry, Command, Outcome, check
from .operation import (
    Ask,
    Change,
    Fact,
    HostError,
    Operation,
    Refused,
    RegistryValue,
    ValueIntent,
    check_seen,
    values,
    warn,
    was_found,
)

AUTO_UPDATE: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
POLICY: Final = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
MACHINE: Final = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot"
"""DisableRootAutoUpdate is read here too (sure: the analyzer reads it)."""

MICROSOFT_ROOT: Final = (
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates\8F43288AD272F3103B6FB1428485EA3014C0BCFE"
)
"""Microsoft Root Certificate Authority 2011 in the machine's own store; a key there is named after its certificate's
SHA-1 (recalled)."""

VALUES: Final = {
    "root_dir_url": (AUTO_UPDATE, "RootDirUrl", "REG_SZ"),
    "disable_root_auto_update": (POLICY, "DisableRootAutoUpdate", "REG_DWORD"),
    "enable_disallowed_cert_auto_update": (POLICY, "EnableDisallowedCertAutoUpdate", "REG_DWORD"),
}
"""Option -> key, value, type."""
LISTS: Final = {
    "trusted": ("EncodedCtl", "LastSyncTime"),
    "disallowed": ("DisallowedCertEncodedCtl", "DisallowedCertLastSyncTime"),
}
"""List -> the value that holds it, and the one that says when it was last synchronized."""
DEFAULT_STALE_AFTER: Final = 7
"""Days. Windows looks for the list of untrusted certificates every day (sure), for the other once a week (recalled)."""
_HTTP = re.compile(
    r"http://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?(?:/[^\s\\?#@]*)?", re.IGNORECASE
)

Setting = str | bool | None


@dataclass(frozen=True)
class ListState:
    """One list as the host keeps it."""

    present: bool
    last_sync: dt.datetime | None
    """None: never, or the value is no FILETIME."""
    unreadable: bool = False
    """The time is there and is no FILETIME."""


@dataclass(frozen=True)
class RootUpdate:
    """The settings as stored (None: absent) and the lists."""

    settings: Mapping[str, Setting]
    machine_disable_root_auto_update: bool | None
    lists: Mapping[str, ListState]
    wrong_types: tuple[str, ...] = field(default=())
    """Options whose value is there with a type that it should not have: what Windows makes of it is not known."""
    microsoft_root: bool = True
    """Whether Microsoft's root of 2011 lies in the machine's store."""


def parse_url(url: str) -> str:
    """The URL checked: `http://host[:port]/path`, `file://\\\\server\\share` or `file://C:\\folder`. Raises Refused."""
    check_seen("root_dir_url", url)
    try:
        check(url)
    except CannotCarry as error:
        raise Refused(f"root_dir_url: {error}") from error
    folder = re.fullmatch(r"file://(.+)", url, re.IGNORECASE)
    if folder and re.fullmatch(
        r"(\\\\[^\\/:*?<>|]+\\[^\\/:*?<>|]+|[A-Za-z]:\\[^\\/:*?<>|]+)(\\[^\\/:*?<>|]+)*\\?", folder[1]
    ):
        return url
    if folder:
        raise Refused(
            f"root_dir_url: {url!a} is not in a form that Windows accepts: file://\\\\server\\share or "
            "file://C:\\folder"
        )
    parts = _HTTP.fullmatch(url)
    if parts is None or not 1 <= int(parts["port"] or 80) <= 65535:
        raise Refused(
            f"root_dir_url: {url!a} is neither http://host[:port]/path nor file://\\\\server\\share (the two forms "
            "that Microsoft documents, without user name and query)"
        )
    return url


def _stored(key: str, value: str, quiet: bool = False) -> Command:
    """A value of these keys, one of which holds whole trust lists (EncodedCtl: some hundred thousand bytes)."""
    return registry.query(key, value, quiet=quiet, holds_large=key == AUTO_UPDATE).up_to(MOST_OUTPUT)


def _commands() -> dict[str, Command]:
    """EncodedCtl and its sibling are asked for and not shown."""
    commands = {f"root.{name}": _stored(key, value) for name, (key, value, _unused) in VALUES.items()}
    commands["root.microsoft"] = registry.query(MICROSOFT_ROOT, quiet=True)
    commands["root.machine"] = registry.query(MACHINE, "DisableRootAutoUpdate")
    for name, (encoded, time) in LISTS.items():
        commands[f"root.{name}.list"] = _stored(AUTO_UPDATE, encoded, quiet=True)
        commands[f"root.{name}.time"] = _stored(AUTO_UPDATE, time)
    return commands


def _parse(outcomes: Mapping[str, Outcome]) -> RootUpdate:
    settings: dict[str, Setting] = {}
    wrong = []
    for name, (_key, value, type_) in VALUES.items():
        stored = values.stored(outcomes[f"root.{name}"], value)
        settings[name] = None
        if stored is None:
            continue
        is_text = type_ == "REG_SZ"
        if stored.type != type_ or (values.unfit(stored) if is_text else stored.problem or stored.data not in (0, 1)):
            wrong.append(name)
        else:
            settings[name] = stored.data if isinstance(stored.data, str) else bool(stored.data)
    machine = values.stored(outcomes["root.machine"], "DisableRootAutoUpdate")
    lists = {}
    for name, (_encoded, time) in LISTS.items():
        stored = values.stored(outcomes[f"root.{name}.time"], time)
        moment = filetime.decode(stored.data) if stored is not None and isinstance(stored.data, bytes) else None
        there = was_found(outcomes[f"root.{name}.list"])
        lists[name] = ListState(there, moment, stored is not None and moment is None)
    return RootUpdate(
        settings,
        bool(machine.data) if machine is not None and isinstance(machine.data, int) else None,
        lists,
        tuple(wrong),
        was_found(outcomes["root.microsoft"]),
    )


ROOT_UPDATE: Final = Fact(_commands(), _parse)
"""Settings and state."""


def configure(
    *,
    requested: Mapping[str, Setting],
    absent: Iterable[str],
    stale_after: int,
    now: float,
    check_mode: bool,
) -> Operation[dict[str, Any]]:
    """Writes the desired settings (None: not desired), deletes those named in `absent`, and reads again.

    `now` is POSIX time here; the host's own clock is what the lists are dated by. `stale_after` in days. Returns
    changed, before, after, changed_values, restored_to_default, lists, microsoft_root. Raises HostError.
    """
    answer = yield Ask(
        ROOT_UPDATE.commands,
        may_change=tuple(RegistryValue(key, value) for key, value, _unused in VALUES.values()),
        reads=True,
    )
    before = answer[ROOT_UPDATE]
    wanted: dict[str, Setting] = {name: value for name, value in requested.items() if value is not None}
    wanted.update(dict.fromkeys(absent))
    changes = {
        name: value for name, value in wanted.items() if before.settings[name] != value or name in before.wrong_types
    }
    after = RootUpdate(
        {**before.settings, **changes},
        before.machine_disable_root_auto_update,
        before.lists,
        tuple(name for name in before.wrong_types if name not in changes),
        before.microsoft_root,
    )
    skew = answer.clock_skew
    if changes and not check_mode:
        answer = yield Ask(
            {**_writing(changes), **ROOT_UPDATE.commands}, changes=_changes(changes), before=shown(before)
        )
        after = answer[ROOT_UPDATE]
        _prove(before, after, changes, answer.outcomes)
    clock = dt.datetime.fromtimestamp(now + (skew or 0.0), dt.UTC)
    lists = {name: _shown_list(one, clock, stale_after) for name, one in after.lists.items()}
    yield from warn(*_warnings(before, after, changes, lists))
    return {
        "changed": bool(changes),
        "before": shown(before),
        "after": shown(after),
        "changed_values": sorted(VALUES[name][1] for name in changes),
        "restored_to_default": sorted(VALUES[name][1] for name, value in changes.items() if value is None),
        "lists": lists,
        "microsoft_root": after.microsoft_root,
    }


def _changes(changes: Mapping[str, Setting]) -> dict[str, tuple[Change, ...]]:
    found: dict[str, tuple[Change, ...]] = {}
    for name, desired in changes.items():
        key, value, type_ = VALUES[name]
        data = int(desired) if isinstance(desired, bool) else desired
        intended = ValueIntent() if data is None else ValueIntent(type_, data)
        found[f"write.{name}"] = (Change(RegistryValue(key, value), intended),)
    return found


def _writing(changes: Mapping[str, Setting]) -> dict[str, Command]:
    commands = {}
    for name, desired in changes.items():
        key, value, type_ = VALUES[name]
        data = int(desired) if isinstance(desired, bool) else desired
        command = registry.delete_value(key, value) if data is None else registry.add(key, value, type_, data)
        commands[f"write.{name}"] = command.with_errors()
    return commands


def _prove(
    before: RootUpdate, after: RootUpdate, changes: Mapping[str, Setting], outcomes: Mapping[str, Outcome]
) -> None:
    for name, desired in changes.items():
        stored = after.settings[name]
        if stored == desired and name not in after.wrong_types:
            continue
        written = outcomes[f"write.{name}"]
        said = written.text.strip()
        raise HostError(
            f"{VALUES[name][1]} should be {_word(desired)} but is {_word(stored)} (exit code {written.exit_code}"
            + (f", output of reg: {said}" if said else "")
            + f"). Check that the account is elevated, that administrators can write {VALUES[name][0]}, and that no "
            "policy writes the value again",
            before=shown(before),
            after=shown(after),
        )


def _word(setting: Setting) -> str:
    return "absent" if setting is None else str(int(setting)) if isinstance(setting, bool) else setting


def _shown_list(one: ListState, clock: dt.datetime, stale_after: int) -> dict[str, Any]:
    age = None if one.last_sync is None else round((clock - one.last_sync).total_seconds() / 86400, 2)
    return {
        "present": one.present,
        "last_sync": None if one.last_sync is None else filetime.iso(one.last_sync),
        "age_days": age,
        "stale": None if age is None else age > stale_after,
    }


def _warnings(
    before: RootUpdate,
    after: RootUpdate,
    changes: Mapping[str, Setting],
    lists: Mapping[str, Mapping[str, Any]],
) -> Iterator[str]:
    if before.wrong_types:
        names = ", ".join(VALUES[name][1] for name in before.wrong_types)
        yield f"{names} had an undocumented type or number, so it counts as not set"
    url, disabled = after.settings["root_dir_url"], after.settings["disable_root_auto_update"]
    if isinstance(url, str) and url.lower().startswith("file://\\\\") and "root_dir_url" in changes:
        yield (
            "the computer account reads the share, and a remote shell cannot reach it (second hop), so it was not "
            "tested whether this host can read it (windefend.maps.ctl_source_info tests it as SYSTEM). Give the "
            "computer accounts read access to the share and the folder"
        )
    if disabled and after.settings["enable_disallowed_cert_auto_update"] is not True:
        yield (
            "DisableRootAutoUpdate is 1 and EnableDisallowedCertAutoUpdate is not 1: the list of untrusted "
            "certificates may not be updated either"
        )
    if after.machine_disable_root_auto_update and not disabled:
        yield (
            f"DisableRootAutoUpdate is also set in {MACHINE}, to 1: the update may be off although the policy does "
            "not turn it off"
        )
    for name, one in after.lists.items():
        yield from _list_warnings(name, one, lists[name], bool(disabled))


def _list_warnings(name: str, one: ListState, seen: Mapping[str, Any], disabled: bool) -> Iterator[str]:
    _encoded, time = LISTS[name]
    label = f"the list of {'trusted roots' if name == 'trusted' else 'untrusted certificates'}"
    if one.unreadable:
        yield f"{time} is not a FILETIME, so the age of {label} is unknown"
    elif one.last_sync is None and not one.present:
        yield f"{label} was never synchronized on this host"
    elif seen["age_days"] is not None and seen["age_days"] < -1:
        yield f"{time} is in the future according to the host's clock, so the age of {label} is unknown"
    elif seen["stale"] and not (name == "trusted" and disabled):
        yield (
            f"{label} was last synchronized {seen['age_days']:g} days ago. Either CryptSvc (NETWORK SERVICE) cannot "
            f"reach the source of the list, or it has lost write permission on {AUTO_UPDATE}, which the tools used "
            "here cannot show. If the code is 0x80092013 and the revocation lists can be reached, it is the second: "
            "compare the permissions of the key with a healthy host, or turn inheritance on again"
        )


def shown(state: RootUpdate) -> dict[str, Any]:
    """The settings as results show them."""
    return {**state.settings, "machine_disable_root_auto_update": state.machine_disable_root_auto_update}
