"""Drives operations in tests."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, TypeVar

from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import driver
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import Validation, host_of
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    NO_ANSWER,
    Answer,
    Ask,
    Operation,
    RunIdentity,
    Warn,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import AssessmentRequest, assess
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


def validation(
    *, run_as: str, timeout: float, identity: RunIdentity, known_host: Mapping[str, Any] | None = None
) -> Operation[dict[str, Any]]:
    """An assessment without probes, as maps_connection_info returns it."""
    request = AssessmentRequest(Validation(run_as, timeout, identity), probe=False)
    return assess(request, None if known_host is None else host_of(known_host))
