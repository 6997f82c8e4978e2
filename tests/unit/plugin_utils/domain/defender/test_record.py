"""What Windows has already written of the connection: since when and how often it failed, without running anything."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import settings as defender_settings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender.record import (
    Kind,
    Noted,
    Record,
    Times,
    read_events,
    read_times,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.accounts import Role
from ansible_collections.windefend.maps.winsim.machine.builder import filetime
from ansible_collections.windefend.maps.winsim.machine.defender import STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.tools import maps_record
from ansible_collections.windefend.maps.winsim.tools.realtime import event

SPYNET = STATE_KEY + r"\Spynet"
KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Defender\Spynet"
DAY = dt.timedelta(days=1)


def printed(*rows: str) -> Outcome:
    return Outcome(0, ("\r\n" + KEY + "\r\n" + "".join(f"    {row}\r\n" for row in rows) + "\r\n").encode())


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost(machine())


def test_the_values_as_they_were_seen() -> None:
    """REG_BINARY as a published script has it; the text as a published event 5007 of 2026 has it."""
    found = read_times(
        printed(
            "LastMAPSSuccessTime    REG_BINARY    A2A6F1BBD01BDB01",
            "LastMAPSFailureTimeString    REG_SZ    2026-04-29T06:14:57Z",
        )
    )
    assert found == Times("2024-10-11T11:28:45Z", "2026-04-29T06:14:57Z")
    assert Record(found).failing is True


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("LastMAPSSuccessTime    REG_QWORD    0x1db1bd0bbf1a6a2", Times("2024-10-11T11:28:45Z", "")),
        ("LastMAPSSuccessTime    REG_BINARY    0000000000000000", Times()),
        ("LastMAPSSuccessTime    REG_DWORD    0x0", Times()),
        ("LastMAPSFailureTimeString    REG_SZ    2026-10-04T23:01", Times("", "2026-10-04T23:01:00Z")),
        ("LastMAPSFailureTimeString    REG_SZ    2026-10-04T23:01:00+02:00", Times("", "2026-10-04T21:01:00Z")),
        # What is no time is none, and costs itself alone.
        ("LastMAPSSuccessTime    REG_DWORD    0x5", Times()),
        ("LastMAPSSuccessTime    REG_BINARY    A2A6", Times()),
        ("LastMAPSSuccessTime    REG_BINARY    FFFFFFFFFFFFFFFF", Times()),
        ("LastMAPSSuccessTime    REG_SZ    yesterday", Times()),
        ("LastMAPSFailureTimeString    REG_SZ    yesterday", Times()),
        ("SpyNetReporting    REG_DWORD    0x2", Times()),
    ],
)
def test_other_forms_of_the_values(row: str, expected: Times) -> None:
    assert read_times(printed(row)) == expected


@pytest.mark.parametrize(
    ("value", "type_", "data", "lost"),
    [
        ("LastMAPSSuccessTime", ValueType.SZ, "yesterday", ["maps_record.last_success"]),
        ("LastMAPSFailureTimeString", ValueType.SZ, "soon", ["maps_record.last_failure"]),
        ("SpyNetReporting", ValueType.SZ, "two", ["spynet.effective_reporting"]),
    ],
)
def test_an_odd_value_costs_itself_alone(
    host: SimulatedHost, value: str, type_: ValueType, data: str, lost: list[str]
) -> None:
    host.machine.registry.set(SPYNET, value, type_, data)
    found = plain(run_operation(host, host_reading.read()))
    assert [one["fact"] for one in found["unknown"]] == lost
    assert value.lower() in found["unknown"][0]["reason"].lower()


def test_host_info_has_the_times_without_a_further_line(host: SimulatedHost) -> None:
    now = host.machine.now().replace(microsecond=0)
    host.machine.registry.set(SPYNET, "LastMAPSSuccessTime", ValueType.BINARY, filetime(now - DAY))
    found = plain(run_operation(host, host_reading.read()))
    assert found["maps_record"] == {"last_success": f"{now - DAY:%Y-%m-%dT%H:%M:%SZ}", "last_failure": ""}
    assert len(host.lines) == 1


def failing(host: SimulatedHost, days: int = 3) -> dt.datetime:
    """A machine that reached MAPS `days` ago and has failed since, hourly; returns the moment of the success."""
    now = host.machine.now().replace(microsecond=0)
    success = now - days * DAY
    host.machine.registry.set(SPYNET, "LastMAPSSuccessTime", ValueType.BINARY, filetime(success))
    for hours in range(1, 24 * days, 6):
        maps_record.write_failure(host.machine, success + dt.timedelta(hours=hours), 0x80072EE7)
    return success


def test_since_when_and_how_often(host: SimulatedHost) -> None:
    success = failing(host)
    elsewhere = (("Old Value", "x"), ("New Value", r"HKLM\SOFTWARE\Microsoft\Windows Defender\WdConfigHash = 0x1"))
    host.machine.events.append(event(host.machine, 5007, host.machine.now(), elsewhere))
    failed = (("Update Source", "Microsoft Update Server"), ("Error Code", "0x80072ee7"))
    host.machine.events.append(event(host.machine, 2001, host.machine.now(), failed))
    found = plain(run_operation(host, defender_settings.read(time.time())))
    record = found["maps_record"]
    assert len(host.lines) == 1
    assert host.unknown == []
    assert record["failing"] is True
    first = f"{success + dt.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert record["failing_since"] == {"after": f"{success:%Y-%m-%dT%H:%M:%SZ}", "seen": first}
    assert record["events"]["failures"]["count"] == 12
    assert record["events"]["failures"]["complete"] is True
    assert record["events"]["cloud_failed"]["code"] == "0x80072EE7"
    assert record["events"]["update_failed"]["code_meaning"] == "the server's name could not be resolved"
    assert record["events"]["unknown"] == ""


def test_more_events_than_are_read_are_at_least_so_many(host: SimulatedHost) -> None:
    now = host.machine.now()
    for minutes in range(70, 0, -1):
        maps_record.write_failure(host.machine, now - dt.timedelta(minutes=minutes))
    noted = run_operation(host, read_events())
    assert (noted.failures.count, noted.failures.complete) == (50, False)
    assert noted.cloud_failed.complete is True


def test_old_events_are_not_asked_for(host: SimulatedHost) -> None:
    maps_record.write_failure(host.machine, host.machine.now() - 8 * DAY, 0x80072EE7)
    noted = run_operation(host, read_events())
    assert (noted.failures, noted.cloud_failed) == (Kind(), Kind())


def test_events_that_may_not_be_read_are_not_known() -> None:
    user = SimulatedHost(machine())
    user.machine.accounts[0] = replace(user.machine.accounts[0], role=Role.REMOTE_USER)
    noted = run_operation(user, read_events())
    assert noted.unknown
    assert noted.failures == Kind(0, complete=False)


NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize(
    ("times", "reached", "because"),
    [
        (Times("2026-05-01T11:00:00Z", ""), True, "recorded_success"),
        (Times("2026-05-01T11:00:00Z", "2026-04-30T11:00:00Z"), True, "recorded_success"),
        (Times("2026-04-29T11:00:00Z", "2026-05-01T11:59:00Z"), False, "recorded_failure"),
        (Times("", "2026-05-01T11:59:00Z"), False, "recorded_failure"),
        (Times("2026-04-29T11:00:00Z", ""), None, "recorded_long_ago"),
        (Times("2026-04-28T11:00:00Z", "2026-04-29T11:00:00Z"), None, "recorded_long_ago"),
        (Times("2027-05-01T11:00:00Z", ""), None, "recorded_in_the_future"),
        (Times(), None, "nothing_recorded"),
    ],
)
def test_what_follows_for_today(times: Times, reached: bool | None, because: str) -> None:
    assert Record(times).reached(NOW) == (reached, because)


def test_a_signature_from_the_cloud_is_a_connection() -> None:
    """Event 2010, by Microsoft's page of event IDs."""
    none = Kind()
    noted = Noted(Kind(1, True, "2026-05-01T11:00:00Z", "2026-05-01T11:00:00Z"), none, none, none, none)
    record = Record(Times("2026-04-01T00:00:00Z", "2026-04-30T00:00:00Z"), noted)
    assert record.failing is False
    assert record.reached(NOW) == (True, "recorded_success")


def test_winsim_writes_what_its_service_meets(host: SimulatedHost) -> None:
    host.machine.defender.keeps_record = True
    host.machine.network.direct.blocked["*:*"] = Barrier.DROP
    found: dict[str, Any] = plain(run_operation(host, defender_settings.read(time.time())))
    assert found["maps_record"]["failing"] is True
    assert found["maps_record"]["events"]["failures"]["count"] == 1
    host.machine.network.direct.blocked.clear()
    found = plain(run_operation(host, defender_settings.read(time.time())))
    assert found["maps_record"]["last_success"] >= found["maps_record"]["last_failure"]
