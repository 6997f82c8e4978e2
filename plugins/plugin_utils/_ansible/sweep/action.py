"""One task that works on every host of its play at the same time, from one process.

A host by host task costs Ansible a process, a copy of the variables and a result for each host; here all that is paid
once. What is done on a host, and what comes of it, is the same: the same operation, over Ansible's own connection of
that host, judged by the same code.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..._domain.language import shown, shown_all
from ..._domain.operation import HostError, Operation
from ..._remote import MISSING, SweepHost, Unreachable
from ..exit import ShownAction
from ..fast_transport import fast_protocols, sweep_host
from ..host_action import Spec, Task, execute, missing_pywinrm_message, unsupported, validated
from .connections import DELEGATED, Connections
from .kerberos import KerberosRounds
from .signals import signals_deferred
from .worker_pool import Job, WorkerPool

INTERRUPT_GRACE = 20.0
"""Seconds that an interrupted sweep waits for its hosts: each cleans up and deletes its shell."""
CLEANUP_GRACE = 60.0
"""Seconds that a host's thread may take beyond the host's time, for the last answer and the cleaning up."""


@dataclass(frozen=True)
class SweepLimits:
    """How a sweep goes about its hosts."""

    concurrency: int
    group_concurrency: dict[str, int]
    host_timeout: float
    progress: float
    """Seconds between two lines that say how far it is; 0: none."""


class SweepAction(ShownAction):
    """An action that is always ok itself and returns what came of each host."""

    BYPASS_HOST_LOOP = True
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    SHOWN_BEFORE = frozenset(("hosts",))  # host by host, in _returned

    SPEC: Spec

    def bounds(self, task: Task) -> SweepLimits:
        """Raises Refused."""
        raise NotImplementedError

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        """What to do on each host. Raises Refused before the first command."""
        raise NotImplementedError

    def shown(self, outcome: dict[str, Any], task: Task) -> dict[str, Any]:
        """A host's outcome as the task returns it."""
        return outcome

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """See ShownAction.outcome."""
        result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
        if not self._task.run_once:
            raise AnsibleActionFail(
                f"{self._task.action} works on all hosts of the play at once: set run_once: true, otherwise only the "
                "first host gets the result"
            )
        if self._task.delegate_to:
            raise AnsibleActionFail(f"{self._task.action}: {DELEGATED}")
        arguments = validated(self, self.SPEC)
        connections = Connections(self, task_vars or {})
        began = time.monotonic()
        try:
            bounds = self.bounds(Task(arguments, bool(self._task.check_mode), False))
            unknown = connections.unknown_groups(bounds.group_concurrency)
            if unknown:
                raise AnsibleActionFail(f"group_concurrency: the inventory has no group {', '.join(unknown)}")
            if MISSING is not None:
                raise AnsibleActionFail(missing_pywinrm_message(self._task.action, MISSING))
            hosts = self._sweep(connections, arguments, bounds)
        except HostError as error:
            return {**result, "failed": True, "changed": False, "msg": str(error)}
        if len(hosts) < len(connections.batch):
            raise AnsibleActionFail("the sweep was interrupted")
        seconds = round(time.monotonic() - began, 3)
        return {**result, **summarize({name: hosts[name] for name in connections.batch}, seconds)}

    def _sweep(
        self, connections: Connections, arguments: dict[str, Any], bounds: SweepLimits
    ) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        began: dict[str, float] = {}
        crew = WorkerPool(bounds.concurrency, bounds.group_concurrency)
        progress = _Progress(len(connections.batch), bounds.progress, self._display.display)
        tickets = KerberosRounds()
        parent = os.getppid()
        gc.freeze()  # what Ansible's parent made is not looked through again: 3% (measured)

        def prepare(name: str) -> Job | None:
            began[name] = time.monotonic()
            try:
                return prepared(name)
            except Exception as error:  # a variable or an option of this host cannot be read: the others can
                return _settled(name, {"failed": True, "changed": False, "msg": f"{name}: {error}"})

        def prepared(name: str) -> Job | None:
            connection, become = connections.open(name)
            reason = unsupported(self._task.action, getattr(connection, "transport", ""), become)
            if reason:
                return _settled(name, {"failed": True, "changed": False, "msg": reason})
            if not tickets.admit(name, connection):
                return None
            host = sweep_host(connection, name, bounds.host_timeout)
            work = functools.partial(self._work, host, Task(arguments, bool(self._task.check_mode), diff=False))
            return Job(name, work, host.stop, seconds=bounds.host_timeout + CLEANUP_GRACE)

        with signals_deferred(crew.stop), fast_protocols(), connections.made_once(), tickets:
            names = connections.batch
            while names and not crew.stopped:
                ended = crew.run_all(names, prepare, connections.groups, INTERRUPT_GRACE)
                with contextlib.closing(ended):
                    for one in ended:
                        if one is not None:
                            name, outcome = one
                            late = _given_up(name, time.monotonic() - began[name], bounds)
                            found[name] = self._returned(outcome or late, arguments)
                        progress.show(len(found), crew.running)
                        if os.getppid() != parent:  # Ansible is gone without a signal to its worker
                            crew.stop()
                names = tickets.next_round()
                while names and crew.lost:
                    found.update((name, _unsafe_kerberos(name)) for name in names)
                    names = tickets.next_round()
        return found

    def _work(self, host: SweepHost, task: Task) -> dict[str, Any]:
        """What a task on this host alone would have returned. Runs in a thread."""
        try:
            outcome = execute(host, task, lambda: self.operation(task))
        except Unreachable as error:
            outcome = {"unreachable": True, "changed": False, "msg": str(error)}
        except Exception as error:  # a fault of ours must not take the other hosts' results with it
            host.reset()
            outcome = {"failed": True, "changed": False, "msg": f"{host.name}: unexpected: {error!r}"}
        if host.fallback_reason:
            self._display.v(shown(f"through pywinrm's own transport: {host.fallback_reason}"), host=host.name)
        host.close()
        if task.warnings:
            outcome["warnings"] = list(task.warnings)
        return outcome

    def _returned(self, outcome: Mapping[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        """A host's part of the result. It is made safe to show before `shown` may make JSON of it."""
        found = shown_all(outcome)
        warnings = {key: found.pop(key) for key in ("warnings",) if key in found}
        return {**self.shown(found, Task(arguments, bool(self._task.check_mode), diff=False)), **warnings}


def summarize(hosts: Mapping[str, Mapping[str, Any]], seconds: float) -> dict[str, Any]:
    """The task's own result."""
    kinds = [status_of(one) for one in hosts.values()]
    return {
        "changed": any(one.get("changed") for one in hosts.values()),
        "hosts": dict(hosts),
        "counts": {kind: kinds.count(kind) for kind in ("ok", "failed", "unreachable")},
        "seconds": seconds,
    }


def status_of(outcome: Mapping[str, Any]) -> str:
    """`ok`, `failed` or `unreachable`."""
    return next((kind for kind in ("unreachable", "failed") if outcome.get(kind)), "ok")


def _settled(name: str, outcome: dict[str, Any]) -> Job:
    """A job for a host of which the outcome is known already."""
    return Job(name, lambda: outcome, lambda: None, seconds=CLEANUP_GRACE)


def _given_up(name: str, waited: float, bounds: SweepLimits) -> dict[str, Any]:
    message = (
        f"{name}: abandoned after {waited:.0f} seconds: it did not finish within host_timeout "
        f"({bounds.host_timeout:g} seconds) and {CLEANUP_GRACE:g} more seconds for the last answer and cleanup. If a "
        "shell was opened, it ends after its idle timeout"
    )
    return {"unreachable": True, "changed": False, "msg": message}


def _unsafe_kerberos(name: str) -> dict[str, Any]:
    message = (
        f"{name}: not read, because a connection of another Kerberos principal is still open in this process, and "
        "both would use the same credential cache. Run the sweep again for this host"
    )
    return {"failed": True, "changed": False, "msg": message}


class _Progress:
    """Says from time to time how far the sweep is; a short one says nothing."""

    def __init__(self, hosts: int, every: float, say: Callable[[str], Any]) -> None:
        self._hosts = hosts
        self._every = every
        self._say = say
        self._began = self._last = time.monotonic()

    def show(self, done: int, running: int) -> None:
        now = time.monotonic()
        if self._every and now - self._last >= self._every:
            self._last = now
            self._say(f"sweep: {done} of {self._hosts} hosts after {now - self._began:.0f} s, {running} running")
