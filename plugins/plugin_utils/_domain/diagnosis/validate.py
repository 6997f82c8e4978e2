"""ValidateMapsConnection: run with the binary in use, as the caller or as SYSTEM, read, and diagnosed.

Who makes the connection, the caller or the service, Microsoft does not say; its own analyzer runs the command as the
elevated user and its certificate checks as SYSTEM. Where the caller has a proxy of their own that SYSTEM has not, only
SYSTEM's answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._windows import hresult, mpcmdrun
from ..._windows.cmdline import NO_SUCH_PROGRAM, Outcome
from .. import host as host_reading
from ..as_system import task as as_system_task
from ..defender import fallbacks, not_started
from ..host import Host
from ..operation import Ask, Operation, RunIdentity, Warn, reason
from .explain import diagnosis_result
from .from_results import host_of
from .observation import Observation

DEFAULT_TIMEOUT = 120.0
"""Seconds; published outputs show up to a minute when a firewall drops packets."""


def validate(
    *,
    run_as: str,
    timeout: float,
    identity: RunIdentity,
    known_host: Mapping[str, Any] | None = None,
) -> Operation[dict[str, Any]]:
    """Reads the host unless its `host_info` is given, validates, and says what the answer means.

    `run_as` is current, system or auto; `identity` is for the scheduled task. "Not connected" is a result.
    """
    if known_host is None:
        answer = yield host_reading.READING
        host = host_reading.interpret(answer)
    else:
        host = host_of(known_host)
    who = run_as
    if run_as == "auto":
        who = "system" if host.caller_differs and host.system.elevated else "current"
    if who == "system":  # where it is not known whether the account is elevated, it is tried
        as_system_task.demand_elevated(host.system.elevated or "system.elevated" in host.unknown)
    if who == "current" and host.caller_differs:
        yield Warn(
            "the account that ran the validation has its own proxy that SYSTEM does not have, so the result may not "
            "apply to Defender; use run_as: system"
        )
    identity = identity.by_host_clock(host.clock_skew)
    root, binary, outcome = host.system.system_root, host.defender.mpcmdrun, Outcome(NO_SUCH_PROGRAM)
    if binary:
        outcome = yield from _run(binary, who, root, timeout, identity)
    if not_started(outcome):
        candidates = yield from fallbacks(root, tried=binary)
        for binary in candidates:
            outcome = yield from _run(binary, who, root, timeout, identity)
            if not not_started(outcome):
                break
    return _result(host, outcome, binary, who)


def _run(binary: str, who: str, system_root: str, timeout: float, identity: RunIdentity) -> Operation[Outcome]:
    command = mpcmdrun.validate(binary)
    if who == "system":
        return (yield from as_system_task.run(command, system_root=system_root, identity=identity, timeout=timeout))
    answer = yield Ask({"validate": command.with_errors()}, timeout=timeout)
    return answer["validate"]


def _result(host: Host, outcome: Outcome, binary: str, who: str) -> dict[str, Any]:
    unread = reason(outcome)
    outcome = Outcome(None) if unread else outcome
    seen = mpcmdrun.parse_validation(outcome.output, outcome.exit_code)
    result: dict[str, Any] = {
        "changed": False,
        "connected": seen.connected,
        "hresult": hresult.format_code(seen.hresult) if seen.hresult is not None else "",
        "httpcore": seen.http_code,
        "platform_version": mpcmdrun.platform_version(binary) or "",
        "binary": binary,
        "run_as": who,
        "output": outcome.text,
        "exit_code": outcome.exit_code,
        "last_success": seen.last_success,
        "host": host.shown,
        "unknown": [{"fact": "connected", "reason": unread}] if unread else [],
    }
    result.update(diagnosis_result(Observation.from_facts(host, seen, who)))
    if seen.hresult is not None:
        result["hresult_meaning"] = hresult.explain(seen.hresult).text
    return result
