"""Brings the lists of root certificates from Windows Update to a server, as SYSTEM, and proves that they are there.

`certutil -syncWithWU` says nothing that could be parsed in every language, so the files are the proof: those that
arrived are complete, and those that clients read are the same.
"""

from __future__ import annotations

from typing import Any, Final

from ..._windows import certutil, files, hresult, registry
from ..._windows.cmdline import Command, Outcome
from ..._windows.credentials import last_words
from ..as_system import task as as_system_task
from ..defender import SYSTEM
from ..operation import Ask, Fact, HostError, Operation, RunIdentity, Warn, values
from ..root_lists import AUTO_UPDATE
from . import lists as ctl_lists
from .lists import Lists, Place

DEFAULT_TIMEOUT = 600
"""Seconds; the lists and some 400 certificates have 1.5 MB (Microsoft Learn: sure)."""
MOST_REMOVED = 200
"""Certificates that one run removes; each becomes two commands."""
SYNC_FROM = "SyncFromDirUrl"
"""Where certutil synchronizes from instead of Windows Update (Microsoft's Trusted Root Program, testing: likely)."""

_WAY = (
    "certutil runs as SYSTEM and connects to ctldl.windowsupdate.com on port 80, through the machine-wide WinHTTP "
    "proxy if one is set (see windefend.maps.winhttp_proxy)"
)
ADVICE = {
    0x80072EE7: f"This host cannot resolve internet names. {_WAY}",
    0x80072EFD: f"There is no answer. {_WAY}",
    0x80072EE2: f"There was no answer in time: something drops the packets. {_WAY}",
    0x80072EFE: f"Something resets the connection. {_WAY}",
    0x80190197: f"The proxy requires authentication, which SYSTEM cannot provide: exempt the host's address. {_WAY}",
    0x8007000D: "The response is not a list: a filter may have replaced it with its own page. Exempt "
    "ctldl.windowsupdate.com from filtering",
    0x80092010: "The signer of the list is in this host's store of untrusted certificates",
    0x80070005: "SYSTEM cannot write to the folder: run windefend.maps.ctl_folder",
}


def sync(
    at: Place,
    *,
    keep: int,
    remove_dropped: bool,
    timeout: float,
    identity: RunIdentity,
    check_mode: bool,
) -> Operation[dict[str, Any]]:
    """Synchronizes. `identity` is for the scheduled task.

    In check mode Windows Update is not asked, so whether it has anything newer is not known. Raises HostError.
    """
    names = Fact.of("root", files.look_for(f"{at.root}\\*"), ctl_lists.names)
    published, incoming = ctl_lists.lists_in(at.lists, "lists"), ctl_lists.lists_in(at.incoming, "incoming")
    reading = {**names.commands, **_SYNC_FROM.commands, **published.commands, **incoming.commands}
    answer = yield Ask({**SYSTEM.commands, **reading}, reads=True)
    system, before = answer[SYSTEM], answer[published]
    source = answer[_SYNC_FROM]
    if source:
        yield Warn(
            f"{SYNC_FROM} is stored in {AUTO_UPDATE} on this server, so certutil downloads the lists from {source} "
            "and not from Windows Update; Microsoft uses that for tests. Remove the value unless this is intended"
        )
    there = "lists" in [one.lower() for one in answer[names]]
    if check_mode:
        kept = [one for one in answer[names] if ctl_lists.is_previous(one)]
        message = (
            "check mode: Windows Update was not contacted, so it is unknown whether it has newer lists"
            if not before.missing
            else "check mode: the lists would be downloaded for the first time"
        )
        return _result(bool(before.missing), before, before, source, Outcome(None), sorted(kept), [], message)
    if not system.elevated:
        raise HostError("the account is not elevated; only an elevated account can create a task for SYSTEM")
    if not there:
        raise HostError(
            f"{at.lists} does not exist: run windefend.maps.ctl_folder first, which creates and protects it"
        )
    ran = yield from as_system_task.run(
        Command(f"({ctl_lists.sync_line(at, keep).text})"),
        system_root=system.system_root, identity=identity.by_host_clock(answer.clock_skew), timeout=timeout,
    )  # fmt: skip
    answer = yield Ask(reading, reads=True)
    arrived, after = answer[incoming], answer[published]
    _demand_arrived(ran, arrived, before, after)
    _demand_published(ran, arrived, before, after, at)
    dropped = sorted(after.certificates - arrived.certificates)
    kept = sorted(one for one in answer[names] if ctl_lists.is_previous(one))
    if dropped and remove_dropped:
        if len(dropped) > MOST_REMOVED:
            yield Warn(
                f"{len(dropped)} roots are no longer trusted; {MOST_REMOVED} of them are removed now, the others by "
                "the next runs"
            )
        after = yield from _remove(at, dropped[:MOST_REMOVED], after)
    missing = [one for one in ctl_lists.EXPECTED if arrived.hashes[one] is None]
    if missing:
        yield Warn(f"Windows Update did not provide {', '.join(missing)}, which clients do not strictly need")
    changed = before != after
    message = "the lists changed" if changed else "Windows Update has no newer lists"
    return _result(changed, before, after, source, ran, kept, dropped, message)


def _stored_source(outcome: Outcome) -> str:
    return values.text(outcome, SYNC_FROM)


_SYNC_FROM: Final = Fact.of("sync.from", registry.query(AUTO_UPDATE, SYNC_FROM), _stored_source)
"""Where certutil synchronizes from; empty: from Windows Update."""


def _demand_arrived(ran: Outcome, arrived: Lists, before: Lists, after: Lists) -> None:
    """Raises HostError unless everything came."""
    came = ctl_lists.ARRIVED in ran.text
    if came and not arrived.missing:
        return
    code = certutil.failure(ran.exit_code, ran.output)
    if not came and code is not None:
        meaning = hresult.explain(code)
        told = f"{hresult.format_code(code)} ({meaning.text})" if meaning.known else hresult.format_code(code)
        why = f"the lists could not be downloaded: certutil returned {told}. {ADVICE.get(code, _WAY)}"
    elif not came:
        why = f"the lists could not be downloaded: certutil failed (exit code {ran.exit_code})"
    else:
        why = f"certutil succeeded, but these files are missing: {', '.join(arrived.missing)}"
    raise HostError(f"{why}. Clients keep using their current lists. {_said(ran)}", **_details(before, after, ran))


def _demand_published(ran: Outcome, arrived: Lists, before: Lists, after: Lists, at: Place) -> None:
    wrong = [name for name in ctl_lists.FILES if arrived.hashes[name] not in (None, after.hashes[name])]
    lacking = arrived.certificates - after.certificates
    if wrong or lacking:
        what = ", ".join(wrong) or f"{len(lacking)} certificates are missing"
        raise HostError(
            f"the lists were downloaded but could not be published in {at.lists}: {what}. Check whether the disk is "
            f"full or a program has the files open. {_said(ran)}",
            **_details(before, after, ran),
        )


def _said(ran: Outcome) -> str:
    return f"Output: {last_words(ran.text.replace(ctl_lists.ARRIVED, ''))}"


def _details(before: Lists, after: Lists, ran: Outcome) -> dict[str, Any]:
    code = certutil.failure(ran.exit_code, ran.output)
    return {
        "before": before.shown(),
        "after": after.shown(),
        "exit_code": ran.exit_code,
        "hresult": hresult.format_code(code) if code is not None else "",
    }


def _remove(at: Place, dropped: list[str], after: Lists) -> Operation[Lists]:
    """Takes certificates away that Microsoft no longer lists. Raises HostError."""
    commands = {name: files.remove_file(f"{at.lists}\\{name}").silent() for name in dropped}
    commands |= {f"there.{name}": files.list_names(f"{at.lists}\\{name}") for name in dropped}
    answer = yield Ask(commands)
    left = [name for name in dropped if answer[f"there.{name}"].ok]
    if left:
        raise HostError(f"roots that are no longer trusted could not be removed from {at.lists}: {', '.join(left)}")
    return Lists(after.hashes, after.certificates - frozenset(dropped))


def _result(
    changed: bool,
    before: Lists,
    after: Lists,
    source: str,
    ran: Outcome,
    kept: list[str],
    dropped: list[str],
    message: str,
) -> dict[str, Any]:
    return {
        "changed": changed,
        "before": before.shown(),
        "after": after.shown(),
        "source": source,
        "exit_code": ran.exit_code,
        "hresult": "",
        "kept": kept,
        "dropped": dropped,
        "message": message,
    }
