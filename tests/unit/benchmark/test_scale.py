"""The arithmetic of the fleet on paper."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.benchmark import scale
from ansible_collections.windefend.maps.tests.benchmark.arithmetic import Line

COST = Line(1.0, 0.008)


def test_a_slice_computes_or_waits() -> None:
    assert scale.slice_seconds(COST, 0.0, 0.1, 512) == pytest.approx(1 + 5000 * 0.008)
    assert scale.slice_seconds(COST, 0.1, 0.1, 50) == pytest.approx(1 + 5000 * 1.0 / 50)


def test_slices_go_side_by_side_on_eight_cores() -> None:
    """Twenty slices on eight cores are three turns."""
    assert scale.fleet_minutes(60.0) == 3.0


def test_the_tables_come_from_results() -> None:
    run = {"conditions": {}, "bytes": 40_000, "requests": 8}
    many = {"bytes": 40_000_000, "requests": 8_000}
    results = {
        "extrapolated": {"to_hosts": 1000},
        "milliseconds_a_host": {name: {"median": 36.0} for name in ("sweep", "host_by_host", "peers")},
        "runs": [
            *({**run, "what": name, "hosts": 1, "cpu": 1.0} for name in ("sweep", "host_by_host", "peers")),
            {**run, **many, "what": "sweep", "hosts": 1000, "cpu": 9.0},
            {**run, **many, "what": "sweep", "hosts": 1000, "cpu": 900.0, "conditions": {"slow": 10}},
        ],
    }
    assert scale.sweep_line(results).at(1000) == pytest.approx(9.0)
    text = scale.tables(results)
    assert "| sweep " in text
    assert "| 1.0 " in text, "100,000 times 36 ms are an hour"
    assert "| 4.0 " in text, "100,000 times 40 KB"
