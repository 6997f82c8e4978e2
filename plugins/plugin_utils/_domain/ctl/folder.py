"""The folder on a server from which others take the lists of root certificates, who may read it, and its share.

Only administrators and SYSTEM may do anything in the folder; in the part of it that clients read, the readers may read.
By default these are Authenticated Users, among whom every computer of the domain is: CryptSvc comes over the network
with the computer's account (Microsoft, "NetworkService account": sure). A folder that holds anything that we did not
make is refused, so that nobody's files lose their permissions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from ..._windows import descriptors, files, registry, shares
from ..._windows.cmdline import NO_SUCH_PROGRAM, CannotCarry, Command, Outcome
from ..._windows.credentials import last_words
from ..._windows.descriptors import FULL, READ_AND_EXECUTE, WRITING, AccessList
from ..._windows.shares import Share
from ..defender import SYSTEM
from ..operation import Ask, Fact, HostError, Operation, Refused, Warn, warn, was_found
from . import lists as ctl_lists
from .lists import Place

READERS: Final = ("S-1-5-11",)
EVERYONE: Final = "S-1-1-0"
_OWNERS: Final = (files.ADMINISTRATORS, files.SYSTEM)
_HARMLESS: Final = frozenset({*_OWNERS, "S-1-3-0"})
_SID = re.compile(r"S-1-\d{1,2}(-\d{1,10}){1,14}")


@dataclass(frozen=True)
class FolderSpec:
    """What there should be."""

    at: Place
    share: str = ""
    """Empty: none is made, for folders that a web server serves."""
    readers: tuple[str, ...] = READERS

    def validated(self) -> Self:
        """The request itself; raises Refused for what cannot be meant."""
        if not self.readers:
            raise Refused("readers: the list is empty, so no client could read the lists")
        wrong = next((sid for sid in self.readers if not _SID.fullmatch(sid)), None)
        if wrong:
            raise Refused(
                f"readers: {wrong!a} is not a SID such as S-1-5-11; names cannot be used, because Windows "
                "translates them"
            )
        if set(self.readers) & set(_OWNERS):
            raise Refused("readers: administrators and SYSTEM always have full control; name the other readers")
        if self.share:
            try:
                shares.check_name(self.share)
            except CannotCarry as error:
                raise Refused(f"share: {error}") from error
        return self


@dataclass(frozen=True)
class State:
    """What there is."""

    names: tuple[str, ...]
    """In the folder; empty also where it is not there."""
    root: AccessList | None
    """None: there is no such folder."""
    lists: AccessList | None
    share: Share | None


def configure(desired: FolderSpec, *, check_mode: bool) -> Operation[dict[str, Any]]:
    """Makes folder and share, and reads them again. Raises HostError."""
    state = _state(desired)
    answer = yield Ask({**SYSTEM.commands, **state.commands}, reads=True)
    elevated, before = answer[SYSTEM].elevated, answer[state]
    _require_own_folder(before, desired)
    steps = _steps(before, desired)
    after = _predicted(before, desired, steps)
    if steps and not check_mode:
        if not elevated:
            raise HostError("the account is not elevated; only an administrator can protect and share a folder")
        commands = {name: command.with_errors() for name, command in steps.items()}
        answer = yield Ask({**commands, **state.commands})
        after = answer[state]
        left = _steps(after, desired)
        if left:
            said = _said(answer.outcomes, steps)
            raise HostError(
                f"{desired.at.root} does not have the requested state: {', '.join(left)}. Output: {said}. Check that "
                "the server service (LanmanServer) is running and that the drive is NTFS",
                before=_shown(before, desired),
                after=_shown(after, desired),
            )
    yield from warn(*_warnings(after, desired))
    return _result(bool(steps), before, after, desired)


def remove(desired: FolderSpec, *, remove_files: bool, check_mode: bool) -> Operation[dict[str, Any]]:
    """Takes the share away, and the folder too when `remove_files` says so. Raises HostError."""
    state = _state(desired)
    answer = yield Ask({**SYSTEM.commands, **state.commands}, reads=True)
    elevated, before = answer[SYSTEM].elevated, answer[state]
    commands: dict[str, Command] = {}
    if before.share is not None:
        _require_own_share(before.share, desired)
        commands["share"] = shares.remove(desired.share).with_errors()
    if remove_files and before.root is not None:
        _require_own_folder(before, desired)
        for one in before.names:
            commands[f"below.{one}"] = files.remove_tree(f"{desired.at.root}\\{one}").with_errors()
        commands["folder"] = files.remove_empty(desired.at.root).with_errors()
    after = replace(before, share=None)
    if "folder" in commands:
        after = State((), None, None, None)
    if commands and not check_mode:
        if not elevated:
            raise HostError("the account is not elevated; only an administrator can remove a share")
        answer = yield Ask({**commands, **state.commands})
        seen = answer[state]
        if seen.share is not None or ("folder" in commands and seen.root is not None):
            said = _said(answer.outcomes, commands)
            raise HostError(
                f"{'the share' if seen.share is not None else desired.at.root} still exists. Output: {said}. Check "
                "whether a program has its files open",
                before=_shown(before, desired),
                after=_shown(seen, desired),
            )
        after = seen
    if not remove_files and before.root is not None:
        yield Warn(f"the lists in {desired.at.root} still exist; use remove_files to remove them")
    return _result(bool(commands), before, after, desired)


def _said(outcomes: Mapping[str, Outcome], names: Iterable[str]) -> str:
    words = " ".join(outcomes[name].text for name in names).split()
    return last_words(" ".join(words)).rstrip(".")


def _state(desired: FolderSpec) -> Fact[State]:
    commands = {
        "names": files.look_for(f"{desired.at.root}\\*"),
        "root": descriptors.show(desired.at.root).with_errors(),
        "lists": descriptors.show(desired.at.lists).with_errors(),
    }
    if desired.share:
        commands |= {f"share.{name}": command for name, command in shares.read(desired.share).items()}
    return Fact(commands, lambda outcomes: _read(outcomes, desired))


def _read(outcomes: Mapping[str, Outcome], desired: FolderSpec) -> State:
    """What the commands found. Raises HostError, ValueError for what is there and not understood."""
    share = None
    if desired.share and was_found(outcomes["share.share"]):
        stored = registry.value(outcomes["share.share"].output, desired.share)
        security = outcomes["share.security"]
        own = registry.value(security.output, desired.share) if was_found(security) else None
        share = shares.parse(stored, own) if stored is not None else None
    return State(
        tuple(ctl_lists.names(outcomes["names"])), _access(outcomes["root"]), _access(outcomes["lists"]), share
    )


def _access(outcome: Outcome) -> AccessList | None:
    """The access list of a folder; None where cacls shows none, because there is no such folder.

    Its exit code for that is not known. Where a list cannot be seen that is there, making the folder fails and says so.
    """
    if outcome.exit_code == NO_SUCH_PROGRAM:
        raise HostError("there is no cacls.exe on this host, so the permissions of the folder cannot be read")
    if not outcome.ok or b'"D:' not in outcome.output:
        return None
    return descriptors.parse_shown(outcome.output)


def _require_own_folder(state: State, desired: FolderSpec) -> None:
    foreign = [name for name in state.names if not ctl_lists.is_managed(name)]
    if foreign:
        raise HostError(
            f"{desired.at.root} contains files of others ({', '.join(foreign[:5])}), so its permissions were not "
            "changed. Use a dedicated folder"
        )
    if state.share is not None:
        _require_own_share(state.share, desired)


def _require_own_share(share: Share, desired: FolderSpec) -> None:
    if share.path.rstrip("\\").lower() != desired.at.lists.lower():
        raise HostError(
            f"the share {share.name} already exists and shares {share.path}, not {desired.at.lists}. It was not "
            "changed; use another name"
        )


def _wanted(desired: FolderSpec, readers: Iterable[str] = ()) -> dict[str, int]:
    return {**dict.fromkeys(_OWNERS, FULL), **dict.fromkeys(readers, READ_AND_EXECUTE)}


def _fits(access: AccessList | None, wanted: Mapping[str, int]) -> bool:
    return (
        access is not None
        and access.protected
        and all(access.granted(sid, below=True) & mask == mask for sid, mask in wanted.items())
    )


def _steps(state: State, desired: FolderSpec) -> dict[str, Command]:
    """What is to be done, in order."""
    steps: dict[str, Command] = {}
    if state.lists is None:
        steps["folder"] = files.make_directory(desired.at.lists)
    if not _fits(state.root, _wanted(desired)):
        steps["protection"] = files.readable_only(desired.at.root, ())
    if not _fits(state.lists, _wanted(desired, desired.readers)):
        steps["readers"] = files.readable_only(desired.at.lists, desired.readers)
    if desired.share and state.share is None:
        steps["share"] = shares.add(desired.share, desired.at.lists)
    return steps


def _predicted(before: State, desired: FolderSpec, steps: Sequence[str] | Mapping[str, Command]) -> State:
    """What there will be; entries that stay are not shown in check mode where there is no folder yet."""
    after = before
    if "folder" in steps:
        after = replace(after, names=tuple(sorted({*before.names, ctl_lists.LISTS})))
    if "protection" in steps:
        after = replace(after, root=_list_of(_wanted(desired)))
    if "readers" in steps:
        after = replace(after, lists=_list_of(_wanted(desired, desired.readers)))
    if "share" in steps:
        after = replace(after, share=Share(desired.share, desired.at.lists, None))
    return after


def _list_of(wanted: Mapping[str, int]) -> AccessList:
    flags = frozenset({"OI", "CI"})
    return AccessList(True, tuple(descriptors.Entry(sid, mask, True, flags) for sid, mask in wanted.items()))


def _warnings(state: State, desired: FolderSpec) -> Iterator[str]:
    if state.lists is not None:
        writers = [sid for sid in state.lists.sids_with_access(WRITING) if sid not in _HARMLESS]
        if writers:
            yield (
                f"accounts other than administrators and SYSTEM can change {desired.at.lists}, which clients read: "
                f"{', '.join(writers)}. This module did not grant that permission"
            )
    if state.share is not None and state.share.access is not None:
        known = {*desired.readers, EVERYONE, *READERS}
        if not any(state.share.access.granted(sid) & 1 for sid in known):
            readers = ", ".join(state.share.access.sids_with_access(1)) or "nobody"
            yield (
                f"the share {state.share.name} admits {readers}, which may not include the computer accounts. Verify "
                "it on a client with windefend.maps.ctl_source_info"
            )


def _result(changed: bool, before: State, after: State, desired: FolderSpec) -> dict[str, Any]:
    return {
        "changed": changed,
        "before": _shown(before, desired),
        "after": _shown(after, desired),
        "lists_path": desired.at.lists,
    }


def _shown(state: State, desired: FolderSpec) -> dict[str, Any]:
    share, lists = state.share, state.lists
    return {
        "present": lists is not None,
        "protected": _fits(state.root, _wanted(desired)),
        "readers": [] if lists is None else [sid for sid in lists.sids_with_access(1) if sid not in _HARMLESS],
        "share": share.name if share else "",
        "share_readers": share.access.sids_with_access(1) if share and share.access else [EVERYONE] if share else [],
    }
