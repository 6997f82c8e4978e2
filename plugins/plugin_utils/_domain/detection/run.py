"""The article's test: a harmless file of Microsoft's that Defender detects where it is connected to its cloud.

The file goes into a folder whose name is used once, so the event 1116 that names this folder is this test's and no
older one's; its detection ID leads to the event of the action. Bringing the file, waiting for Defender to take it, and
removing what is left are one line: it runs to its end on the host even when the connection breaks meanwhile. The folder
is removed again over a fresh connection in every path, and what a run that broke off left behind is swept by the next.

Only an event 1116 is a proof. A file that never arrived proves nothing, and neither does one that Defender's real-time
protection could not have looked at; then no file is brought at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ..._windows import curl, eventlog, files, hresult
from ..._windows.cmdline import NO_SUCH_PROGRAM, Command, Literal, Outcome, why_unread
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
    for form in ("file", "zip") if desired.form == "auto" else (desired.form,):
        url = desired.url if form == "file" else desired.archive_url
        way = route(desired.proxy, url, state)
        bringing = _download(desired, form, url, way.proxy, temp)
        brought = yield from temp_folder.with_temp_folder(temp, desired.identity, bringing, MUST_GO)
        found = yield from _await(desired, brought)
        result = _result(form, url, way, _judge(brought, found, way), state, clock, brought, found)
        if result["outcome"] != "blocked_upstream":
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


def _blocker(state: defender_settings.State) -> tuple[str, str] | None:
    product = state.product
    if not product.installed:
        return "not_applicable", "Microsoft Defender Antivirus is not installed, so there is nothing to test"
    if not product.applicable:
        return (
            "not_applicable",
            "Microsoft Defender Antivirus is passive or turned off, and another product scans the files. No file was "
            "downloaded",
        )
    if state.real_time_protection is False:
        why = "the service WinDefend is not running" if not product.running else "DisableRealtimeMonitoring is set"
        return (
            "real_time_protection_off",
            f"real-time protection is off ({why}), so the file would not be scanned. No file was downloaded, and "
            "nothing is proven; turn it on first",
        )
    return None


def route(desired: str, url: str, state: defender_settings.State) -> Route:
    """The way for a URL. curl knows none of Windows' proxies; the file only has to arrive, and how Defender itself gets
    out is what the event shows."""
    if desired != "auto":
        return Route("", "none") if desired == "none" else Route(desired, "option")
    return in_force(state.proxy, url, Client.DOWNLOAD, own=state.product.own_proxy)


def _download(
    desired: DetectionRequest, form: str, url: str, proxy: str, temp: temp_folder.Temp
) -> Operation[_Download]:
    """One line: make the folder, download, unpack, wait until the file is gone, look, remove everything."""
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
        commands["unpack"] = curl.unpack(target, payload, desired.password).with_errors()
    commands["wait"] = files.wait_while(pattern, there=True, seconds=desired.timeout)
    commands["there"] = files.list_names(pattern)
    # A filter's own page in the place of the file: reading it is also what makes Defender look at the file again.
    commands["page"] = Command.of(
        "findstr", Literal("/m"), Literal("/i"), "/c:<html", "/c:<!doctype", target if form == "zip" else pattern
    ).with_errors()
    commands |= temp_folder.removed_at_once(folder)
    answer = yield Ask(commands, timeout=LIMIT + desired.timeout + 60.0)
    return _read(answer.outcomes)


def _read(outcomes: Mapping[str, Outcome]) -> _Download:
    download, unpack = outcomes["download"], outcomes.get("unpack")
    said = download.text.strip()
    taken = not outcomes["there"].ok
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
    if outcomes["page"].ok:
        return _Download("a web page was returned instead of the file", None, download.exit_code, said, False)
    if unpack is not None and unpack.exit_code == NO_SUCH_PROGRAM:
        raise HostError("there is no tar.exe on this host to unpack the archive; use form: file")
    if not outcomes["make"].ok and taken:
        raise HostError(
            "no folder could be created in Windows' Temp directory, so no file was downloaded. Check that the "
            f"account is elevated. Output: {last_words(outcomes['make'].text)}"
        )
    told = " ".join(filter(None, (said, unpack.text.strip() if unpack is not None else "")))
    return _Download("", None, (unpack or download).exit_code, told, taken)


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


def _judge(brought: _Download, found: Found, way: Route) -> tuple[str, str]:
    if found.detection is not None:
        threat = found.detection.data.get("Threat Name", "")
        acted = "and took action" if found.action is not None else "and has not reported an action yet"
        return "detected", f"Defender detected the test file as {threat} {acted}: cloud protection works"
    if brought.reason:
        path = f"through {way.proxy} ({way.source})" if way.proxy else f"directly ({way.source})"
        code = f"; {hresult.format_code(brought.code)}: {hresult.explain(brought.code).text}" if brought.code else ""
        return (
            "blocked_upstream",
            f"the test file did not arrive, {path}: {brought.reason}{code}. This proves neither that Defender works "
            f"nor that it does not. Output of curl: {last_words(brought.said)}",
        )
    if brought.exit_code != 0 and brought.taken:
        return (
            "unexplained",
            f"the test file could not be written or unpacked (exit code {brought.exit_code}), and there is no event "
            f"1116 for it, so nothing is proven. Output: {last_words(brought.said)}",
        )
    if brought.taken:
        return (
            "unexplained",
            "the test file disappeared, but there is no event 1116 for it: another security product may have removed "
            "it. Nothing is proven",
        )
    return (
        "not_detected",
        "the test file arrived and real-time protection did not detect it: Defender got no answer from its cloud, or "
        "Windows' Temp folder is excluded from protection. Run windefend.maps.maps_connection_info. The file was "
        "removed",
    )


def _result(
    form: str,
    url: str,
    way: Route,
    judged: tuple[str, str],
    state: defender_settings.State,
    clock: float,
    brought: _Download | None = None,
    found: Found | None = None,
) -> dict[str, Any]:
    found = found or Found()
    outcome, message = judged
    return {
        "changed": outcome == "detected",
        "outcome": outcome,
        "proven": {"detected": True, "not_detected": False}.get(outcome),
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
        },
        "threat": found.threat(),
        "detection": found.seen(),
        "action": found.done(),
        "quarantined": found.quarantined(),
        "real_time_protection": state.real_time_protection,
        "signatures": state.signatures.shown(clock),
    }
