"""winsim's ping as a way to wait: a second between two requests, and no longer than a task that is awaited."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine
from ansible_collections.windefend.maps.winsim.machine.tasks import ScheduledTask
from ansible_collections.windefend.maps.winsim.tools.scheduler import end

TASK = "\\maps-1"


@pytest.fixture
def cmd() -> CommandLine:
    return CommandLine()


def taken(cmd: CommandLine, line: str) -> float:
    began = time.monotonic()
    cmd.known(line)
    return time.monotonic() - began


def ask_for(cmd: CommandLine, command: str, seconds: float) -> ScheduledTask:
    """A task that begins in so many seconds."""
    due = cmd.machine.true_time() + dt.timedelta(seconds=seconds)
    task = ScheduledTask(TASK, r"C:\Windows\System32\cmd.exe", f"/d /c {command}", "SYSTEM", due=due)
    cmd.machine.tasks[TASK] = task
    return task


def test_it_takes_a_second_between_two_requests(cmd: CommandLine) -> None:
    assert taken(cmd, "ping -n 1 127.0.0.1") < 0.5
    assert taken(cmd, "ping -n 2 127.0.0.1") >= 1.0


def test_who_waits_for_a_task_sees_it_at_once(cmd: CommandLine) -> None:
    ask_for(cmd, r"echo x>C:\work\done.txt", 0.1)
    line = r"for /l %i in (1,1,9) do @if not exist C:\work\done.txt ping -n 2 127.0.0.1 >nul"
    assert taken(cmd, line) < 0.9
    assert cmd.content("done.txt") == b"x\r\n"


def test_a_simulated_clock_need_not_go_on_for_that(cmd: CommandLine) -> None:
    now = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    cmd.machine.true_time = lambda: now
    task = ask_for(cmd, r"echo x>C:\work\done.txt", 0.9)
    assert taken(cmd, "ping -n 2 127.0.0.1") < 0.9
    assert cmd.content("done.txt") == b"x\r\n"
    task.due = now + dt.timedelta(seconds=9)
    assert taken(cmd, "ping -n 2 127.0.0.1") >= 1.0
    assert task.due is not None


def test_a_task_that_does_not_end_is_awaited_for_as_long_as_ping_takes(cmd: CommandLine) -> None:
    task = ask_for(cmd, "ping -n 60 127.0.0.1", 0.0)
    try:
        assert taken(cmd, "ping -n 2 127.0.0.1") >= 1.0
        assert task.running
    finally:
        cmd.machine.tasks.clear()
        end(task)


def test_a_task_that_nobody_asked_for_changes_nothing(cmd: CommandLine) -> None:
    ask_for(cmd, "ver", 0.0).due = None
    assert taken(cmd, "ping -n 2 127.0.0.1") >= 1.0
