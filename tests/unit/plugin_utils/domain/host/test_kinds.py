"""What of the hosts of a fleet is worked out once."""

from __future__ import annotations

import datetime as dt
from collections import deque
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.host import Host, reading
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.tools import maps_record

VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"


def read(on: Machine) -> dict[str, Any]:
    return run_operation(SimulatedHost(on), reading.read())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Host]:
    """The hosts that were worked out."""
    found: list[Host] = []
    real = reading._host

    def host(*of: Any) -> Host:
        found.append(real(*of))
        return found[-1]

    monkeypatch.setattr(reading, "_host", host)
    monkeypatch.setattr(reading, "_kinds", deque(maxlen=reading.KINDS))
    return found


def test_hosts_that_differ_in_what_says_nothing_are_of_one_kind(made: list[Host]) -> None:
    """A serial number, and when MAPS answered last."""
    found = []
    for number in range(3):
        on = machine("healthy")
        on.registry.set_text(VERSION, "ProductId", f"00330-80000-00000-AA{number:03}")
        moment = dt.datetime(2026, 11, 30, number, tzinfo=dt.UTC)
        on.registry.set(maps_record.KEY, maps_record.SUCCESS, ValueType.BINARY, maps_record.filetime(moment))
        found.append(read(on))
    assert len(made) == 1
    assert [one["maps_record"]["last_success"][:13] for one in found] == [f"2026-11-30T{hour:02}" for hour in range(3)]
    for one in found:
        assert {**one, "maps_record": 0, "clock_skew": 0} == {**found[0], "maps_record": 0, "clock_skew": 0}


def test_each_kind_is_read_as_without_the_others(made: list[Host]) -> None:
    scenarios = ("healthy", "proxy_bypassed", "local_block_rule", "healthy")
    first = [read(machine(scenario)) for scenario in scenarios]
    assert len(made) == len(set(scenarios))
    for scenario, one in zip(scenarios, first, strict=True):
        reading._kinds.clear()
        reading._hosts.clear()
        assert {**read(machine(scenario)), "clock_skew": 0} == {**one, "clock_skew": 0}


def test_a_time_that_is_not_understood_is_unknown_on_its_host_alone(made: list[Host]) -> None:
    good, odd = machine("healthy"), machine("healthy")
    odd.registry.set_text(maps_record.KEY, maps_record.SUCCESS, "yesterday")
    assert read(odd)["maps_record"]["last_success"] is None
    found = read(good)
    assert found["maps_record"]["last_success"] == ""
    assert not [one for one in found["unknown"] if one["fact"].startswith("maps_record")]
