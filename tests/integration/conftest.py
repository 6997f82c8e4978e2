"""Fleets for integration tests. After each test, nothing may be left on a host and no command may be unknown."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet, simulated_fleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]


@pytest.fixture
def start_fleet(tmp_path: pathlib.Path) -> Iterator[StartFleet]:
    """Starts fleets; at the end of the test proves that no shell, task or folder is left and no line was unknown."""
    fleets: list[SimulatedFleet] = []
    with contextlib.ExitStack() as stack:

        def start(document: Mapping[str, Any]) -> SimulatedFleet:
            fleets.append(stack.enter_context(simulated_fleet(document, tmp_path)))
            return fleets[-1]

        yield start
        for fleet in fleets:
            assert [f"{command.line}: {command.unknown}" for command in fleet.unknown()] == []
            assert fleet.shells() == []
            assert fleet.leftovers() == []


@pytest.fixture
def host(start_fleet: StartFleet) -> SimulatedFleet:
    """One healthy host, `pc`."""
    return start_fleet({"hosts": [{"name": "pc"}]})
