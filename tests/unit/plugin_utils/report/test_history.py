"""The history keeps what is needed to see hosts break, and no more."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._report import history
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import fleet, merge, parse
from ansible_collections.windefend.maps.plugins.plugin_utils._report.page_trend import trend_part


def report(day: int, **states: bool | None) -> dict[str, Any]:
    """A report of that day, of hosts that reach MAPS or do not."""
    time = f"2026-10-{day:02d}T09:00:00Z"
    hosts = {
        name: {
            "outcome": "open",
            "cause": "perimeter",
            "kind": "assess",
            "after": {"connected": state},
            "finished": time,
        }
        for name, state in states.items()
    }
    run = {"name": f"run-{day}", "kind": "assess", "version": "1.0.0", "undo": "", "stopped": "", "finished": time}
    return fleet(merge([parse({"schema": 2, "hosts": hosts, "runs": [run]}, "it")]))


def written(*reports: dict[str, Any], days: float = 400) -> list[Any]:
    entries: list[Any] = []
    for one in reports:
        entries = history.with_entry(json.loads(json.dumps(entries)), one, days)
    return entries


def test_a_host_that_is_always_reachable_is_not_named() -> None:
    entries = written(report(1, a=True, b=False), report(2, a=True, b=True), report(3, a=True, b=True))
    assert [(one["broken"], one["reached"]) for one in entries] == [(["b"], []), ([], ["b"]), ([], ["b"])]
    assert [one["numbers"]["connected"] for one in entries] == [1, 2, 2]


def test_the_same_report_is_one_line_and_old_lines_go() -> None:
    reports = [report(day, a=False) for day in (1, 10, 20)]
    assert len(written(*reports, reports[-1])) == 3
    assert [one["run"] for one in written(*reports, days=10)] == ["run-10", "run-20"]
    broken: list[Any] = [{"time": "x"}, {"numbers": {}}, {}]
    assert len(history.with_entry(broken, reports[0], 10)) == 1


def test_hosts_that_flap_and_hosts_that_stay_broken() -> None:
    entries = written(
        report(1, flap=False, long=False, once=False),
        report(2, flap=True, long=False, once=True),
        report(3, flap=False, once=True),
        report(5, flap=True, long=False, once=True, late=False),
    )
    assert history.flapping(entries) == {"flap": 3}
    since = {name: time.day for name, time in history.broken_since(entries).items()}
    assert since == {"long": 1, "late": 5}, "a run without the host says nothing about it"


def test_the_page_needs_two_runs_and_takes_whatever_the_file_holds() -> None:
    assert trend_part(written(report(1, a=True)), "en") is None
    entries = written(report(1, a=True), report(2, a=False))
    entries[0] = {**entries[0], "numbers": {"connected": "x"}, "broken": [1, {}], "reached": 5}
    found = trend_part(entries, "en")
    assert found is not None
    assert "reachable then 0 of 0, now 0 of 1" in found["text"]
    assert found["lists"][1]["rows"][0]["text"] == "since 2 October 2026, less than 1 day"
