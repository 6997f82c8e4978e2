"""How long a command as SYSTEM is waited for, and what becomes of answers that do not arrive whole."""

from __future__ import annotations

import re

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import task as as_system_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, reason, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Answer, HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command, Outcome, Unread
from ansible_collections.windefend.maps.tests.support.operations import asks

NOW = 1_790_000_000.0
IDENTITY = RunIdentity(temp_folder.unique_name(NOW, "0123456789ab"), NOW)
WHOAMI = Command.of("whoami")


def not_yet(seconds: float, output: Outcome) -> Answer:
    """To whatever is asked while the command runs."""
    there = {"begin": Outcome(0, b"step:done"), "exit": Outcome(1), "output": output, "left": Outcome(0)}
    return Answer({**there, "tasks": Outcome(1), "folders": Outcome(1)}, False, 0.0, seconds=seconds)


def test_a_host_that_answers_slowly_is_not_waited_for_longer() -> None:
    """Each look may take its own minute: what counts is the time that has passed, not how long was paused."""
    operation = asks(as_system_task.run(WHOAMI, system_root=r"C:\Windows", identity=IDENTITY, timeout=120))
    next(operation)
    for _unused in range(3):
        ask = operation.send(not_yet(50.0, Outcome(0, b"half")))
    assert "rd /s /q" in str(ask.commands), "the third look came too late"
    with pytest.raises(HostError, match="did not finish within 120 seconds; its last output: half"):
        operation.send(not_yet(0.0, Outcome(1)))


def test_a_line_that_has_waited_is_not_followed_by_another() -> None:
    operation = asks(as_system_task.run(WHOAMI, system_root=r"C:\Windows", identity=IDENTITY, timeout=120))
    assert next(operation).timeout > 120
    ask = operation.send(not_yet(121.0, Outcome(1)))
    assert "rd /s /q" in str(ask.commands)
    with pytest.raises(HostError, match="did not start it within 120 seconds"):
        operation.send(not_yet(0.0, Outcome(1)))


def test_what_lists_too_much_does_not_cost_the_answer() -> None:
    operation = asks(as_system_task.run(WHOAMI, system_root=r"C:\Windows", identity=IDENTITY, timeout=120))
    next(operation)
    there = {"begin": Outcome(0, b"step:done"), "exit": Outcome(0, b"7\r\n"), "output": Outcome(0, b"x")}
    lists = {"left": Outcome(1), "tasks": Unread("too much"), "folders": Unread("too much")}
    with pytest.raises(StopIteration) as ended:
        operation.send(Answer({**there, **lists}, False, 0.0))
    assert ended.value.value == Outcome(7, b"x")


@pytest.mark.parametrize(
    ("exit_code", "why"),
    [(Unread("exit: too much"), "as SYSTEM, exit: too much"), (Outcome(0, b"x"), "as SYSTEM, exit: .* not understood")],
)
def test_an_exit_code_that_did_not_arrive_is_not_waited_for(exit_code: Outcome, why: str) -> None:
    """The host saw it, and has removed everything."""
    operation = asks(as_system_task.run(WHOAMI, system_root=r"C:\Windows", identity=IDENTITY, timeout=120))
    next(operation)
    gone = {name: Outcome(1) for name in ("output", "left", "tasks", "folders")}
    with pytest.raises(StopIteration) as ended:
        operation.send(Answer({"begin": Outcome(0, b"step:done"), "exit": exit_code, **gone}, False, 0.0))
    assert re.fullmatch(why, reason(ended.value.value))
