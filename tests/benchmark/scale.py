"""The tables of docs/scale.md: what was measured, carried on to a fleet that nobody here can run. Arithmetic alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from . import arithmetic
from .arithmetic import Line
from .table import NAMES, markdown

HOSTS = 100_000
SLICE = 5_000
"""Hosts of a slice."""
CONTROLLERS, CORES = 4, 2
"""A sweep computes on one core, so so many slices run side by side as there are cores."""
ROUND_TRIPS = 9
"""Of a host in a sweep: TCP's handshake and eight requests."""
LINKS = (0.001, 0.02, 0.15)
VALIDATIONS = (1.0, 5.0, 60.0)
"""Seconds that Defender takes to answer: assumed, not measured. The last is that of a firewall that drops packets."""
CONCURRENCIES = (32, 128, 512)


def tables(results: Mapping[str, Any]) -> str:
    """Both, as Markdown; empty where no assessment was measured."""
    if not results["milliseconds_a_host"]:
        return ""
    return f"{_work(results)}\n{_time(sweep_line(results))}"


def sweep_line(results: Mapping[str, Any]) -> Line:
    """Processor seconds of a sweep: at its start, and for each host."""
    hosts = results["extrapolated"]["to_hosts"]
    one, many = (
        arithmetic.spread(
            run["cpu"]
            for run in results["runs"]
            if run["what"] == "sweep" and run["hosts"] == size and not run["conditions"]
        ).median
        for size in (1, hosts)
    )
    return arithmetic.line((1, one), (hosts, many))


def slice_seconds(cost: Line, link: float, validation: float, concurrency: int) -> float:
    """The wall time of a slice that has a core to itself: it waits, or it computes, whichever takes longer."""
    waiting = SLICE * (ROUND_TRIPS * link + validation) / concurrency
    return cost.start + max(cost.each * SLICE, waiting)


def fleet_minutes(seconds: float) -> float:
    """All slices of the fleet, as many side by side as there are cores."""
    return math.ceil(HOSTS / SLICE / (CONTROLLERS * CORES)) * seconds / 60


def _work(results: Mapping[str, Any]) -> str:
    rows = []
    for what in ("sweep", "host_by_host", "peers"):
        milliseconds = results["milliseconds_a_host"][what]["median"]
        largest = max(
            (run for run in results["runs"] if run["what"] == what and not run["conditions"]),
            key=lambda run: int(run["hosts"]),
        )
        size, requests = (largest[name] / largest["hosts"] for name in ("bytes", "requests"))
        rows.append(
            (
                NAMES[what],
                f"{HOSTS * milliseconds / 3_600_000:.1f}",
                f"{HOSTS * milliseconds / 60_000 / (CONTROLLERS * CORES):.0f}",
                f"{HOSTS * size / 1e9:.1f}",
                f"{HOSTS * requests / 1e6:.1f}",
                f"{1000 * size * 8 / 1e7 / 60:.1f}",
            )
        )
    head = ("what", "core hours", f"minutes on {CONTROLLERS * CORES} cores", "GB", "million requests")
    return markdown((*head, "minutes for 1,000 hosts behind 10 Mbit/s"), rows)


def _time(cost: Line) -> str:
    rows = []
    for validation in VALIDATIONS:
        for link in LINKS:
            seconds = [slice_seconds(cost, link, validation, concurrency) for concurrency in CONCURRENCIES]
            rows.append(
                (
                    f"{validation:g} s",
                    f"{1000 * link:g} ms",
                    *(f"{one:.0f} s / {fleet_minutes(one):.0f} min" for one in seconds),
                )
            )
    return markdown(("a validation takes", "round trip", *(f"{one} at once" for one in CONCURRENCIES)), rows)
