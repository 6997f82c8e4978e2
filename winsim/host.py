"""A simulated machine as the host behind the wire.

Trap: over WinRS a command that wrote no output can report exit code 0 whatever it returned (WinRb/WinRM issues #154
and #155, closed as Windows' own fault). Here it always does.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import queue
import threading
from collections.abc import Callable, Sequence

from .machine.accounts import ADMINISTRATORS_SID, USERS_SID, Role, Token
from .machine.files import Node
from .machine.model import LoggedCommand, Machine
from .tools import cmd, session
from .tools.process import Console, Input, Process, Terminated
from .tools.programs import tool
from .tools.scheduler import run_due_tasks, run_task
from .wire.backend import (
    ChannelBinding,
    Credential,
    Domain,
    Limits,
    Output,
    RunningCommand,
    ShellOptions,
    ShellRefused,
)

WINRM_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM\Service"
WINRS_POLICY = WINRM_POLICY + r"\WinRS"
TCPIP_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
SYSTEM_POLICIES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"
MAXIMUM_THREADS = 64
TERMINATED = 1
"""Exit code of a command that was ended from outside (guess)."""

_log = logging.getLogger(__name__)


class Workers:
    """Daemon threads that run what is submitted; at most `maximum` at a time, the rest waits its turn."""

    def __init__(self, maximum: int = MAXIMUM_THREADS) -> None:
        self._maximum = maximum
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._changing = threading.Lock()
        self._threads = 0
        self._free = 0

    def submit(self, job: Callable[[], None]) -> None:
        with self._changing:
            if self._free:
                self._free -= 1
            elif self._threads < self._maximum:
                self._threads += 1
                threading.Thread(target=self._work, args=(job,), daemon=True, name="winsim command").start()
                return
        self._waiting.put(job)

    def _work(self, job: Callable[[], None]) -> None:
        while True:
            try:
                job()
            except Exception:  # a client's callback failed; the thread has others to serve
                _log.exception("a command's callback failed")
            with self._changing:
                self._free += 1
            job = self._waiting.get()


_workers = Workers()


class _Running:
    """One command being run."""

    def __init__(self, machine: Machine, token: Token, line: str, output: Output, done: Callable[[int], None]) -> None:
        self._machine = machine
        self._token = token
        self._line = line
        self._output = output
        self._done = done
        self._silent = True
        self.stdin = Input()
        self.console = Console(machine.locale.oem_code_page)

    def send(self, data: bytes, end: bool) -> None:
        self.stdin.feed(data, end)

    def terminate(self) -> None:
        self.console.terminated.set()
        self.stdin.feed(b"", end=True)

    def write(self, stream: str, data: bytes) -> None:
        if data:
            self._silent = False
            self._output(stream, data)

    def run(self, body: Callable[[], int]) -> None:
        """Runs `body` to its end and reports it, whatever happens."""
        try:
            run_due_tasks(self._machine)
            code = body() if not self.console.terminated.is_set() else TERMINATED
            if self.console.terminated.is_set():  # one that waited for input saw no more than its end
                code = TERMINATED
        except Terminated:
            code = TERMINATED
        except Exception as fault:
            _log.exception("winsim failed in %r on %s", self._line, self._machine.name)
            self.console.unknown.append(f"winsim failed: {fault!r}")
            code = TERMINATED
        self._machine.log.append(LoggedCommand(self._line, self._token.name, tuple(self.console.unknown), code))
        self._done(0 if self._silent else code)


class SimulatedShell:
    """A shell of one account on a machine."""

    def __init__(self, machine: Machine, token: Token, options: ShellOptions) -> None:
        self._machine = machine
        self._token = token
        self._options = options
        self._running: list[_Running] = []

    def start(self, line: str, skip_cmd: bool, output: Output, done: Callable[[int], None]) -> RunningCommand:
        """See wire.backend.Shell."""
        program, arguments = self._program(line) if skip_cmd else (None, "")
        running = _Running(self._machine, self._token, line, output, done)
        if self._options.code_page is not None:
            running.console.code_page = self._options.code_page

        def body() -> int:
            process = self._process(running)
            return tool(program.program)(process, arguments) if program else cmd.execute(process, line)

        self._running.append(running)
        _workers.submit(lambda: running.run(body))
        return running

    def close(self) -> None:
        """Ends everything that runs in it."""
        for running in self._running:
            running.terminate()

    def _process(self, running: _Running) -> Process:
        process = session.process(
            self._machine,
            self._token,
            running.console,
            running.stdin,
            lambda data: running.write("stdout", data),
            lambda data: running.write("stderr", data),
            run_due_tasks,
        )
        process.environment = session.environment(self._machine, self._token, self._options.environment)
        directory = self._options.working_directory
        if directory and self._machine.files.is_directory(directory):
            process.directory = directory
        return process

    def _program(self, line: str) -> tuple[Node, str]:
        """The program that a line names by its full path (trap: nothing less will do without cmd.exe)."""
        line = line.strip()
        path, _unused, rest = line[1:].partition('"') if line.startswith('"') else line.partition(" ")
        node = self._machine.files.find(path)
        if node is None or not node.program or ":" not in path:
            raise FileNotFoundError(path)
        return node, rest.strip()


class SimulatedHost:
    """One machine as the wire sees it; see wire.backend.Host."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.name = machine.name
        self.version = f"{machine.os.version}.{machine.os.build}"
        if machine.task_runner is None:
            machine.task_runner = run_task
        for account in machine.accounts:
            home = session.profile(account.token(machine.name))
            machine.files.make_directory(home + r"\AppData\Local\Temp")

    def domain(self) -> Domain:
        """The domain of its accounts; the DNS suffix that the registry has, or else the domain's name in lower case
        (guess: most have one that begins like their NetBIOS name)."""
        netbios = next((account.domain for account in self.machine.accounts if account.domain), "")
        return Domain(netbios.partition(".")[0], self.machine.registry.text(TCPIP_KEY, "Domain") or netbios.lower())

    def limits(self) -> Limits:
        """Policy values go before the service's own configuration."""
        registry, own = self.machine.registry, self.machine.winrm
        return Limits(
            allow_basic=bool(registry.number(WINRM_POLICY, "AllowBasic", own.allow_basic)),
            allow_unencrypted=bool(registry.number(WINRM_POLICY, "AllowUnencryptedTraffic", own.allow_unencrypted)),
            allow_certificate=own.allow_certificate,
            allow_credssp=bool(registry.number(WINRM_POLICY, "AllowCredSSP", own.allow_credssp)),
            channel_binding=ChannelBinding(own.channel_binding),
            allow_remote_shell=bool(registry.number(WINRS_POLICY, "AllowRemoteShellAccess", 1)),
            max_shells_per_user=own.max_shells_per_user,
            max_envelope_size_kb=own.max_envelope_size_kb,
            max_processes_per_shell=own.max_processes_per_shell,
            round_trip_seconds=self.machine.network.round_trip_seconds,
        )

    def credentials(self) -> Sequence[Credential]:
        """Each account with its domain (the machine's name for a local one) and without. A locked account has none, so
        that even its password is answered like a wrong one: over HTTP a client learns no more than 401
        (Pennyw0rth/NetExec#1353: likely)."""
        found = []
        for account in self.machine.accounts:
            if self.machine.is_locked(account):
                continue
            found.append(Credential(account.name, account.password, account.domain or self.machine.name))
            found.append(Credential(account.name, account.password))
        return found

    def password_rejected(self, user: str) -> None:
        """See wire.backend.Host. A locked account counts on, which changes nothing."""
        if account := self.machine.account(user):
            wrong = self.machine.wrong_passwords
            wrong[account.name] = wrong.get(account.name, 0) + 1

    def password_accepted(self, user: str) -> None:
        """See wire.backend.Host. After it Windows counts anew (recalled)."""
        if account := self.machine.account(user):
            self.machine.wrong_passwords.pop(account.name, None)

    def mapped_account(self, principal: str) -> str | None:
        """Every local account is mapped to USER@localhost. Windows maps certificates to local accounts alone
        ([MS-WSMV] 3.1.4.1.35: sure), each by an entry of `winrm/config/service/certmapping`."""
        user, _unused, place = principal.rpartition("@")
        names = [account.name for account in self.machine.accounts if not account.domain]
        found = (name for name in names if name.lower() == user.lower())
        return next(found, None) if place == "localhost" else None

    def now(self) -> dt.datetime:
        return self.machine.now()

    def open_shell(self, user: str, options: ShellOptions) -> SimulatedShell:
        """See wire.backend.Host. A local administrator's remote token is filtered, and refused, until
        LocalAccountTokenFilterPolicy is 1 (Microsoft, "User Account Control and remote restrictions"; sure). So is
        every other account that is no administrator, unless WinRM's descriptor was changed."""
        token = self.machine.logon(user)
        if token is None:
            raise ShellRefused(user)
        if self._is_filtered(token):
            if self.machine.registry.number(SYSTEM_POLICIES, "LocalAccountTokenFilterPolicy") != 1:
                raise ShellRefused(user)
            token = dataclasses.replace(token, groups=(ADMINISTRATORS_SID, USERS_SID), elevated=True)
        elif not token.elevated and not self.machine.winrm.remote_users_get_shells:
            raise ShellRefused(user)
        return SimulatedShell(self.machine, token, options)

    def _is_filtered(self, token: Token) -> bool:
        role = Role.FILTERED_ADMINISTRATOR
        return any(account.sid == token.sid and account.role is role for account in self.machine.accounts)
