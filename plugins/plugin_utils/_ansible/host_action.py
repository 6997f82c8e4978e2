"""The base of every action plugin: from a task's arguments to a plain result.

An action is a facade: its argument spec, and which operation it asks for. Everything that all of them must do alike
lies here: what the connection must be, check mode, diff, and which kind of failure is which.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from .._domain.operation import HostError, Operation, RunIdentity, plain, temp_folder
from .._remote import MISSING, Host, RemoteError, Unreachable
from .._windows.cmdline import CannotCarry, LineTooLong
from .driver import run_operation
from .exit import ShownAction
from .fast_transport import fast_protocols, winrm_host
from .preload import load_filters_and_tests

SUPPORTED_CONNECTIONS = ("winrm",)


@dataclass(frozen=True)
class Spec:
    """An argument spec: the one place where a module says what it takes."""

    options: Mapping[str, Mapping[str, Any]]
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[Any, ...], ...] = ()


@dataclass
class Task:
    """What a task asks for: its validated arguments and its modes."""

    arguments: dict[str, Any]
    check_mode: bool
    diff: bool
    warnings: list[str] = field(default_factory=list)


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

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = True

    SPEC: Spec

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
            result.update(self._drive(host, task))
        if task.warnings:
            result["warnings"] = [*result.get("warnings", []), *task.warnings]
        return result

    def _drive(self, host: Host, task: Task) -> dict[str, Any]:
        try:
            return execute(host, task, lambda: self.prepared(host, task))
        except Unreachable as error:
            raise AnsibleConnectionFailure(str(error)) from None

    def _host(self, name: str) -> Host:
        if MISSING is not None:
            raise AnsibleActionFail(missing_pywinrm_message(self._task.action, MISSING))
        return winrm_host(self._connection, name)

    def _refuse_unsupported(self) -> None:
        become = getattr(self._connection, "become", None) is not None or bool(self._task.become)
        reason = unsupported(self._task.action, getattr(self._connection, "transport", ""), become)
        if reason:
            raise AnsibleActionFail(reason)

    def _arguments(self) -> dict[str, Any]:
        return validated(self, self.SPEC)


def unsupported(action: str, transport: str, become: bool) -> str:
    """Why an action does not work over a connection; empty where it does."""
    if transport not in SUPPORTED_CONNECTIONS:
        return (
            f"{action} works over the connection ansible.builtin.winrm; this host uses '{transport}'. Set "
            "ansible_connection to winrm for it: the module runs Windows' own tools in a WinRS shell and does not "
            "start PowerShell, so it cannot use psrp or ssh"
        )
    if become:
        return (
            f"{action} does not support become: an action plugin would silently run as the logged-on user. Use an "
            "account that is an administrator on the host, and if the module has run_as, use run_as: system to act "
            "as SYSTEM"
        )
    return ""


def missing_pywinrm_message(action: str, error: ImportError) -> str:
    """What to say where the client library cannot be imported."""
    return (
        f"{action} needs pywinrm on the controller, in the Python that runs Ansible "
        f"({sys.executable}): {error}. Install it there: python -m pip install pywinrm"
    )


def execute(host: Host, task: Task, operation: Callable[[], Operation[dict[str, Any]]]) -> dict[str, Any]:
    """Does on a host what a task asks for; the result as Ansible takes it. Raises Unreachable, the host reset."""
    began = time.monotonic()
    try:
        outcome = run_operation(host, operation(), task.warnings.append)
    except Unreachable:
        host.reset()
        raise
    except (RemoteError, HostError, CannotCarry, LineTooLong) as error:
        if isinstance(error, RemoteError):
            host.reset()
        details = plain(getattr(error, "details", {}))
        changed = details.get("before") != details.get("after")  # a step that failed may have done a part
        message = str(error) if isinstance(error, RemoteError) else f"{host.name}: {error}"
        return {**details, "failed": True, "changed": changed, "msg": message}
    except ValueError as error:  # what the codecs raise for an answer that they cannot read
        message = f"{host.name}: the host's answer is not understood, so its result is unknown: {error}"
        return {"failed": True, "changed": False, "msg": message}
    outcome = plain(outcome)
    outcome["traffic"] = {**plain(host.traffic()), "seconds": round(time.monotonic() - began, 3)}
    if task.diff and outcome.get("changed") and "before" in outcome and "after" in outcome:
        outcome["diff"] = {when: _for_diff(outcome[when]) for when in ("before", "after")}
    return dict(outcome)


def _for_diff(value: Any) -> Any:
    """Ansible's callbacks print a mapping as a diff and break on a list."""
    return {"items": value} if isinstance(value, list) else value
