"""Runs the actions of scheduled tasks."""

from __future__ import annotations

import logging
import threading

from ..machine.accounts import LOCAL_SERVICE_SID, NETWORK_SERVICE_SID, SYSTEM, SYSTEM_SID, Token
from ..machine.model import LoggedCommand, Machine
from ..machine.tasks import ScheduledTask
from . import cmd, session
from .process import Console, Input, Terminated
from .programs import tool

FILE_NOT_FOUND = -2147024894
"""0x80070002, the last result of a task whose program is not there."""
NO_SUCH_LOGON = -2147023570
"""0x8007052E, logon failure."""
REFUSED_BY_POLICY = -2147023636
"""0x800704EC, ERROR_ACCESS_DISABLED_BY_POLICY (winerror.h: sure; that the scheduler gives it: guess)."""
ACCESS_VIOLATION = -1073741819
"""0xC0000005, with which a program ends that Windows had to end."""
SERVICE_ACCOUNTS = {
    "system": SYSTEM,
    "nt authority\\system": SYSTEM,
    "localsystem": SYSTEM,
    SYSTEM_SID.lower(): SYSTEM,
    LOCAL_SERVICE_SID.lower(): Token("NT AUTHORITY\\LOCAL SERVICE", LOCAL_SERVICE_SID, (), elevated=False),
    NETWORK_SERVICE_SID.lower(): Token("NT AUTHORITY\\NETWORK SERVICE", NETWORK_SERVICE_SID, (), elevated=False),
}
_log = logging.getLogger(__name__)
WATCHED = 1.0
"""Seconds that a command of the same machine waits for a task that is due; most are over by then."""
_taking = threading.Lock()
_consoles: dict[int, Console] = {}
"""Consoles of running tasks, by the task's identity."""


def run_due_tasks(machine: Machine) -> None:
    """Starts every task whose time has come, each once, and waits for it a moment; a long one goes on meanwhile."""
    # All machines share the lock, and most have no task.
    while any(task.due is not None for task in list(machine.tasks.values())):
        with _taking:
            now = machine.true_time()
            due = next((t for t in list(machine.tasks.values()) if t.due is not None and t.due <= now), None)
            if due is None:
                return
            due.due = None
            due.running = True
            due.last_run = now
            runner = threading.Thread(target=_run, args=(machine, due), daemon=True, name="winsim task")
            runner.start()
        runner.join(WATCHED)


def _run(machine: Machine, task: ScheduledTask) -> None:
    try:
        task.last_result = run_task(machine, task)
    finally:
        task.running = False


def end(task: ScheduledTask) -> None:
    """Ends the action of a task, as `schtasks /end` does; harmless on one that does not run."""
    console = _consoles.get(id(task))
    if console is not None:
        console.terminated.set()


def run_task(machine: Machine, task: ScheduledTask) -> int:
    """Runs the action as the task's account, without a console to see, under the OEM code page; its exit code.

    What winsim does not know in it goes to the machine's log.
    """
    token = SERVICE_ACCOUNTS.get(task.account.lower()) or machine.logon(task.account)
    if token is None:
        return NO_SUCH_LOGON
    console = Console(machine.locale.oem_code_page)
    process = session.process(machine, token, console, Input(b""), _discard, _discard, run_due_tasks)
    process.directory = r"C:\Windows\system32"
    program, arguments = cmd.expanded(process, task.program), cmd.expanded(process, task.arguments)
    node = cmd.resolve(process, program)
    if node is None:
        return FILE_NOT_FOUND
    if machine.application_control.refuses(node.path, token.sid):
        return REFUSED_BY_POLICY
    _consoles[id(task)] = console
    try:
        if node.path.lower().endswith((".cmd", ".bat")):
            code = cmd.execute(process, f'""{node.path}" {arguments}"')
        elif node.program:
            code = tool(node.program)(process, arguments)
        else:
            console.unknown.append(node.path)
            code = FILE_NOT_FOUND
    except Terminated:
        code = 1
    except Exception as fault:
        _log.exception("winsim failed in the task %s on %s", task.path, machine.name)
        console.unknown.append(f"winsim failed: {fault!r}")
        code = ACCESS_VIOLATION
    finally:
        del _consoles[id(task)]
    if console.unknown:
        line = f"{program} {arguments}".rstrip()
        machine.log.append(LoggedCommand(f"[task {task.path}] {line}", token.name, tuple(console.unknown), code))
    return code


def _discard(_unused: bytes) -> None:
    """A task's output goes nowhere."""
