"""The base of every action plugin: from a task's arguments to a plain result.

An action is a facade: its argument spec, and which operation it asks for. Everything that all of them must do alike
lies here: what the connection must be, check mode, diff, and which kind of failure is which.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from .._domain.operation import HostError, Operation, RunIdentity, Sent, plain, temp_folder, watched
from .._remote import Host, RemoteError, Unreachable
from .._windows.batch import LineTooLong
from .._windows.cmdline import CannotCarry
from . import recording
from .carriers import fast_protocols, host_of, unsupported
from .driver import run_operation
from .exit import ShownAction
from .preload import load_filters_and_tests


@dataclass(frozen=True)
class Spec:
    """An argument spec: the one place where a module says what it takes."""

    options: Mapping[str, Mapping[str, Any]]
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[Any, ...], ...] = ()

    def __post_init__(self) -> None:
        """Every module takes what is set for all of them at once."""
        object.__setattr__(self, "options", {**recording.OPTIONS, **self.options})


@dataclass
class Task:
    """What a task asks for: its validated arguments and its modes."""

    arguments: dict[str, Any]
    check_mode: bool
    diff: bool
    warnings: list[str] = field(default_factory=list)
    sent: Sent = field(default_factory=Sent)
    """What the operation sent that changes the host."""
    began: float = field(default_factory=time.time)
    """POSIX time."""
    journaled: bool = False
    """A journal is kept of what it changes."""


def run_identity() -> RunIdentity:
    """Of what a task makes on a host for a while."""
    now = time.time()
    return RunIdentity(temp_folder.unique_name(now, uuid.uuid4().hex[:12]), now)


def validated(action: ActionBase, spec: Spec) -> dict[str, Any]:
    """The arguments of an action's task as its spec wants them. Raises Ansible's own error otherwise."""
    _validated, arguments = action.validate_argument_spec(
        argument_spec={name: dict(option) for name, option in spec.options.items()},
        mutually_exclusive=[list(names) for names in spec.mutually_exclusive],
        required_together=[list(names) for names in spec.required_together],
        required_one_of=[list(names) for names in spec.required_one_of],
        required_if=[list(rule) for rule in spec.required_if],
    )
    return dict(arguments)


class HostAction(ShownAction):
    """An action on one Windows host."""

    _requires_connection = True

    def __init_subclass__(cls, **options: Any) -> None:
        """Ansible imports an action for a host: tasks of that host follow. A sweep has no such tasks."""
        super().__init_subclass__(**options)
        load_filters_and_tests()

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        """What to do on the host; its result is the task's. Raises Refused before the first command."""
        raise NotImplementedError

    def prepared(self, host: Host, task: Task) -> Operation[dict[str, Any]]:
        """The operation as it is driven on this host; a base of several actions may put something around it."""
        return self.operation(task)

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """See ShownAction.outcome."""
        result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
        self._refuse_unsupported()
        task = Task(self._arguments(), bool(self._task.check_mode), bool(self._task.diff))
        inventory_name = (task_vars or {}).get("inventory_hostname", "")
        name = self._task.delegate_to or inventory_name
        host = self._host(str(name))
        with fast_protocols():
            found = self._drive(host, task)
        self.show_transport(host)
        result.update(self.finished(found, task))
        if task.warnings:
            result["warnings"] = [*result.get("warnings", []), *task.warnings]
        return result

    def finished(self, found: dict[str, Any], _task: Task) -> dict[str, Any]:
        """The task's result from what came of the operation."""
        if found.get("unreachable") and not found.get("changed"):
            raise AnsibleConnectionFailure(found["msg"])
        return found

    def _drive(self, host: Host, task: Task) -> dict[str, Any]:
        return execute(host, task, lambda: self.prepared(host, task))

    def _host(self, name: str) -> Host:
        return host_of(self._connection, name)

    def _refuse_unsupported(self) -> None:
        become = getattr(self._connection, "become", None) is not None or bool(self._task.become)
        reason = unsupported(self._task.action, self._connection, become)
        if reason:
            raise AnsibleActionFail(reason)

    def _arguments(self) -> dict[str, Any]:
        return validated(self, self.SPEC)


def execute(host: Host, task: Task, operation: Callable[[], Operation[dict[str, Any]]]) -> dict[str, Any]:
    """Does on a host what a task asks for; the result as Ansible takes it, `unreachable` among what it may be."""
    began = time.monotonic()
    try:
        recorded = recording.of(host, task.arguments)
        outcome = run_operation(recorded, watched(operation(), task.sent), task.warnings.append)
    except (RemoteError, HostError, CannotCarry, LineTooLong) as error:
        if isinstance(error, RemoteError):
            host.reset()
        return _failed(str(error) if isinstance(error, RemoteError) else f"{host.name}: {error}", task, error)
    except ValueError as error:  # what the codecs raise for an answer that they cannot read
        message = f"{host.name}: the host's answer is not understood, so its result is unknown: {error}"
        return _failed(message, task, error)
    outcome = plain(outcome)
    outcome["traffic"] = {**plain(host.traffic()), "seconds": round(time.monotonic() - began, 3)}
    if task.diff and outcome.get("changed") and "before" in outcome and "after" in outcome:
        outcome["diff"] = {when: _for_diff(outcome[when]) for when in ("before", "after")}
    return dict(outcome)


def _failed(message: str, task: Task, error: Exception) -> dict[str, Any]:
    """The result of a task that failed. Where a line that changes the host was sent and nothing shows what came of it,
    it counts as changed, and says what was there before."""
    details = plain(getattr(error, "details", {}))
    changed = details.get("before") != details.get("after")  # a step that failed may have done a part
    if "after" not in details and task.sent.may_have_changed(error):
        changed, details = True, {"before": plain(task.sent.before), **details}
        run = task.arguments.get("journal_run")
        kept = " The journal has what was there before" + (f" (run {run})." if run else ".") if task.journaled else ""
        message = f"{message}. The change was sent, so it may have been made: {task.sent.labels}.{kept}"
    kind = "unreachable" if isinstance(error, Unreachable) else "failed"
    return {**details, kind: True, "changed": changed, "msg": message}


def _for_diff(value: Any) -> Any:
    """Ansible's callbacks print a mapping as a diff and break on a list."""
    return {"items": value} if isinstance(value, list) else value
