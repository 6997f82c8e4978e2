"""A simulated machine as the wire sees it, and the tasks that its scheduler runs."""

from __future__ import annotations

import datetime as dt
import queue
import threading

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import small_machine
from ansible_collections.windefend.maps.winsim.host import (
    MAXIMUM_THREADS,
    SYSTEM_POLICIES,
    WINRM_POLICY,
    WINRS_POLICY,
    SimulatedHost,
    Workers,
)
from ansible_collections.windefend.maps.winsim.machine.accounts import Account, Role
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.tasks import ScheduledTask
from ansible_collections.windefend.maps.winsim.tools import scheduler
from ansible_collections.windefend.maps.winsim.wire.backend import (
    Host,
    RunningCommand,
    Shell,
    ShellOptions,
    ShellRefused,
)

PATIENCE = 30.0
"""Seconds after which a test that waits has failed."""


class Command:
    """One command started in a shell, and what it wrote."""

    def __init__(self, shell: Shell, line: str, skip_cmd: bool = False) -> None:
        self.written: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._ended = threading.Event()
        self._code = 0
        self.running: RunningCommand = shell.start(line, skip_cmd, self._output, self._done)

    def _output(self, stream: str, data: bytes) -> None:
        assert not self._ended.is_set()
        self.written.put((stream, data))

    def _done(self, code: int) -> None:
        assert not self._ended.is_set()
        self._code = code
        self._ended.set()

    def wait(self) -> int:
        """Its exit code, once it ended."""
        assert self._ended.wait(PATIENCE)
        return self._code

    def text(self, stream: str = "stdout") -> str:
        """Everything it wrote to a stream, once it ended."""
        self.wait()
        return b"".join(data for name, data in list(self.written.queue) if name == stream).decode()


@pytest.fixture
def machine() -> Machine:
    machine = small_machine()
    machine.accounts += [
        Account("Admin", "secret", Role.ADMINISTRATOR, "S-1-5-21-1-2-3-500"),
        Account("local", "secret", Role.FILTERED_ADMINISTRATOR, "S-1-5-21-1-2-3-1001"),
        Account("remote", "secret", Role.REMOTE_USER, "S-1-5-21-1-2-3-1002", domain="CORP"),
    ]
    return machine


@pytest.fixture
def host(machine: Machine) -> SimulatedHost:
    return SimulatedHost(machine)


@pytest.fixture
def shell(host: SimulatedHost) -> Shell:
    return host.open_shell("Admin", ShellOptions(65001, no_profile=False, working_directory=None))


def options(code_page: int | None = 65001, directory: str | None = None, **environment: str) -> ShellOptions:
    return ShellOptions(code_page, no_profile=False, working_directory=directory, environment=environment)


def test_it_is_a_host(host: SimulatedHost) -> None:
    as_host: Host = host
    assert as_host.name == "HOST"
    assert as_host.version == "10.0.20348"


class TestCommands:
    def test_output_comes_before_the_end(self, shell: Shell) -> None:
        command = Command(shell, "echo out& echo err>&2& cmd /c exit 3")
        assert command.wait() == 3
        assert command.text() == "out\r\n"
        assert command.text("stderr") == "err\r\n"

    def test_output_comes_while_the_command_runs(self, shell: Shell) -> None:
        command = Command(shell, "echo first& more")
        assert command.written.get(timeout=PATIENCE) == ("stdout", b"first\r\n")
        command.running.send(b"sec", end=False)
        command.running.send(b"ond\r\n", end=True)
        command.wait()
        assert command.written.get(timeout=PATIENCE) == ("stdout", b"second\r\n")

    def test_a_silent_command_reports_0_whatever_it_returned(self, shell: Shell, machine: Machine) -> None:
        assert Command(shell, "exit 5").wait() == 0
        assert machine.log[-1].exit_code == 5
        assert Command(shell, "echo x& exit 5").wait() == 5

    def test_terminating_ends_a_command_that_waits(self, shell: Shell) -> None:
        waiting = Command(shell, "echo x& more")
        waiting.written.get(timeout=PATIENCE)
        waiting.running.terminate()
        assert waiting.wait() != 0

    def test_closing_the_shell_ends_what_runs_in_it(self, shell: Shell) -> None:
        commands = [Command(shell, "echo x& ping -n 1000 127.0.0.1") for _unused in range(3)]
        for command in commands:
            command.written.get(timeout=PATIENCE)
        shell.close()
        assert [command.wait() != 0 for command in commands] == [True] * 3

    def test_without_cmd_the_full_path_must_be_given(self, shell: Shell) -> None:
        path = r"C:\Windows\System32\hostname.exe"
        assert Command(shell, path, skip_cmd=True).text() == "HOST\r\n"
        assert Command(shell, f'"{path}"', skip_cmd=True).text() == "HOST\r\n"
        for line in ("hostname", "hostname.exe", r"C:\Windows\System32\hostname", "echo x"):
            with pytest.raises(FileNotFoundError):
                Command(shell, line, skip_cmd=True)

    def test_every_line_is_logged_with_what_was_unknown(self, shell: Shell, machine: Machine) -> None:
        Command(shell, "echo x").wait()
        Command(shell, "nonsense").wait()
        logged = [(entry.line, entry.account, entry.unknown, entry.exit_code) for entry in machine.log]
        assert logged == [("echo x", "HOST\\Admin", (), 0), ("nonsense", "HOST\\Admin", ("nonsense",), 1)]

    def test_a_fault_of_winsims_own_ends_the_command_and_is_noted(
        self, shell: Shell, machine: Machine, caplog: pytest.LogCaptureFixture
    ) -> None:
        machine.files.install(r"C:\Windows\System32\broken.exe", "no such tool")
        Command(shell, "echo x& broken").wait()
        assert "winsim failed" in machine.log[-1].unknown[0]
        assert "broken" in caplog.text

    def test_more_commands_than_threads_all_end(self, shell: Shell) -> None:
        commands = [Command(shell, f"echo {number}") for number in range(3 * MAXIMUM_THREADS)]
        assert [command.text() for command in commands] == [f"{n}\r\n" for n in range(3 * MAXIMUM_THREADS)]


class TestSession:
    def test_environment_and_directory(self, shell: Shell) -> None:
        out = Command(shell, "cd& echo %USERNAME% %USERDOMAIN% %COMPUTERNAME% %TEMP%").text()
        assert out == "C:\\Users\\Admin\r\nAdmin HOST HOST C:\\Users\\Admin\\AppData\\Local\\Temp\r\n"

    def test_what_the_client_asked_for(self, host: SimulatedHost) -> None:
        shell = host.open_shell("Admin", options(437, "C:\\work", path="C:\\x", own="1"))
        assert Command(shell, "cd& chcp& echo %own% %PATH%").text() == (
            "C:\\work\r\nActive code page: 437\r\n1 C:\\x\r\n"
        )

    def test_the_order_of_the_environment_is_that_of_the_recording(self, host: SimulatedHost) -> None:
        shell = host.open_shell("Admin", ShellOptions(65001, False, None, {"env1": "v", "1234": "5", "_-()": "x"}))
        names = [line.partition("=")[0] for line in Command(shell, "set").text().split("\r\n")]
        assert names[:4] == ["1234", "PROMPT", "_-()", "ALLUSERSPROFILE"]
        assert names.index("ComSpec") < names.index("env1") < names.index("LOCALAPPDATA")

    def test_the_oem_code_page_is_the_default(self) -> None:
        machine = small_machine("ja")
        machine.accounts.append(Account("Admin", "secret", Role.ADMINISTRATOR, "S-1-5-21-1-2-3-500"))
        shell = SimulatedHost(machine).open_shell("Admin", options(None))
        command = Command(shell, "chcp")
        command.wait()
        assert b"".join(data for _unused, data in list(command.written.queue)) == "現在のコード ページ: 932\r\n".encode(
            "cp932"
        )


class TestWhoGetsAShell:
    def test_an_unknown_user_gets_none(self, host: SimulatedHost) -> None:
        with pytest.raises(ShellRefused):
            host.open_shell("nobody", options())

    def test_a_filtered_administrator_gets_none_until_the_policy_says_so(
        self, host: SimulatedHost, machine: Machine
    ) -> None:
        with pytest.raises(ShellRefused):
            host.open_shell("local", options())
        machine.registry.set_dword(SYSTEM_POLICIES, "LocalAccountTokenFilterPolicy", 1)
        shell = host.open_shell("HOST\\local", options())
        assert Command(shell, "echo x>C:\\Windows\\f& type C:\\Windows\\f").text() == "x\r\n"

    def test_a_remote_user_gets_none_until_the_descriptor_is_changed(
        self, host: SimulatedHost, machine: Machine
    ) -> None:
        """diyan/pywinrm#336, #362: the default descriptor names Administrators and Interactive."""
        with pytest.raises(ShellRefused):
            host.open_shell("CORP\\remote", options())
        machine.winrm.remote_users_get_shells = True
        shell = host.open_shell("CORP\\remote", options())
        assert Command(shell, "echo x>C:\\Windows\\f").text("stderr") == "Access is denied.\r\n"

    def test_credentials_name_accounts_with_and_without_their_domain(self, host: SimulatedHost) -> None:
        known = {(c.domain, c.user, c.password) for c in host.credentials()}
        assert {("HOST", "Admin", "secret"), ("", "Admin", "secret"), ("CORP", "remote", "secret")} <= known


class TestLimits:
    def test_policy_goes_before_configuration(self, host: SimulatedHost, machine: Machine) -> None:
        assert not host.limits().allow_basic
        assert host.limits().allow_remote_shell
        machine.winrm.allow_basic = True
        assert host.limits().allow_basic
        machine.registry.set_dword(WINRM_POLICY, "AllowBasic", 0)
        machine.registry.set_dword(WINRM_POLICY, "AllowUnencryptedTraffic", 1)
        machine.registry.set_dword(WINRS_POLICY, "AllowRemoteShellAccess", 0)
        limits = host.limits()
        assert (limits.allow_basic, limits.allow_unencrypted, limits.allow_remote_shell) == (False, True, False)


class TestScheduledTasks:
    def task(self, machine: Machine, program: str, arguments: str = "", account: str = "SYSTEM") -> ScheduledTask:
        task = ScheduledTask("\\t", program, arguments, account, due=machine.true_time())
        machine.tasks["\\t"] = task
        return task

    def test_a_due_task_runs_before_the_next_command(self, shell: Shell, machine: Machine) -> None:
        task = self.task(machine, "cmd.exe", "/c echo %USERNAME%>C:\\work\\who& exit 4")
        assert Command(shell, "type C:\\work\\who").text() == "HOST$\r\n"
        assert (task.last_result, task.due) == (4, None)

    def test_one_that_is_not_due_does_not(self, machine: Machine) -> None:
        task = self.task(machine, "cmd.exe", "/c exit 4")
        task.due = machine.true_time() + dt.timedelta(hours=1)
        scheduler.run_due_tasks(machine)
        assert task.last_result == 267011

    def test_it_runs_under_the_oem_code_page(self) -> None:
        machine = small_machine("ja")
        self.task(machine, "%SystemRoot%\\System32\\cmd.exe", "/c cd nowhere 2>C:\\work\\f")
        scheduler.run_due_tasks(machine)
        assert machine.files.read("C:\\work\\f") == "指定されたパスが見つかりません。\r\n".encode("cp932")

    def test_a_batch_file_with_blanks_in_its_name(self, machine: Machine) -> None:
        machine.files.write("C:\\work\\a b.cmd", b"@echo %1>C:\\work\\f\r\n@exit /b 9\r\n")
        task = self.task(machine, '"C:\\work\\a b.cmd"', "x")
        scheduler.run_due_tasks(machine)
        assert machine.files.read("C:\\work\\f") == b"x\r\n"
        assert task.last_result == 9

    def test_a_missing_program(self, machine: Machine) -> None:
        task = self.task(machine, "C:\\work\\nothing.exe")
        scheduler.run_due_tasks(machine)
        assert task.last_result & 0xFFFFFFFF == 0x80070002

    def test_what_is_unknown_in_a_task_is_logged(self, machine: Machine) -> None:
        self.task(machine, "cmd.exe", "/c nonsense")
        scheduler.run_due_tasks(machine)
        assert [entry.unknown for entry in machine.log] == [("nonsense",)]

    def test_a_task_starts_while_a_later_program_of_the_line_runs(self, shell: Shell, machine: Machine) -> None:
        machine.tasks["\\t"] = task = ScheduledTask("\\t", "cmd.exe", "/c exit 4", "SYSTEM")
        machine.true_time = lambda: task_time
        task_time = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        task.due = task_time
        Command(shell, "hostname").wait()
        assert task.last_result == 4


def test_a_worker_survives_a_job_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    workers = Workers(maximum=1)
    ended = threading.Event()

    def fail() -> None:
        raise ZeroDivisionError

    workers.submit(fail)
    workers.submit(ended.set)
    assert ended.wait(PATIENCE)
    assert "ZeroDivisionError" in caplog.text
