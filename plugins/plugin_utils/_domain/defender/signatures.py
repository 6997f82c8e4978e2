"""MpCmdRun -SignatureUpdate: run with the binary in use, and judged by the versions that are stored before and after.

A source that failed is no failed update (a published log shows six events 2001 and then a 2000), and the tool ends
with 0 whether it found something or not; so the versions decide what changed, the exit code what failed.
"""

from __future__ import annotations

from typing import Any

from ..._windows import hresult, mpcmdrun
from ..._windows.cmdline import NO_SUCH_PROGRAM, Outcome
from ..._windows.credentials import last_words
from ..operation import Ask, HostError, Operation, Warn
from .mpcmdrun import fallbacks, more_telling, not_started
from .product import DEFENDER, SYSTEM
from .settings import SIGNATURES, Signatures

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


def update(*, source: str, check_mode: bool, timeout: float, now: float) -> Operation[dict[str, Any]]:
    """Updates the signatures from `source`, configured or microsoft. Raises HostError when the tool failed.

    In check mode nothing is asked of the source, so whether there is anything newer is not known.
    """
    answer = yield Ask({**SYSTEM.commands, **DEFENDER.commands, **SIGNATURES.commands}, reads=True)
    clock = now + (answer.clock_skew or 0.0)
    before = answer[SIGNATURES]
    if check_mode:
        message = "check mode: no source was contacted, so it is unknown whether there are newer signatures"
        return _result(before, before, clock, source, "", Outcome(None), message)
    root = answer[SYSTEM].system_root
    binary = answer[DEFENDER].mpcmdrun
    outcome, after = Outcome(NO_SUCH_PROGRAM), before
    if binary:
        outcome, after = yield from _run(binary, source, timeout)
    if not_started(outcome):
        candidates = yield from fallbacks(root, tried=binary)
        for candidate in candidates:
            other, after = yield from _run(candidate, source, timeout)
            started = not not_started(other)
            if started or not binary or more_telling(outcome, other):
                outcome, binary = other, candidate
            if started:
                break
    return (yield from _judged(before, after, clock, source, binary, outcome))


def _run(binary: str, source: str, timeout: float) -> Operation[tuple[Outcome, Signatures]]:
    command = mpcmdrun.signature_update(binary, from_microsoft=source == "microsoft").with_errors()
    answer = yield Ask({"update": command, **SIGNATURES.commands}, timeout=timeout)
    return answer["update"], answer[SIGNATURES]


def _judged(
    before: Signatures,
    after: Signatures,
    clock: float,
    source: str,
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
    result = _result(before, after, clock, source, binary, outcome, "")
    failed = outcome.exit_code != 0
    if failed and not result["changed"]:
        code = seen.hresult
        meaning = hresult.explain(code).text if code is not None else ""
        told = f"{hresult.format_code(code)} ({meaning})" if code is not None else "no known code"
        raise HostError(
            f"the signatures were not updated: MpCmdRun ended with {outcome.exit_code} and returned {told}. "
            f"{ADVICE.get(code or 0, CONNECTION)}. Output: {seen.failed_line or last_words(outcome.text)}",
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
    clock: float,
    source: str,
    binary: str,
    outcome: Outcome,
    message: str,
) -> dict[str, Any]:
    seen = mpcmdrun.parse_update(outcome.output)
    return {
        "changed": any(getattr(before, name) != getattr(after, name) for name in VERSIONS),
        "before": before.shown(clock),
        "after": after.shown(clock),
        "source": source,
        "binary": binary,
        "exit_code": outcome.exit_code,
        "hresult": hresult.format_code(seen.hresult) if seen.hresult is not None else "",
        "hresult_meaning": hresult.explain(seen.hresult).text if seen.hresult is not None else "",
        "output": outcome.text,
        "message": message,
    }
