"""The history of a fleet: what is kept of each run, and what it says about hosts over time.

An entry names the hosts that were not reachable, and of those of earlier entries the ones that are again. So a host
that was always reachable costs nothing, and a run over a part of the fleet says nothing about the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from .moments import moment
from .numbers import STATES, reach

FLAPS = 2
"""Changes between reachable and not reachable from which a host flaps: it was repaired, and broke again."""


def entry(fleet: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is kept of a report; `earlier` are the entries before it."""
    hosts, run = fleet["hosts"], (fleet["runs"] or [{}])[-1]
    states = {name: reach(host, "after") for name, host in hosts.items()}
    known = {name for one in earlier for name in _names(one, "broken")}
    return {
        "time": str(fleet["numbers"]["finished_last"] or run.get("finished") or ""),
        "run": str(run.get("name") or ""),
        "kind": str(run.get("kind") or ""),
        "numbers": {**fleet["numbers"]["after"], "excluded": fleet["numbers"]["goal"]["excluded"]},
        "broken": sorted(name for name, state in states.items() if state == "not_connected"),
        "reached": sorted(name for name, state in states.items() if state == "connected" and name in known),
    }


def with_entry(earlier: Iterable[Mapping[str, Any]], fleet: Mapping[str, Any], days: float) -> list[Mapping[str, Any]]:
    """The entries of the last `days` before this report, in the order of time, with that of the report as the last.

    A report that was made before is there once: it is the same run at the same time.
    """
    usable = [one for one in earlier if moment(str(one.get("time"))) and isinstance(one.get("numbers"), Mapping)]
    made = entry(fleet, usable)
    now = moment(made["time"])
    if now is None:
        return usable
    oldest = now - timedelta(days=days)
    kept = [one for one in usable if (one.get("time"), one.get("run")) != (made["time"], made["run"])]
    kept = [one for one in kept if oldest <= _time(one)]
    return sorted([*kept, made], key=_time)


def _time(one: Mapping[str, Any]) -> datetime:
    return moment(str(one.get("time"))) or datetime.min.replace(tzinfo=UTC)


def _names(one: Mapping[str, Any], key: str) -> list[str]:
    value = one.get(key)
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def numbers_of(one: Mapping[str, Any]) -> dict[str, int]:
    """The counts of an entry by state; what is no number counts as none."""
    found = one["numbers"]
    return {state: found[state] if isinstance(found.get(state), int) else 0 for state in STATES}


def over_time(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[datetime, bool]]]:
    """Host -> when it was seen, and whether it was reachable then. Only hosts that once were not."""
    found: dict[str, list[tuple[datetime, bool]]] = {}
    for one in entries:
        for key, reachable in (("broken", False), ("reached", True)):
            for name in _names(one, key):
                found.setdefault(name, []).append((_time(one), reachable))
    return found


def flapping(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Host -> how often it changed between reachable and not; the most restless first."""
    changes = {
        name: sum(one[1] != other[1] for one, other in pairwise(seen)) for name, seen in over_time(entries).items()
    }
    return dict(sorted(((n, c) for n, c in changes.items() if c >= FLAPS), key=lambda item: (-item[1], item[0])))


def broken_since(entries: Iterable[Mapping[str, Any]]) -> dict[str, datetime]:
    """Host that is not reachable -> since when, as far as it is known; the longest first."""
    found: dict[str, datetime] = {}
    for name, seen in over_time(entries).items():
        since = None
        for time, reachable in seen:
            since = None if reachable else since or time
        if since is not None:
            found[name] = since
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))
