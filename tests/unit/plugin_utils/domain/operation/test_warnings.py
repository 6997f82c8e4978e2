"""Warnings of operations: who drives one hears them in order, at once, and no host does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    Answer,
    Ask,
    HostError,
    Operation,
    Warn,
    intercept,
    warn,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Command
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine

VER = {"ver": Command.of("ver")}


def telling() -> Operation[str]:
    yield Warn("first")
    answer = yield Ask(VER)
    yield from warn("second", "third")
    return answer["ver"].text.strip()


def failing() -> Operation[str]:
    yield from telling()
    raise HostError("in vain")


def carried(operation: Operation[str]) -> Operation[str]:
    """As a journal stands around an operation: what it carries has commands."""

    def carry(ask: Ask) -> Operation[Answer]:
        assert ask.commands == VER
        yield Warn("carried")
        return (yield ask)

    return intercept(operation, carry)


@pytest.mark.parametrize(
    ("around", "told"),
    [(iter, ["first", "second", "third"]), (carried, ["first", "carried", "second", "third"])],
    ids=["alone", "intercepted"],
)
def test_warnings_are_heard_in_order_and_cost_no_line(
    around: Callable[[Operation[str]], Operation[str]], told: list[str]
) -> None:
    host, warnings = SimulatedHost(machine()), list[str]()
    assert "Windows" in run_operation(host, around(telling()), warnings)
    assert (warnings, len(host.lines)) == (told, 1)


def test_those_of_an_operation_that_fails_are_heard_before_it_does() -> None:
    host, warnings = SimulatedHost(machine()), list[str]()
    with pytest.raises(HostError, match="in vain"):
        run_operation(host, carried(failing()), warnings)
    assert warnings == ["first", "carried", "second", "third"]


def test_an_operation_that_is_ended_at_a_warning_is_closed_with_what_is_around_it() -> None:
    closed = []

    def inner() -> Operation[str]:
        try:
            yield Warn("first")
        finally:
            closed.append("inner")
        return ""

    operation = carried(inner())
    assert next(operation) == Warn("first")
    operation.close()
    assert closed == ["inner"]
