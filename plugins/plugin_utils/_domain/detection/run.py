"""The article's test: a harmless file of Microsoft's that Defender detects where it is connected to its cloud.

The file goes into a folder whose name is used once, so the event 1116 that names this folder is this test's and no
older one's; its detection ID leads to the event of the action. Bringing the file, waiting for Defender to take it, and
removing what is left are one line: it runs to its end on the host even when the connection breaks meanwhile. The folder
is removed again over a fresh connection in every path, and what a run that broke off left behind is swept by the next.

Only an event 1116 is a proof. A file that never arrived proves nothing, and neither does one that Defender's real-time
protection could not have looked at; then no file is brought at all. Defender asks its cloud about files that come from
the Internet zone only (Microsoft Learn, configure-block-at-first-sight, 2026-09-02: sure), so the file gets the mark
that a browser would give it, is opened, and is scanned where it is still there. That a file stays proves something only
where all of this was done and no setting keeps Defender from asking.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ..._windows import curl, eventlog, files, hresult, mpcmdrun
from ..._windows.cmdline import NO_SUCH_PROGRAM, Outcome, why_unread
from ..._windows.credentials import last_words
from ..defender import settings as defender_settings
from ..operation import Ask, HostError, Operation, Refused, RunIdentity, facts, temp_folder, understood
from ..proxy import Client, Route, check_proxy, in_force
from .events import ALL, Found, find

URL = "https://aka.ms/ioavtest"
ARCHIVE_URL = "https://go.microsoft.com/fwlink/?linkid=2298135"
ARCHIVE_PASSWORD = "infected"  # noqa: S105 - published with the file
"""Microsoft's demonstration page on cloud-delivered protection: the zip since 2024-11, before it the file (sure)."""
DEFAULT_TIMEOUT = 60
LONGEST_TIMEOUT = 600
LIMIT = 60
"""Seconds for the download, which is a few hundred kilobytes at most (recalled)."""
SCAN = 120.0
"""Seconds for the scan of one file, which has to load the engine (guess)."""
SHORT = 5.0
"""Seconds to look for an event although the file was not taken."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
MOST_EVENTS = 1024 * 1024
"""Bytes of fifty events, which have some thousands each (captures: likely)."""
NEEDED = (
    *("system.elevated", "system.system_root", "product.installed", "product.passive_mode", "product.disabled"),
    *("product.running", "real_time_protection", "proxy.winhttp", "proxy.defender", "proxy.caller"),
)
"""Facts of defender_info that the test depends on."""
MUST_GO = "The test file is in it where Defender has not taken it; remove it"
_URL = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9._~:/?#@!$&'()*+,;=-]*", re.IGNORECASE)


@dataclass(frozen=True)
class DetectionRequest:
    """What to do: `form` auto, file or zip; `proxy` auto, none or `host:port`; `timeout` seconds."""

    identity: RunIdentity
    """Its name is that of the folder, and is used once."""
    form: str = "auto"
    url: str = URL
    archive_url: str = ARCHIVE_URL
    password: str = ARCHIVE_PASSWORD
    proxy: str = "auto"
    timeout: int = DEFAULT_TIMEOUT

    def validated(self) -> Self:
        """The request itself; raises Refused for what cannot be meant."""
        for option, url in (("url", self.url), ("archive_url", self.archive_url)):
            if not _URL.fullmatch(url):
                raise Refused(f"{option} must be an http or https URL without spaces and percent signs, not {url!r}")
        if self.proxy not in ("auto", "none"):
            check_proxy("proxy", self.proxy)
        if not 1 <= self.timeout <= LONGEST_TIMEOUT:
            raise Refused(f"timeout must be 1 to {LONGEST_TIMEOUT} seconds, not {self.timeout}")
        return self


@dataclass(frozen=True)
class _Download:
    """What became of the file."""

    reason: str
    """Why it did not arrive; empty: it did."""
    code: int | None
    """Schannel's HRESULT, where that is why."""
    exit_code: int | None
    said: str
    taken: bool
    """It was gone before we removed it."""
    unpacked: bool = True
    """The archive, where one was brought, could be unpacked."""
    marked: bool = False
    """It carries the mark of the web."""
    scanned: bool = False
    """MpCmdRun scanned it and found nothing."""
    excluded: bool = False
    """Its folder is excluded from scans."""


def run(desired: DetectionRequest) -> Operation[dict[str, Any]]:
    """Runs the test. Raises Refused, HostError."""
    desired.validated()
    answer = yield Ask(defender_settings.STATE.commands, reads=True)
    state, unknown = understood(answer.outcomes, defender_settings.STATE)
    needed = [one["reason"] for one in facts(unknown, defender_settings.DECIDES) if one["fact"].startswith(NEEDED)]
    if needed and ("system.elevated" in unknown or state.system.elevated):
        raise HostError(
            "no file was downloaded, because facts that the test depends on are unknown: "
            + "; ".join(dict.fromkeys(needed))
        )
    clock = desired.identity.now + (answer.clock_skew or 0.0)
    hindrance = None if needed else _blocker(state)
    if hindrance:
        return _result("", "", Route("", ""), hindrance, state, clock)
    if not state.system.elevated:
        raise HostError(
            "the account is not elevated, so it cannot read Defender's events, and no file was downloaded. Use an "
            "account that is an administrator on the host"
        )
    desired = replace(desired, identity=desired.identity.by_host_clock(answer.clock_skew))
    temp = temp_folder.Temp(state.system.system_root)
    result: dict[str, Any] = {}
    # The archive first: the address of the file was refused for months, and Microsoft's newer pages do not name it.
    for form in ("zip", "file") if desired.form == "auto" else (desired.form,):
        url = desired.url if form == "file" else desired.archive_url
        way = route(desired.proxy, url, state)
        bringing = _download(desired, form, url, way.proxy, temp, state.product.mpcmdrun)
        brought = yield from temp_folder.with_temp_folder(temp, desired.identity, bringing, MUST_GO)
        if brought.exit_code == NO_SUCH_PROGRAM and desired.form == "zip":
            raise HostError("there is no tar.exe on this host to unpack the archive; use form: file")
        found = yield from _await(desired, brought)
        judged = _judge(brought, found, way, _doubts(state, brought))
        result = _result(form, url, way, judged, state, clock, brought, found)
        if result["outcome"] == "detected" or (result["outcome"] != "blocked_upstream" and brought.unpacked):
            break
    return result


def check_mode_result(desired: DetectionRequest) -> Operation[dict[str, Any]]:
    """Check mode: the options are checked, nothing is asked of the host. Raises Refused."""
    desired.validated()
    yield from ()
    return {
        "changed": False,
        "skipped": True,
        "outcome": "not_run",
        "proven": None,
        "message": (
            "check mode: the test was not run, because it downloads a file that Defender must detect, which "
            "raises an alert"
        ),
    }


def _blocker(state: defender_settings.State) -> tuple[str, str, None] | None:
    product = state.product
    if not product.installed:
        return "not_applicable", "Microsoft Defender Antivirus is not installed, so there is nothing to test", None
    if not product.applicable:
        return (
            "not_applicable",
            "Microsoft Defender Antivirus is passive or turned off, and another product scans the files. No file was "
            "downloaded",
            None,
        )
    if state.real_time_protection is False:
        why = "the service WinDefend is not running" if not product.running else "DisableRealtimeMonitoring is set"
        return (
            "real_time_protection_off",
            f"real-time protection is off ({why}), so the file would not be scanned. No file was downloaded, and "
            "nothing is proven; turn it on first",
            None,
        )
    return None


def route(desired: str, url: str, state: defender_settings.State) -> Route:
    """The way for a URL. curl knows none of Windows' proxies; the file only has to arrive, and how Defender itself gets
    out is what the event shows."""
    if desired != "auto":
        return Route("", "none") if desired == "none" else Route(desired, "option")
    return in_force(state.proxy, url, Client.DOWNLOAD, own=state.product.own_proxy)


def _download(
    desired: DetectionRequest, form: str, url: str, proxy: str, temp: temp_folder.Temp, binary: str
) -> Operation[_Download]:
    """One line: make the folder, download, unpack, mark, open, wait until the file is gone, scan, look, remove."""
    folder = temp.folder(desired.identity.name)
    payload = f"{folder}\\payload"
    pattern = f"{payload}\\*.exe"
    target = f"{payload}\\test-file.exe" if form == "file" else f"{folder}\\test-file.zip"
    commands = {
        **temp.listing(),
        "make": files.make_directory(payload).with_errors(),
        "download": curl.download(url, target, proxy=proxy, limit=LIMIT).with_errors(),
    }
    if form == "zip":
        commands["archive"] = files.begins_with(target, "PK").with_errors()
        commands["unpack"] = curl.unpack(target, payload, desired.password).with_errors()
    commands["mark"] = files.mark_of_the_web(pattern).silent()
    commands["marked"] = files.marked(pattern)
    # Whether it is a program and not a filter's own page. It is opened for that, which Defender looks at.
    commands["program"] = files.begins_with(pattern, "MZ").with_errors()
    commands["wait"] = files.wait_while(pattern, there=True, seconds=desired.timeout)
    if binary:
        commands["scan"] = files.if_there(pattern, mpcmdrun.scan(binary, payload)).with_errors()
        commands["excluded"] = files.if_there(pattern, mpcmdrun.check_exclusion(binary, payload)).with_errors()
    commands["there"] = files.list_names(pattern)
    commands |= temp_folder.removed_at_once(folder)
    answer = yield Ask(commands, timeout=LIMIT + desired.timeout + SCAN)
    return _read(answer.outcomes)


def _read(outcomes: Mapping[str, Outcome]) -> _Download:
    download, archive, unpack = outcomes["download"], outcomes.get("archive"), outcomes.get("unpack")
    said = download.text.strip()
    there = outcomes["there"].ok
    if download.exit_code == NO_SUCH_PROGRAM:
        raise HostError(
            "there is no curl.exe on this host (it is part of Windows since Windows 10 1803 and Server 2019), and "
            "Defender blocks other ways to download the file. Test on a newer host"
        )
    if not download.ok and download.exit_code != curl.CANNOT_WRITE:
        reason = curl.NETWORK_FAILURES.get(download.exit_code or 0)
        if reason is None:
            raise HostError(
                f"curl.exe ended with {download.exit_code}, so no file was downloaded. Output: {last_words(said)}"
            )
        return _Download(reason, curl.schannel_code(download.output), download.exit_code, said, False)
    if not outcomes["make"].ok and not there:
        raise HostError(
            "no folder could be created for the test file, so it was not downloaded. Check that the account is "
            f"elevated. Output: {last_words(outcomes['make'].text)}"
        )
    if download.ok and (not archive.ok if archive is not None else there and not outcomes["program"].ok):
        return _Download(
            "something else was returned instead of the file, such as a web page", None, download.exit_code, said, False
        )
    told = " ".join(filter(None, (said, unpack.text.strip() if unpack is not None else "")))
    return _Download(
        *("", None, (unpack or download).exit_code, told),
        taken=not there,
        unpacked=unpack is None or unpack.ok,
        marked=outcomes["marked"].ok,
        scanned="scan" in outcomes and mpcmdrun.found_nothing(outcomes["scan"].output),
        excluded="excluded" in outcomes and mpcmdrun.is_excluded(outcomes["excluded"].output),
    )


def _doubts(state: defender_settings.State, brought: _Download) -> tuple[str, ...]:
    """Why a file that was not detected proves nothing; empty: it proves that the cloud was not asked, or not heard."""
    consent, first_sight = (state.settings[name] for name in ("sample_consent", "block_at_first_sight_disabled"))
    conditions = {
        f"SubmitSamplesConsent is {consent.value}, and block at first sight needs 1 or 3": consent.value in (0, 2),
        "block at first sight is off (DisableBlockAtFirstSeen)": first_sight.value == 1,
        "policies disagree about block at first sight": consent.conflict or first_sight.conflict,
        "the mark of the web could not be written, and Defender asks its cloud only about files that have it": (
            not brought.marked
        ),
        "the folder of the test is excluded from scans": brought.excluded,
        "MpCmdRun.exe did not scan the file": not brought.scanned,
    }
    return tuple(text for text, holds in conditions.items() if holds)


def _await(desired: DetectionRequest, brought: _Download) -> Operation[Found]:
    """Asks for the events of this test until the action is told, too; at least once."""
    patience = float(desired.timeout)
    if not brought.taken:
        patience = 0.0 if brought.reason else min(SHORT, patience)
    within = 2.0 * desired.timeout + 2 * LIMIT + 300.0
    waited, pause = 0.0, 0.0
    while True:
        query = eventlog.query(eventlog.DEFENDER, ALL, within, 50).up_to(MOST_EVENTS)
        answer = yield Ask({"events": query}, pause=pause, reads=True)
        events = answer["events"]
        if why := why_unread(events) or ("" if events.ok else f"wevtutil ended with {events.exit_code}: {events.text}"):
            raise HostError(
                f"Defender's event channel could not be read ({last_words(why)}). The file was removed. Check that the "
                "account is elevated"
            )
        found = find(eventlog.parse(events.output).events, desired.identity.name)
        waited += pause + answer.seconds
        if found.action is not None or waited >= (desired.timeout if found.detection is not None else patience):
            return found
        pause = min(pause * 1.5, LONGEST_PAUSE) or FIRST_PAUSE


def _judge(brought: _Download, found: Found, way: Route, doubts: tuple[str, ...]) -> tuple[str, str, bool | None]:
    """The outcome, what it says, and what it proves."""
    if found.detection is not None:
        threat = found.detection.data.get("Threat Name", "")
        acted = "and took action" if found.action is not None else "and has not reported an action yet"
        return "detected", f"Defender detected the test file as {threat} {acted}: cloud protection works", True
    if brought.reason:
        path = f"through {way.proxy} ({way.source})" if way.proxy else f"directly ({way.source})"
        code = f"; {hresult.format_code(brought.code)}: {hresult.explain(brought.code).text}" if brought.code else ""
        return (
            "blocked_upstream",
            f"the test file did not arrive, {path}: {brought.reason}{code}. This proves neither that Defender works "
            f"nor that it does not. Output of curl: {last_words(brought.said)}",
            None,
        )
    if brought.exit_code != 0 and brought.taken:
        return (
            "unexplained",
            f"the test file could not be written or unpacked (exit code {brought.exit_code}), and there is no event "
            f"1116 for it, so nothing is proven. Output: {last_words(brought.said)}",
            None,
        )
    if brought.taken:
        return (
            "unexplained",
            "the test file disappeared, but there is no event 1116 for it: another security product may have removed "
            "it. Nothing is proven",
            None,
        )
    if doubts:
        return (
            "not_detected",
            "the test file arrived and was not detected, which proves nothing here: "
            f"{'; '.join(doubts)}. Run windefend.maps.maps_connection_info. The file was removed",
            None,
        )
    return (
        "not_detected",
        "the test file arrived as a file from the Internet, and neither real-time protection nor a scan detected it: "
        "Defender got no answer from its cloud. Run windefend.maps.maps_connection_info. The file was removed",
        False,
    )


def _result(
    form: str,
    url: str,
    way: Route,
    judged: tuple[str, str, bool | None],
    state: defender_settings.State,
    clock: float,
    brought: _Download | None = None,
    found: Found | None = None,
) -> dict[str, Any]:
    found = found or Found()
    outcome, message, proven = judged
    return {
        "changed": outcome == "detected",
        "outcome": outcome,
        "proven": proven,
        "message": message,
        "form": form,
        "url": url,
        "proxy": way.proxy,
        "proxy_source": way.source,
        "download": {
            "exit_code": brought.exit_code if brought else None,
            "reason": brought.reason if brought else "",
            "hresult": hresult.format_code(brought.code) if brought and brought.code else "",
            "said": brought.said if brought else "",
            "marked": brought.marked if brought else None,
            "scanned": brought.scanned if brought else None,
        },
        "threat": found.threat(),
        "detection": found.seen(),
        "action": found.done(),
        "quarantined": found.quarantined(),
        "real_time_protection": state.real_time_protection,
        "signatures": state.signatures.shown(clock),
    }
