"""Counts hosts. Each number says what it counts, and hosts of which nothing is known are counted as that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

OPEN = ("not_repairable", "planned", "not_started", "failed", "open")
"""Outcomes of hosts that still do not reach MAPS although they should. `open`: nothing but a look was asked for."""
WITHOUT_CAUSE = ("healthy", "unreachable", "not_started")
"""Outcomes of hosts of which no cause is counted."""
LOOKS = ("assess", "validate")
"""Kinds of runs that change nothing."""
WHOLE = 100.0
"""The goal where none was set, in percent: every host that uses MAPS reaches it."""
STATES = ("connected", "not_connected", "not_applicable", "not_known")
IN_SCOPE = tuple(state for state in STATES if state != "not_applicable")
"""Of hosts that should reach MAPS."""


def reach(host: Mapping[str, Any], when: str) -> str:
    """Whether MAPS answered a host `before` or `after`: one of STATES.

    In check mode nothing was done, so `after` is as before.
    """
    if host.get("outcome") == "not_applicable":
        return "not_applicable"
    connected = (host.get(when) or {}).get("connected")
    return "not_known" if connected is None else "connected" if connected else "not_connected"


def latent(host: Mapping[str, Any]) -> tuple[str, ...]:
    """What may break the connection of a host later, by identifiers, as its last validation found it."""
    last = host.get("after") or host.get("before")
    found = last.get("latent") if isinstance(last, Mapping) else None
    given = found if isinstance(found, (list, tuple)) else ()
    names = (one.get("id") for one in given if isinstance(one, Mapping))
    return tuple(name for name in names if isinstance(name, str))


def goal(after: Mapping[str, int], excluded: int, percent: float) -> dict[str, Any]:
    """The hosts in scope, the share of them that reaches MAPS in percent, rounded down, and whether that is the goal.

    In scope are hosts that should reach MAPS, also those of which nothing is known. Without any, nothing is reached
    and nothing is missed: `met` is None.
    """
    within = sum(after[state] for state in IN_SCOPE)
    reached = after["connected"]
    return {
        "percent": percent,
        "in_scope": within,
        "not_in_scope": after["not_applicable"] + excluded,
        "excluded": excluded,
        "reached_percent": reached * 1000 // within / 10 if within else None,
        "met": reached * 100 >= percent * within if within else None,
    }


def numbers(hosts: Mapping[str, Mapping[str, Any]], excluded: int = 0, goal_percent: float = WHOLE) -> dict[str, Any]:
    """The numbers of a fleet, of which the runs left out `excluded` more hosts."""
    every = list(hosts.values())
    after = _states(every, "after")
    grouped = {name: by_group(every, name) for name in _groups(every)}
    times = sorted(str(host["finished"]) for host in every if host.get("finished"))
    return {
        "hosts": len(every),
        "before": _states(every, "before"),
        "after": after,
        "goal": goal(after, excluded, goal_percent),
        "open": sum(host.get("outcome") in OPEN for host in every),
        "changed": sum(bool(host.get("changes")) and not host.get("check_mode") for host in every),
        "check_mode": sum(bool(host.get("check_mode")) for host in every),
        "looked_at": sum(host.get("kind") in LOOKS for host in every),
        "debt": sum(bool(host.get("debt")) for host in every),
        "healthy_with_cautions": sum(bool(latent(host)) for host in every if host.get("outcome") == "healthy"),
        "latent": dict(Counter(name for host in every for name in latent(host))),
        "finished_first": times[0] if times else None,
        "finished_last": times[-1] if times else None,
        "by_cause": by_cause(every),
        "by_site": grouped.get("site", {}),
        "by_group": grouped,
    }


def _states(hosts: Iterable[Mapping[str, Any]], when: str) -> dict[str, int]:
    found = dict.fromkeys(STATES, 0)
    for host in hosts:
        found[reach(host, when)] += 1
    return found


def by_cause(hosts: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Cause -> how many of its hosts are repaired, open, or need nothing; the most frequent first.

    Healthy hosts have no cause, and of hosts without data it is not known.
    """
    found: dict[str, dict[str, int]] = {}
    for host in hosts:
        outcome = host.get("outcome")
        if outcome in WITHOUT_CAUSE:
            continue
        count = found.setdefault(str(host.get("cause")), {"repaired": 0, "open": 0, "not_applicable": 0})
        known = outcome in ("repaired", "not_applicable")
        count[str(outcome) if known else "open"] += 1
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def _groups(hosts: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ways in which hosts are grouped: by site, and by what was asked for, in its order."""
    found = dict.fromkeys(name for host in hosts for name in host.get("groups") or ())
    return [*(["site"] if any(host.get("site") for host in hosts) else []), *found]


def value_of(host: Mapping[str, Any], group: str) -> str:
    """A host's site, or its value for another way of grouping; empty where it has none."""
    return str((host.get("site") if group == "site" else (host.get("groups") or {}).get(group)) or "")


def by_group(hosts: Iterable[Mapping[str, Any]], group: str) -> dict[str, dict[str, int]]:
    """Value -> how many hosts, and whether MAPS answers them now; in order of name, empty where no host has a value."""
    every = list(hosts)
    if not any(value_of(host, group) for host in every):
        return {}
    found: dict[str, dict[str, int]] = {}
    for host in every:
        count = found.setdefault(value_of(host, group), {"hosts": 0, **dict.fromkeys(STATES, 0)})
        count["hosts"] += 1
        count[reach(host, "after")] += 1
    return dict(sorted(found.items()))
