"""MpCmdRun -SignatureUpdate: run with the binary in use, and judged by the versions that are stored before and after.

A source that failed is no failed update (a published log shows six events 2001 and then a 2000), and the tool ends
with 0 whether it found something or not; so the versions decide what changed, the exit code what failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._windows import filetime, hresult, mpcmdrun
from ..._windows.cmdline import NO_SUCH_PROGRAM, Outcome
from ..._windows.credentials import last_words
from ..operation import Ask, HostError, Operation, Refused, Warn
from .mpcmdrun import fallbacks, more_telling, not_started
from .product import DEFENDER, SYSTEM
from .settings import SIGNATURES, Signatures
from .signature_sources import MMPC, SOURCES, is_share

DEFAULT_TIMEOUT = 600.0
"""Seconds; the packages have some hundred megabytes at most (recalled)."""
VERSIONS = ("engine", "antivirus", "antispyware", "network_inspection")

ADVICE = {
    0x80070652: "another installation is in progress: run the task again when it has finished",
    0x800704E8: "the source accepts no more connections: run the task again later",
    0x80070005: "the account must be an elevated administrator",
    0x8024002E: "a policy forbids Windows Update: update with the host's management tool, or use source: microsoft",
}
"""What to do about a code; the rest is the connection's."""
CONNECTION = (
    "Windows Update and this tool use the machine-wide WinHTTP proxy, so check windefend.maps.host_info and the "
    "update addresses in the article (windefend.maps.winhttp_proxy sets the proxy)"
)


SHARE_ADVICE = (
    "the service reads the share as the computer's account, so give it read access to the share and the folder; the "
    "share must hold the folders x64 and x86, which path must not name"
)


ADVICE_ON_SHARES = {
    0x80070035: "the file share was not found: check its name, and port 445 from the host to the server",
    0x80070043: "the server has no such file share",
    **dict.fromkeys(
        (0x80070002, 0x80070003),
        "the share holds no folder x64 or x86 with the packages; path must not name that folder",
    ),
}


def update(*, source: str, path: str = "", check_mode: bool, timeout: float, now: float) -> Operation[dict[str, Any]]:
    """Updates the signatures from `source`, configured, microsoft or unc; `path` is the share for unc, empty for those
    that the host has. Raises Refused, and HostError when the tool failed.

    In check mode nothing is asked of the source, so whether there is anything newer is not known.
    """
    if path and (source != "unc" or not is_share(path)):
        raise Refused(rf"path must be a file share, \\server\share, and is for source: unc only, not {path!a}")
    commands = {**SYSTEM.commands, **DEFENDER.commands, **SIGNATURES.commands, **SOURCES.commands}
    answer = yield Ask(commands, reads=True)
    clock = now + (answer.clock_skew or 0.0)
    before = answer[SIGNATURES]
    request = _Request(source, path, answer[SOURCES].shown(filetime.hours_since(before.updated, clock)), clock)
    if source == "unc" and not path and not request.sources["file_shares"]:
        raise HostError("source is unc, but no path was given and this host has no file shares configured. Set path")
    if check_mode:
        message = (
            f"check mode: no source was contacted, so it is unknown whether there are newer signatures; {request.uses} "
            "would be used"
        )
        return _result(before, before, request, "", Outcome(None), message)
    root = answer[SYSTEM].system_root
    binary = answer[DEFENDER].mpcmdrun
    outcome, after = Outcome(NO_SUCH_PROGRAM), before
    if binary:
        outcome, after = yield from _run(binary, request, timeout)
    if not_started(outcome):
        candidates = yield from fallbacks(root, tried=binary)
        for candidate in candidates:
            other, after = yield from _run(candidate, request, timeout)
            started = not not_started(other)
            if started or not binary or more_telling(outcome, other):
                outcome, binary = other, candidate
            if started:
                break
    return (yield from _judged(before, after, request, binary, outcome))


@dataclass(frozen=True)
class _Request:
    """What was asked for, and what the host has."""

    source: str
    path: str
    sources: dict[str, Any]
    """As `SignatureSources.shown`."""
    clock: float
    """POSIX time by the host's clock."""

    @property
    def uses(self) -> str:
        """Which source is asked first."""
        if self.source == "configured":
            return self.sources["would_use"] or "no source"
        return MMPC if self.source == "microsoft" else self.path or self.sources["file_shares"][0]


def _run(binary: str, request: _Request, timeout: float) -> Operation[tuple[Outcome, Signatures]]:
    command = mpcmdrun.signature_update(
        binary, from_microsoft=request.source == "microsoft", share=request.path, from_share=request.source == "unc"
    ).with_errors()
    answer = yield Ask({"update": command, **SIGNATURES.commands}, timeout=timeout)
    return answer["update"], answer[SIGNATURES]


def _judged(
    before: Signatures,
    after: Signatures,
    request: _Request,
    binary: str,
    outcome: Outcome,
) -> Operation[dict[str, Any]]:
    refused = not_started(outcome)
    if refused and not refused.missing:
        raise HostError(
            f"MpCmdRun.exe could not be started, so nothing was updated: {binary} ended with exit code "
            f"{refused.exit_code} without a word of its own. Check that the file is there, and ask whoever runs "
            "application control (AppLocker, App Control for Business) on this host to allow it. "
            f"Output: {refused.said}"
        )
    if refused:
        raise HostError(
            "MpCmdRun.exe is not in the folder of the service, a platform folder or Program Files, so nothing was "
            "updated. Check that Microsoft Defender Antivirus is installed"
        )
    seen = mpcmdrun.parse_update(outcome.output)
    result = _result(before, after, request, binary, outcome, "")
    of_share = request.source == "unc"
    advice, connection = (ADVICE_ON_SHARES, SHARE_ADVICE) if of_share else (ADVICE, CONNECTION)
    failed = outcome.exit_code != 0
    if failed and not result["changed"]:
        code = seen.hresult
        meaning = hresult.explain(code).text if code is not None else ""
        told = f"{hresult.format_code(code)} ({meaning})" if code is not None else "no known code"
        raise HostError(
            f"the signatures were not updated: MpCmdRun ended with {outcome.exit_code} and returned {told}. "
            f"{advice.get(code or 0, connection)}. Output: {seen.failed_line or last_words(outcome.text)}",
            **{name: value for name, value in result.items() if name not in ("changed", "message")},
        )
    if failed or seen.hresult is not None:
        yield Warn(
            f"MpCmdRun reported a failure (exit code {outcome.exit_code}: {seen.failed_line or 'no line'}), but "
            + (
                "the versions changed: one source failed and another one succeeded"
                if result["changed"]
                else "the command succeeded"
            )
        )
    if result["changed"]:
        result["message"] = "updated"
    elif seen.nothing_new:
        result["message"] = "no newer signatures at the source"
    else:
        result["message"] = "the tool succeeded and no version changed"
    return result


def _result(
    before: Signatures,
    after: Signatures,
    request: _Request,
    binary: str,
    outcome: Outcome,
    message: str,
) -> dict[str, Any]:
    seen = mpcmdrun.parse_update(outcome.output)
    return {
        "changed": any(getattr(before, name) != getattr(after, name) for name in VERSIONS),
        "before": before.shown(request.clock),
        "after": after.shown(request.clock),
        "source": request.source,
        "path": request.path,
        "used": request.uses,
        "sources": request.sources,
        "binary": binary,
        "exit_code": outcome.exit_code,
        "hresult": hresult.format_code(seen.hresult) if seen.hresult is not None else "",
        "hresult_meaning": hresult.explain(seen.hresult).text if seen.hresult is not None else "",
        "output": outcome.text,
        "message": message,
    }
