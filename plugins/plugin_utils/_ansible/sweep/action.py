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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..._domain.language import shown_all
from ..._domain.operation import HostError, Operation
from ..._remote import LimitedHost
from ..carriers import fast_protocols, sweep_host_of, unsupported
from ..exit import ShownAction
from ..host_action import Task, execute, validated
from .connections import DELEGATED, Connections
from .kerberos import KerberosRounds
from .signals import signals_deferred
from .worker_pool import Job, WorkerPool

INTERRUPT_GRACE = 20.0
"""Seconds that an interrupted sweep waits for its hosts: each cleans up and deletes its shell."""
CLEANUP_GRACE = 90.0
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
    SHOWN_BEFORE = frozenset(("hosts",))  # host by host, in _returned

    def bounds(self, task: Task) -> SweepLimits:
        """Raises Refused."""
        raise NotImplementedError

    def skipped(self, task: Task) -> str:
        """Why the task has nothing to do; empty: it has."""
        return ""

    def summary(self, hosts: dict[str, dict[str, Any]], task: Task) -> dict[str, Any]:
        """What the task returns beside its hosts."""
        return {}

    def variables(self, task: Task) -> Iterable[str]:
        """The variables of a host that are read for it."""
        return ()

    def arguments_of(self, task: Task, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments for a host with these variables. Raises Refused."""
        return task.arguments

    def host_seconds(self, task: Task, bounds: SweepLimits) -> float:
        """The time for a host with these arguments."""
        return bounds.host_timeout

    def operation(self, host: LimitedHost, task: Task) -> Operation[dict[str, Any]]:
        """What to do on a host. Raises Refused before the first command."""
        raise NotImplementedError

    def finished(self, outcome: dict[str, Any], task: Task, began: float) -> dict[str, Any]:
        """A host's outcome as the module for one host would have it; `began` is POSIX time."""
        return outcome

    def kept(self, name: str, outcome: dict[str, Any], task: Task) -> dict[str, Any]:
        """What the task keeps of a host's outcome. It is not safe to show yet."""
        return outcome

    def packed(self, kept: dict[str, Any], task: Task) -> dict[str, Any]:
        """What was kept of a host, and is safe to show now, as the task returns it."""
        return kept

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
        task = Task(arguments, bool(self._task.check_mode), diff=False)
        try:
            bounds = self.bounds(task)
            reason = self.skipped(task)
            if reason:
                return {**result, "changed": False, "skipped": True, "msg": reason}
            unknown = connections.unknown_groups(bounds.group_concurrency)
            if unknown:
                raise AnsibleActionFail(f"group_concurrency: the inventory has no group {', '.join(unknown)}")
            hosts = self._sweep(connections, task, bounds)
            if len(hosts) < len(connections.batch):
                raise AnsibleActionFail("the sweep was interrupted")
        except HostError as error:
            return {**result, "failed": True, "changed": False, "msg": str(error)}
        try:
            more = self.summary(hosts, task)
        except HostError as error:  # what was done on the hosts is in the result all the same
            more = {"failed": True, "msg": str(error)}
        seconds = round(time.monotonic() - began, 3)
        return {**result, **more, **summarize({name: hosts[name] for name in connections.batch}, seconds)}

    def _sweep(self, connections: Connections, for_all: Task, bounds: SweepLimits) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        began: dict[str, float] = {}
        tasks: dict[str, Task] = {}
        pool = WorkerPool(bounds.concurrency, bounds.group_concurrency)
        progress = _Progress(len(connections.batch), bounds.progress, self._display.display)
        rounds = KerberosRounds()
        parent = os.getppid()
        gc.freeze()  # what Ansible's parent made is not looked through again: 3% (measured)
        gc.set_threshold(20_000, 20, 20)  # results are kept and hardly ever form cycles: 2% at 1,000 hosts (measured)

        def prepare(name: str) -> Job | None:
            began[name] = time.monotonic()
            try:
                return prepared(name)
            except Exception as error:  # a variable or an option of this host cannot be read: the others can
                return _settled(name, {"failed": True, "changed": False, "msg": f"{name}: {error}"})

        wanted = list(self.variables(for_all))

        def prepared(name: str) -> Job | None:
            connection, become, variables = connections.open(name, wanted)
            reason = unsupported(self._task.action, connection, become)
            if reason:
                return _settled(name, {"failed": True, "changed": False, "msg": reason})
            if not rounds.admit(name, connection):
                return None
            task = tasks[name] = Task(self.arguments_of(for_all, variables), for_all.check_mode, diff=False)
            seconds = self.host_seconds(task, bounds)
            host = sweep_host_of(connection, name, seconds)
            return Job(name, functools.partial(self._work, host, task), host.stop, seconds=seconds + CLEANUP_GRACE)

        with signals_deferred(pool.stop), fast_protocols(), connections.made_once(), rounds:
            names = connections.batch
            while names and not pool.stopped:
                ended = pool.run_all(names, prepare, connections.groups, INTERRUPT_GRACE)
                with contextlib.closing(ended):
                    for one in ended:
                        if one is not None:
                            name, outcome = one
                            if outcome is None:
                                limit = self.host_seconds(tasks[name], bounds)
                                outcome = _given_up(name, time.monotonic() - began[name], limit, tasks[name])
                            found[name] = self._returned(name, outcome, for_all, began[name])
                        progress.show(len(found), pool.running)
                        if os.getppid() != parent:  # Ansible is gone without a signal to its worker
                            pool.stop()
                names = rounds.next_round()
                while names and pool.lost:
                    now = time.monotonic()
                    found.update((name, self._returned(name, _unsafe_kerberos(name), for_all, now)) for name in names)
                    names = rounds.next_round()
        return found

    def _work(self, host: LimitedHost, task: Task) -> dict[str, Any]:
        """What a task on this host alone would have returned. Runs in a thread."""
        try:
            outcome = execute(host, task, lambda: self.operation(host, task))
        except Exception as error:  # a fault of ours must not take the other hosts' results with it
            host.reset()
            outcome = {"failed": True, "changed": False, "msg": f"{host.name}: unexpected: {error!r}"}
        self.show_transport(host)
        host.close()
        if task.warnings:
            outcome["warnings"] = list(task.warnings)
        return outcome

    def _returned(self, name: str, outcome: dict[str, Any], task: Task, began: float) -> dict[str, Any]:
        """A host's part of the result. Only what is kept of it is made safe to show, since most of it may not be."""
        finished = self.finished(outcome, task, time.time() - (time.monotonic() - began))
        return self.packed(shown_all(self.kept(name, finished, task)), task)


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


def _given_up(name: str, waited: float, limit: float, task: Task) -> dict[str, Any]:
    message = (
        f"{name}: abandoned after {waited:.0f} seconds: it did not finish within host_timeout "
        f"({limit:g} seconds) and {CLEANUP_GRACE:g} more seconds for the last answer and cleanup. If a "
        "shell was opened, it ends after its idle timeout"
    )
    changed = bool(task.sent.places)
    if changed:
        message += f". A change was sent, so it may have been made: {task.sent.labels}"
    return {"unreachable": True, "changed": changed, "msg": message}


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
