"""A command as SYSTEM on a simulated machine: in what order things happen, and that nothing stays behind."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import driver
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import task as as_system_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import CommandTimedOut, Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.batch import Batch
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command, Outcome
from ansible_collections.windefend.maps.tests.support.operations import asks, run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.accounts import Role
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot
from ansible_collections.windefend.maps.winsim.tools import schtasks
from ansible_collections.windefend.maps.winsim.tools.cmd import interpreter
from ansible_collections.windefend.maps.winsim.tools.cmd.state import Shell
from ansible_collections.windefend.maps.winsim.tools.scheduler import run_due_tasks

NOW = 1_790_000_000.0
NAME = temp_folder.unique_name(NOW, "0123456789ab")
IDENTITY = RunIdentity(NAME, NOW)
FOLDER = rf"C:\Program Files\{NAME}"
WHOAMI = Command.of("whoami")


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of more than a moment are not waited for."""
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.25)))


def run(host: SimulatedHost, command: Command = WHOAMI, timeout: float = 5) -> tuple[Outcome, list[str]]:
    warnings: list[str] = []
    operation = as_system_task.run(command, system_root=r"C:\Windows", identity=IDENTITY, timeout=timeout)
    return run_operation(host, operation, warnings), warnings


def left_on(on: Machine) -> list[str]:
    return [path for path in (*on.tasks, *on.files.nodes) if "windefend-maps" in path]


def test_it_runs_as_system_and_leaves_the_machine_as_it_was() -> None:
    host = SimulatedHost(machine())
    before = snapshot(host.machine)
    outcome, warnings = run(host)
    assert outcome.text.strip() == r"nt authority\system"
    assert (outcome.exit_code, warnings, host.unknown) == (0, [], [])
    assert difference(before, snapshot(host.machine)) == []
    assert len(host.lines) == 1


def test_the_line_is_short_enough_for_every_folder_of_windows() -> None:
    root = "D:\\" + "w" * 100
    part = IDENTITY.part("a" * 12)
    file = as_system_task.File("server.cer", "x\n")
    operation = as_system_task.run(WHOAMI, system_root=root, identity=part, timeout=1800, file=file)
    line = Batch(next(asks(operation)).commands, "0" * 8).line  # raises LineTooLong
    assert 2500 < len(line) < 8191 - 2000


def test_a_host_without_ping_is_asked_again_after_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop ends at once there, before the task has."""
    host = SimulatedHost(machine())
    host.machine.files.remove(r"C:\Windows\System32\PING.EXE")
    before = snapshot(host.machine)
    pauses: list[float] = []
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: (pauses.append(seconds), real(0.25)))
    outcome, warnings = run(host)
    assert outcome.text.strip() == r"nt authority\system"
    assert (outcome.exit_code, warnings) == (0, [])
    assert pauses == [as_system_task.FIRST_PAUSE]
    assert len(host.lines) == 3, "begin, look, clean"
    assert difference(before, snapshot(host.machine)) == []


def test_a_command_that_ends_while_the_line_looks_is_not_removed_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ping nothing waits: here the task ends right before the line would remove what has ended."""
    monkeypatch.setattr(schtasks, "START_DELAY", dt.timedelta(0))
    host = SimulatedHost(without_ping())
    simple = interpreter.simple

    def late(shell: Shell, text: str) -> int:
        due = [task.due for task in host.machine.tasks.values()]
        if text.startswith(f"type {FOLDER}") and "output" in text and any(due):
            run_due_tasks(host.machine)
        return simple(shell, text)

    monkeypatch.setattr(interpreter, "simple", late)
    outcome, warnings = run(host)
    assert (outcome.text.strip(), outcome.exit_code, warnings) == (r"nt authority\system", 0, [])
    assert left_on(host.machine) == []


def test_a_file_lies_beside_the_task() -> None:
    """It comes along in the one standard input; neither it nor the task holds a line of the other."""
    host = SimulatedHost(machine())
    file = as_system_task.File("a.txt", "-----one\ntwo+/=\n")
    operation = as_system_task.run(
        Command(rf'(type "{FOLDER}\a.txt" & type "{FOLDER}\task.xml")'),
        system_root=r"C:\Windows", identity=IDENTITY, timeout=5, file=file,
    )  # fmt: skip
    outcome = run_operation(host, operation)
    assert outcome.output.startswith(b"-----one\r\ntwo+/=\r\n<?xml")
    assert outcome.output.endswith(b"</Task>\r\n")
    assert b"one" not in outcome.output[20:]
    assert (len(host.lines), host.unknown, left_on(host.machine)) == (1, [], [])


def test_a_file_that_cannot_be_taken_apart_is_a_step_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatedHost(machine())
    file = as_system_task.File("a.txt", "")
    operation = as_system_task.run(WHOAMI, system_root=r"C:\Windows", identity=IDENTITY, timeout=5, file=file)
    with pytest.raises(HostError, match="step 'file' failed"):
        run_operation(host, operation)
    assert left_on(host.machine) == []


def test_the_exit_code_is_the_commands_own() -> None:
    outcome, _unused = run(SimulatedHost(machine()), Command("exit /b 7").filtered("x"))
    assert outcome.exit_code == 1
    outcome, _unused = run(SimulatedHost(machine()), Command.of("no-such-program"))
    assert outcome.exit_code == 9009
    assert b"no-such-program" in outcome.output


def test_the_folder_is_closed_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task file that a user can change is SYSTEM's door."""
    host = SimulatedHost(machine())
    write, seen = host.machine.files.write, []

    def spying(path: str, content: bytes, program: str = "") -> object:
        if NAME in path and "System32" not in path:
            folder = host.machine.files.find(FOLDER)
            assert folder is not None
            seen.append((path.rpartition("\\")[2], folder.access))
        return write(path, content, program)

    monkeypatch.setattr(host.machine.files, "write", spying)
    run(host)
    assert {name for name, _unused in seen} >= {"task.xml", "output.txt", "exit.tmp"}
    for name, access in seen:
        assert access is not None, name
        assert set(access) == {"S-1-5-32-544", "S-1-5-18"}, name


@pytest.mark.parametrize(
    ("step", "spoil"),
    [
        ("folder", lambda on: on.files.make_directory(FOLDER)),
        ("protect", lambda on: on.files.remove(r"C:\Windows\System32\icacls.exe")),
        ("write", lambda on: on.files.remove(r"C:\Windows\System32\findstr.exe")),
        ("create", lambda on: on.files.remove(r"C:\Windows\System32\schtasks.exe")),
    ],
)
def test_a_refused_step_is_named_and_ends_the_matter(step: str, spoil: Callable[[Machine], object]) -> None:
    host = SimulatedHost(machine())
    spoil(host.machine)
    before = set(left_on(host.machine))
    with pytest.raises(HostError, match=f"step '{step}' failed") as refused:
        run(host)
    assert not host.machine.tasks
    assert "is: nothing" not in str(refused.value)
    assert "step:" not in str(refused.value)
    assert set(left_on(host.machine)) <= before


def test_nothing_is_written_to_a_folder_that_could_not_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatedHost(machine())
    host.machine.files.remove(r"C:\Windows\System32\icacls.exe")
    write = host.machine.files.write
    written: list[str] = []

    def spying(path: str, content: bytes, program: str = "") -> object:
        written.append(path)
        return write(path, content, program)

    monkeypatch.setattr(host.machine.files, "write", spying)
    with pytest.raises(HostError, match="protect"):
        run(host)
    assert [path for path in written if NAME in path] == []


def test_an_account_that_is_not_elevated_is_told_so() -> None:
    host = SimulatedHost(machine("not_elevated"))
    assert host.machine.accounts[0].role is Role.REMOTE_USER
    with pytest.raises(HostError, match=r"step 'folder' failed \(exit code 1\).*The account must be elevated"):
        run(host)
    assert host.machine.tasks == {}


def test_leftovers_are_swept_by_age_and_young_ones_left_alone() -> None:
    host = SimulatedHost(machine())
    old = temp_folder.unique_name(NOW - temp_folder.STALE_AFTER - 1, "aa")
    folder_only = temp_folder.unique_name(NOW - 100_000, "bb")
    young = temp_folder.unique_name(NOW - temp_folder.STALE_AFTER + 60, "cc")
    foreign = "windefend-maps-backup"
    for name in (old, young):
        _leave_task(host, name)
    for name in (old, folder_only, young, foreign):
        host.machine.files.make_directory(rf"C:\Program Files\{name}")
        host.machine.files.write(rf"C:\Program Files\{name}\output.txt", b"x")
    _outcome, warnings = run(host)
    left = " ".join(left_on(host.machine))
    assert old not in left
    assert folder_only not in left
    assert left.count(young) == 4, "task, its file, folder, file"
    assert foreign in left
    assert warnings == []


def _leave_task(host: SimulatedHost, name: str) -> None:
    host.run(f"schtasks /create /tn {name} /tr cmd.exe /sc onstart /ru SYSTEM /f")
    assert f"\\{name}" in host.machine.tasks


def test_a_scheduler_that_never_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schtasks, "START_DELAY", dt.timedelta(hours=1))
    host = SimulatedHost(machine())
    with pytest.raises(HostError, match=r"did not start it within 1 seconds.*service Schedule"):
        run(host, timeout=1)
    assert left_on(host.machine) == []


def test_a_command_that_hangs_is_ended() -> None:
    host = SimulatedHost(machine())
    with pytest.raises(HostError, match=r"did not finish within 1 seconds"):
        run(host, Command("ping -n 60 127.0.0.1"), timeout=1)
    assert left_on(host.machine) == []


def test_a_folder_that_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """rd says nothing when a file is held open; only looking shows it."""
    host = SimulatedHost(machine())
    remove = host.machine.files.remove

    def held(path: str, *rest: object, **named: object) -> None:
        if path.lower().startswith(FOLDER.lower()):
            return
        remove(path, *rest, **named)

    monkeypatch.setattr(host.machine.files, "remove", held)
    monkeypatch.setattr(host.machine.files, "remove_tree", held, raising=False)
    outcome, warnings = run(host)
    assert outcome.exit_code == 0
    assert len(warnings) == 1
    assert NAME in warnings[0]
    assert sum("rd /s /q" in line for line in host.lines) == 1 + len(temp_folder.CLEANING_PAUSES)


LOST = Unreachable("cut")


def without_ping() -> Machine:
    """A machine on which no line waits."""
    on = machine()
    on.files.remove(r"C:\Windows\System32\PING.EXE")
    return on


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("make", [machine, without_ping])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_nothing_is_left_when_the_connection_breaks(
    number: int, make: Callable[[], Machine], carried_out: bool
) -> None:
    """Line 1 does everything; without ping it begins, 2 looks again, 3 cleans. Each may be cut before or after it was
    carried out."""
    host = SimulatedHost(make(), {number: (LOST,) if carried_out else LOST})
    before = snapshot(host.machine)
    if number == 1 or (number == 2 and make is without_ping):
        with pytest.raises(Unreachable):
            run(host)
    else:
        assert run(host)[0].ok, "the answer is proven; cleaning was tried once more"
    assert difference(before, snapshot(host.machine)) == []


@pytest.mark.parametrize("number", [1, 2])
def test_nothing_is_left_when_waiting_times_out(number: int) -> None:
    host = SimulatedHost(without_ping(), {number: CommandTimedOut("late")})
    with pytest.raises(CommandTimedOut):
        run(host)
    assert left_on(host.machine) == []


def test_a_line_whose_controller_is_gone_cleans_up_by_itself() -> None:
    host = SimulatedHost(machine(), {1: (LOST,), **dict.fromkeys(range(2, 9), LOST)})
    before = snapshot(host.machine)
    with pytest.raises(Unreachable):
        run(host)
    assert difference(before, snapshot(host.machine)) == []


def test_a_host_that_is_gone_keeps_its_traces_until_a_later_run_sweeps_them() -> None:
    gone = without_ping()
    with pytest.raises(Unreachable):
        run(SimulatedHost(gone, dict.fromkeys(range(2, 9), LOST)))
    assert left_on(gone)
    later = SimulatedHost(gone)
    name = temp_folder.unique_name(NOW + temp_folder.STALE_AFTER + 1, "dd")
    operation = as_system_task.run(
        WHOAMI,
        system_root=r"C:\Windows",
        identity=RunIdentity(name, NOW + temp_folder.STALE_AFTER + 1),
        timeout=5,
    )
    assert run_operation(later, operation).ok
    assert left_on(gone) == []


def test_names_are_unique_and_tell_their_age() -> None:
    assert re.fullmatch(r"windefend-maps-[0-9a-f]{8}-0123456789ab", NAME)
    assert temp_folder.leftovers([NAME], NOW) == []
    assert temp_folder.leftovers([NAME], NOW + temp_folder.STALE_AFTER + 1) == [NAME]
    hostile = [
        "windefend-maps-1-a & calc",
        "windefend-maps-..",
        r"windefend-maps-1-a\..\..\x",
        "windefend-maps--a",
        "x",
    ]
    assert temp_folder.leftovers(hostile, NOW) == []


def test_a_command_may_run_for_less_than_leftovers_live() -> None:
    assert as_system_task.LONGEST_TIMEOUT * 1.5 < temp_folder.STALE_AFTER


def test_several_runs_at_once_do_not_meet() -> None:
    on = without_ping()
    first, second = SimulatedHost(on), SimulatedHost(on)
    a = asks(as_system_task.run(WHOAMI, system_root=r"C:\Windows", identity=IDENTITY, timeout=5))
    answer = driver.run(first, next(a))
    assert run_named(second, temp_folder.unique_name(NOW, "ee")).ok
    a.send(answer)
    assert f"\\{NAME}" in on.tasks, "the other run did not take it along"


def run_named(host: SimulatedHost, name: str) -> Outcome:
    return run_operation(
        host,
        as_system_task.run(WHOAMI, system_root=r"C:\Windows", identity=RunIdentity(name, NOW), timeout=5),
    )
