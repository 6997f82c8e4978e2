"""Drives operations in tests."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import driver
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    NO_ANSWER,
    Answer,
    Ask,
    Operation,
    Warn,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import Host

T = TypeVar("T")


def run_operation(host: Host, operation: Operation[T], warnings: list[str] | None = None) -> T:
    """Runs an operation as an action does; its warnings are added to the list."""
    told = [] if warnings is None else warnings
    return driver.run_operation(host, operation, told.append)


def conclude(operation: Operation[T], warnings: list[str] | None = None) -> T:
    """The result of an operation that asks nothing; its warnings are added to the list."""
    try:
        asked = next(asks(operation, warnings))
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError(f"it asked: {asked}")


def asks(operation: Operation[T], warnings: list[str] | None = None) -> Generator[Ask, Answer, T]:
    """What an operation asks, for a test that answers it itself; its warnings are added to the list."""
    told = [] if warnings is None else warnings
    try:
        wanted = next(operation)
        while True:
            if isinstance(wanted, Warn):
                told.append(wanted.text)
                wanted = operation.send(NO_ANSWER)
            else:
                wanted = operation.send((yield wanted))
    except StopIteration as stop:
        result: T = stop.value
        return result
