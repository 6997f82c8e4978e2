"""ValidateMapsConnection: run with the binary in use, as the caller or as SYSTEM, read, and diagnosed.

Who makes the connection, the caller or the service, Microsoft does not say; its own analyzer runs the command as the
elevated user and its certificate checks as SYSTEM. Where the caller has a proxy of their own that SYSTEM has not, only
SYSTEM's answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..._windows import hresult, mpcmdrun
from ..._windows.cmdline import NO_SUCH_PROGRAM, Command, Outcome
from .. import host as host_reading
from ..as_system import task as as_system_task
from ..defender import STANDING, Standing, fallbacks, more_telling, not_started, standing
from ..host import HOST, Host
from ..operation import Answer, Ask, HostError, Operation, Place, RunIdentity, Warn, reason
from .explain import Diagnosis, shown as diagnosis_shown
from .observation import Observation
from .probe_evidence import Probes

DEFAULT_TIMEOUT = 120.0
"""Seconds; published outputs show up to a minute when a firewall drops packets."""
NOTHING_RUN: Final = "nothing was run on the host (passive)"
NOT_RUN: Final = Outcome(NO_SUCH_PROGRAM)


@dataclass(frozen=True)
class Validated:
    """A host as it was read, and what ValidateMapsConnection answered there."""

    host: Host
    seen: mpcmdrun.Validation
    binary: str
    """Path of the MpCmdRun.exe that ran."""
    run_as: str
    """`current` or `system`."""
    outcome: Outcome
    standing: Standing = field(default_factory=Standing)
    """What may break the connection later, where it was read."""
    unread: str = ""
    """Why the answer cannot be read; empty where it can."""
    nothing_run: bool = False
    """Nothing was to be run: the rest is empty."""

    @property
    def connected(self) -> bool | None:
        return self.seen.connected

    @property
    def code(self) -> str:
        """The HRESULT as `0x80072F8F`; empty where none was printed."""
        return hresult.format_code(self.seen.hresult) if self.seen.hresult is not None else ""

    def observation(self, probes: Probes | None = None) -> Observation:
        """What diagnosis and plan read."""
        seen = None if self.nothing_run else self.seen
        return Observation.from_facts(self.host, seen, self.run_as, probes, self.standing)

    def _unknown(self) -> list[dict[str, str]]:
        return [{"fact": "connected", "reason": self.unread}] if self.unread else []

    def shown(self, diagnosis: Diagnosis, language: str) -> dict[str, Any]:
        """As maps_connection_info returns it, with what it means."""
        result: dict[str, Any] = {
            "changed": False,
            "connected": self.connected,
            "hresult": self.code,
            "httpcore": self.seen.http_code,
            "platform_version": mpcmdrun.platform_version(self.binary) or "",
            "binary": self.binary,
            "run_as": self.run_as,
            "output": self.outcome.text,
            "exit_code": self.outcome.exit_code,
            "last_success": self.seen.last_success,
            "passive": self.nothing_run,
            "host": self.host.shown_in(language),
            "standing": self.standing.shown(),
            "unknown": [*self._unknown(), *self.standing.unread],
            **diagnosis_shown(diagnosis),
        }
        if self.seen.hresult is not None:
            result["hresult_meaning"] = hresult.explain(self.seen.hresult).text
        return result


def not_validated(host: Host) -> Validated:
    """A host on which nothing is run."""
    nothing = mpcmdrun.parse_validation(b"", None)
    return Validated(host, nothing, "", "", Outcome(None), unread=NOTHING_RUN, nothing_run=True)


@dataclass(frozen=True)
class Validation:
    """How to validate. `run_as` is current, system or auto, `timeout` in seconds, `identity` for the scheduled task."""

    run_as: str
    timeout: float
    identity: RunIdentity

    def by(self, host: Host) -> str:
        """As whom to run it on this host. Raises HostError where the account may not."""
        who = self.run_as
        if who == "auto":
            who = "system" if host.caller_proxy_differs and host.system.elevated else "current"
        if who == "system":  # where it is not known whether the account is elevated, it is tried
            as_system_task.demand_elevated(host.system.elevated or "system.elevated" in host.unknown)
        return who


@dataclass(frozen=True)
class Beside:
    """What else to ask in the line that validates, after the validation."""

    commands: Mapping[str, Command]
    may_change: tuple[Place, ...] = ()


def validated_on(
    host: Host, how: Validation, beside: Beside | None = None
) -> Operation[tuple[Validated, Answer | None]]:
    """Validates on a host that was read, and what was asked beside it: None where nothing was."""
    who = how.by(host)
    if who == "current" and host.caller_proxy_differs:
        yield Warn(
            "the account that ran the validation has its own proxy that SYSTEM does not have, so the result may not "
            "apply to Defender; use run_as: system"
        )
    others = beside or Beside({})
    asked = Beside({**STANDING.commands, **others.commands}, others.may_change)
    ran, answer = yield from _run(host, how, who, asked)
    found = Standing() if answer is None else standing.interpret(answer, how.identity.now)
    return replace(_validated(host, ran), standing=found), answer if beside is not None else None


def looked_again(host: Host, how: Validation, pause: float = 0.0) -> Operation[Validated]:
    """Validates and reads the host anew in one line, for a host that was read before; after a pause in seconds."""
    who = how.by(host)
    if pause:
        yield Ask({}, pause=pause, reads=True)
    ran, answer = yield from _run(host, how, who, Beside(HOST.commands))
    if answer is None:
        answer = yield host_reading.READING
    return _validated(host_reading.interpret(answer), ran)


@dataclass(frozen=True)
class _Ran:
    """The MpCmdRun that ran, or the first that is there and did not start."""

    outcome: Outcome
    binary: str
    run_as: str


def _run(host: Host, how: Validation, who: str, beside: Beside | None) -> Operation[tuple[_Ran, Answer | None]]:
    """The first MpCmdRun that starts, and the answer to what was asked beside it. Where none does, the first that is
    there: application control may allow one folder and not the other."""
    root, binary, outcome = host.system.system_root, host.defender.mpcmdrun, NOT_RUN
    identity, answer = how.identity.by_host_clock(host.clock_skew), None
    if binary:
        outcome, answer = yield from _by(binary, who, root, how.timeout, identity, beside)
    if not_started(outcome):
        candidates = yield from fallbacks(root, tried=binary)
        for candidate in candidates:
            other, _again = yield from _by(candidate, who, root, how.timeout, identity, None)
            started = not not_started(other)
            if started or not binary or more_telling(outcome, other):
                outcome, binary = other, candidate
            if started:
                break
    if beside is not None and answer is None:
        answer = yield Ask(beside.commands, may_change=beside.may_change, reads=True)
    ran = _Ran(outcome, binary, who)
    refused = not_started(outcome)
    if how.run_as == "auto" and who == "current" and host.system.elevated and refused and not refused.missing:
        ran = yield from _by_system(ran, host, how, identity)
    return ran, answer


def _by_system(refused: _Ran, host: Host, how: Validation, identity: RunIdentity) -> Operation[_Ran]:
    """The same as SYSTEM, whom AppLocker's rules concern only where its services enforcement is on (Microsoft Learn,
    AppLocker rule collection extensions: sure); as it was where that does not start either."""
    try:
        outcome, _unused = yield from _by(
            refused.binary, "system", host.system.system_root, how.timeout, identity, None
        )
    except HostError as error:
        yield Warn(f"MpCmdRun.exe did not start for this account, and SYSTEM could not be asked: {error}")
        return refused
    return refused if not_started(outcome) or reason(outcome) else replace(refused, outcome=outcome, run_as="system")


def _by(
    binary: str, who: str, system_root: str, timeout: float, identity: RunIdentity, beside: Beside | None
) -> Operation[tuple[Outcome, Answer | None]]:
    command = mpcmdrun.validate(binary)
    if who == "system":
        return (
            yield from as_system_task.run(command, system_root=system_root, identity=identity, timeout=timeout)
        ), None
    others = beside or Beside({})
    commands = {"validate": command.with_errors(), **others.commands}
    answer = yield Ask(commands, timeout=timeout, may_change=others.may_change)
    return answer["validate"], answer if beside is not None else None


def _validated(host: Host, ran: _Ran) -> Validated:
    unread = reason(ran.outcome)
    outcome = Outcome(None) if unread else ran.outcome
    refused = not_started(outcome)
    if refused:
        unread = f"MpCmdRun.exe could not be started (exit code {refused.exit_code}). Output: {refused.said}"
        seen = mpcmdrun.not_answered(refused)
    else:
        seen = mpcmdrun.parse_validation(outcome.output, outcome.exit_code)
    return Validated(host, seen, ran.binary, ran.run_as, outcome, unread=unread)
