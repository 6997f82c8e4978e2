"""The folder of a run on simulated machines: when it is protected, what a run that breaks off leaves, what the next
one removes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Answer,
    Ask,
    HostError,
    Operation,
    intercept,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.temp_folder import (
    STALE_AFTER,
    RunIdentity,
    Temp,
    unique_name,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import CommandTimedOut, Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import files
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome, Unread
from ansible_collections.windefend.maps.tests.support.operations import asks, run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER
from ansible_collections.windefend.maps.winsim.machine.access import may_write
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot
from ansible_collections.windefend.maps.winsim.tools.cmd import interpreter

NOW = 1_790_000_000.0
TEMP = Temp(r"C:\Windows")
OURS = {"S-1-5-32-544", "S-1-5-18"}


def identity(seconds: float = 0.0) -> RunIdentity:
    """Of a run that begins so many seconds after NOW."""
    return RunIdentity(unique_name(NOW + seconds, "0123456789ab"), NOW + seconds)


def work(name: str, at_once: bool = False) -> Operation[bytes]:
    """Carries a file to the host and reads it there; in one line, or in two."""
    folder = TEMP.folder(name)
    reading = {"read": files.read(rf"{folder}\a.txt")}
    commands = {**TEMP.listing(), "begin": temp_folder.filled(folder, "a.txt")}
    if at_once:
        answer = yield Ask({**commands, **reading, **temp_folder.removed_at_once(folder)}, stdin=b"secret\r\n")
    else:
        answer = yield Ask(commands, stdin=b"secret\r\n")
    if temp_folder.DONE not in answer["begin"].text:
        raise HostError("nothing arrived", said=answer["begin"].text)
    if not at_once:
        answer = yield Ask(reading)
    return answer["read"].output


def run(host: SimulatedHost, seconds: float = 0.0, at_once: bool = False, must_go: str = "") -> tuple[bytes, list[str]]:
    one, warnings = identity(seconds), []
    bracket = temp_folder.with_temp_folder(TEMP, one, work(one.name, at_once), must_go)
    return run_operation(host, unhurried(bracket), warnings), warnings


def unhurried(operation: Operation[Any]) -> Operation[Any]:
    """Without the pauses."""

    def carry(ask: Ask) -> Operation[Answer]:
        return (yield Ask(ask.commands, ask.stdin, retry_on_disconnect=ask.retry_on_disconnect))

    return intercept(operation, carry)


def left_on(on: Machine) -> list[str]:
    return [path for path in on.files.nodes if "windefend-maps" in path]


class _Killed(BaseException):
    """Controller and host are gone: nothing cleans up."""


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Kills before the command of this number, from 0, that a host is to run."""
    simple, before = interpreter.simple, [-1]

    def mortal(*arguments: Any) -> int:
        before[0] -= 1
        if before[0] == -1:
            raise _Killed
        return simple(*arguments)

    def at(number: int) -> None:
        before[0] = number

    monkeypatch.setattr(interpreter, "simple", mortal)
    return at


def remains(on: Machine) -> str:
    """What there is of a run that was killed. Fails where something lies in a folder that is not protected."""
    folder = on.files.find(TEMP.folder(identity().name))
    if folder is None:
        return "nothing"
    inside = list(on.files.children(folder.path))
    if folder.access is None:
        assert inside == []
        assert not may_write(on.files, USER, rf"{folder.path}\planted"), "expert M9: nobody else may put a file there"
        return "open folder"
    assert set(folder.access) == OURS
    return "protected folder"


@pytest.mark.parametrize("at_once", [False, True])
def test_a_run_that_is_killed_at_any_step(kill: Callable[[int], None], at_once: bool) -> None:
    """What it leaves is gone after the next run, an hour later; one that comes before leaves it alone."""
    seen = []
    for number in range(100):
        host = SimulatedHost(machine())
        before = snapshot(host.machine)
        kill(number)
        try:
            run(host, at_once=at_once)
        except _Killed:
            kill(-1)
        else:
            break
        seen.append(remains(host.machine))
        left = left_on(host.machine)
        run(host, STALE_AFTER, at_once)
        assert left_on(host.machine) == left, number
        run(host, STALE_AFTER + 1, at_once)
        assert difference(before, snapshot(host.machine)) == [], number
    assert list(dict.fromkeys(seen)) == ["nothing", "open folder", "protected folder"]
    assert seen[-1] == "nothing", "the last thing is to look whether it is gone"


def written(on: Machine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths below folders of ours that are written from now on."""
    write, paths = on.files.write, []

    def spying(path: str, content: bytes, program: str = "") -> object:
        if "windefend-maps" in path:
            paths.append(path)
        return write(path, content, program)

    monkeypatch.setattr(on.files, "write", spying)
    return paths


def test_what_is_carried_over_is_written_to_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatedHost(machine())
    paths = written(host.machine, monkeypatch)
    assert run(host) == (b"secret\r\n", [])
    assert set(paths) == {rf"{TEMP.folder(identity().name)}\a.txt"}


def test_a_folder_that_cannot_be_protected_gets_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatedHost(machine())
    host.machine.files.remove(r"C:\Windows\System32\icacls.exe")
    paths = written(host.machine, monkeypatch)
    with pytest.raises(HostError, match=r"^nothing arrived$") as refused:
        run(host)
    assert "icacls" in str(refused.value.details["said"])
    assert paths == []
    assert left_on(host.machine) == []


def test_a_folder_that_somebody_else_made_gets_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may make folders there would own one of this name."""
    host = SimulatedHost(machine())
    host.machine.files.make_directory(TEMP.folder(identity().name))
    paths = written(host.machine, monkeypatch)
    with pytest.raises(HostError, match="nothing arrived"):
        run(host)
    assert paths == []


def hold(on: Machine, monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """Lets this many attempts to remove a folder fail, as if something in it were held open; the attempts."""
    remove, attempts = on.files.remove_tree, []

    def held(path: str) -> None:
        attempts.append(path)
        if len(attempts) > times:
            remove(path)

    monkeypatch.setattr(on.files, "remove_tree", held)
    return attempts


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_removal_that_fails_at_first_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, times: int, at_once: bool
) -> None:
    host = SimulatedHost(machine())
    attempts = hold(host.machine, monkeypatch, times)
    assert run(host, at_once=at_once) == (b"secret\r\n", [])
    assert left_on(host.machine) == []
    assert len(attempts) == times + 1


@pytest.mark.parametrize("at_once", [False, True])
def test_what_cannot_be_removed_is_told_and_removed_by_a_later_run(
    monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    host = SimulatedHost(machine())
    with monkeypatch.context() as held:
        hold(host.machine, held, 100)
        outcome, warnings = run(host, at_once=at_once)
    assert outcome == b"secret\r\n"
    (warning,) = warnings
    assert warning == temp_folder.leftover_message(temp_folder.Temp.WHAT, [identity().name])
    assert run(host, STALE_AFTER + 1)[1] == []
    assert left_on(host.machine) == []


def test_what_must_go_and_stays_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatedHost(machine())
    hold(host.machine, monkeypatch, 100)
    with pytest.raises(HostError, match=f"{identity().name}.*It is dangerous$"):
        run(host, must_go="It is dangerous")
    host.machine.files.remove(r"C:\Windows\System32\findstr.exe")
    with pytest.raises(HostError, match=f"^nothing arrived.*{identity().name}.*It is dangerous$"):
        run(host, must_go="It is dangerous")


def test_leftovers_of_others_that_stay_are_no_error_of_this_run(monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatedHost(machine())
    other = identity(-STALE_AFTER - 1).name
    host.machine.files.make_directory(TEMP.folder(other))
    remove = host.machine.files.remove_tree
    monkeypatch.setattr(host.machine.files, "remove_tree", lambda path: other in path or remove(path))
    _outcome, (warning,) = run(host, must_go="It is dangerous")
    assert other in warning
    assert identity().name not in warning


def test_a_failure_keeps_its_details_and_tells_what_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    host = SimulatedHost(machine())
    host.machine.files.remove(r"C:\Windows\System32\findstr.exe")
    hold(host.machine, monkeypatch, 100)
    with pytest.raises(
        HostError, match=rf"^nothing arrived\. Not confirmed to be removed from the host.*{identity().name}"
    ) as failed:
        run(host)
    assert "findstr" in str(failed.value.details["said"])


@pytest.mark.parametrize("seconds", [0, 1, STALE_AFTER])
def test_younger_folders_of_other_runs_stay(seconds: float) -> None:
    """The limit itself counts as young, and a name of another kind as none of ours."""
    host = SimulatedHost(machine())
    young, old = unique_name(NOW - seconds, "cc"), unique_name(NOW - STALE_AFTER - 1, "dd")
    foreign = "windefend-maps-backup"
    for name in (young, old, foreign):
        host.machine.files.make_directory(TEMP.folder(name))
        host.machine.files.write(rf"{TEMP.folder(name)}\x", b"x")
    assert run(host)[1] == []
    left = {path.split("\\")[2] for path in left_on(host.machine)}
    assert left == {young, foreign}


def test_a_line_that_removes_at_once_is_the_only_one() -> None:
    host = SimulatedHost(machine())
    before = snapshot(host.machine)
    assert run(host, at_once=True) == (b"secret\r\n", [])
    assert len(host.lines) == 1
    assert difference(before, snapshot(host.machine)) == []


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("error", [Unreachable("cut"), CommandTimedOut("late")])
def test_nothing_stays_when_a_line_fails(error: Exception, number: int, carried_out: bool) -> None:
    host = SimulatedHost(machine(), {number: (error,) if carried_out else error})
    before = snapshot(host.machine)
    with pytest.raises(type(error)):
        run(host)
    assert difference(before, snapshot(host.machine)) == []


@pytest.mark.parametrize("carried_out", [False, True])
def test_the_line_that_cleans_is_sent_again_when_it_breaks(carried_out: bool) -> None:
    host = SimulatedHost(machine(), {3: (Unreachable("cut"),) if carried_out else Unreachable("cut")})
    assert run(host) == (b"secret\r\n", [])
    assert left_on(host.machine) == []


def begun(inner: Operation[Any], warnings: list[str] | None = None) -> Generator[Ask, Answer, Any]:
    bracket = asks(temp_folder.with_temp_folder(TEMP, identity(), inner), warnings)
    next(bracket)
    return bracket


@pytest.mark.parametrize("left", [Outcome(0), Outcome(None), Unread("too much")])
def test_a_folder_that_is_not_seen_to_be_gone_is_removed(left: Outcome) -> None:
    bracket = begun(work(identity().name, True))
    there = {"folders": Outcome(1), "begin": Outcome(0, b"step:done"), "read": Outcome(0), "left": left}
    ask = bracket.send(Answer(there, False, 0.0))
    first = next(iter(ask.commands.values()))
    assert first.text == rf'rd /s /q "C:\Program Files\{identity().name}" >nul'


def test_what_a_host_lists_too_much_of_is_left_alone() -> None:
    warnings: list[str] = []
    bracket = begun(work(identity().name, True), warnings)
    gone = {"folders": Unread("too much"), "begin": Outcome(0, b"step:done"), "read": Outcome(0), "left": Outcome(1)}
    with pytest.raises(StopIteration):
        bracket.send(Answer(gone, False, 0.0))
    assert warnings == ["leftovers of earlier runs were not removed: too much"]


def test_an_operation_that_fails_before_its_first_line_sends_none() -> None:
    def failing() -> Operation[None]:
        if identity().name:
            raise HostError("not possible")
        yield Ask({})

    with pytest.raises(HostError, match=r"^not possible$"):
        begun(failing())


def test_an_operation_that_is_given_up_is_closed() -> None:
    closed = []

    def waiting() -> Operation[None]:
        try:
            yield Ask(TEMP.listing())
        finally:
            closed.append(True)

    begun(waiting(), []).close()
    assert closed == [True]


def test_the_steps_are_said_when_they_are_named() -> None:
    host = SimulatedHost(machine())
    command = temp_folder.filled(r"C:\Windows\Temp\x", "a.txt", steps=("one", "two", "three"))
    said = host.run(command.text, stdin=b"x\r\n").stdout.decode()
    assert [line for line in said.split() if line.startswith("step:")] == [
        "step:one", "step:two", "step:three", temp_folder.DONE,
    ]  # fmt: skip


def test_a_part_of_a_run_has_a_name_of_its_own_and_is_swept_like_it() -> None:
    part = identity().part("c").part("0")
    assert part == RunIdentity(f"{identity().name}c0", NOW)
    assert temp_folder.leftovers([part.name], NOW + STALE_AFTER + 1) == [part.name]
