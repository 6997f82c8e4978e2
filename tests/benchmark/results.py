"""From runs to the content of results.json: figures, ratios with spread, and whether the goals are reached."""

from __future__ import annotations

import importlib.metadata
import itertools
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from . import arithmetic, plays
from .arithmetic import Line, Spread
from .connections import BASE, WAYS
from .parts import TASKS, Plan
from .runs import Run

REPAIR_MS, REPAIR_BLIND_MS, REPAIR_ALONE_MS = 25.0, 18.0, 350.0
REPAIR_TWO_TIMES, REPAIR_TWO_BLIND_TIMES, REPAIR_TEN_TIMES = 5.0, 7.0, 20.0
REPAIR_REQUESTS, REPAIR_BLIND_REQUESTS = 24.0, 12.0
SWEEP_MS, PEERS_TIMES, FLOOR_TIMES, SWEEP_MB, STEADY, TASK_TIMES = 10.0, 75.0, 2.5, 300.0, 0.15, 1.3
REPORT_SECONDS, REPORT_MB = 10.0, 2.0
FLOORS = ("floor", "floor_hashed_once")
ASSESSED = ("sweep", "host_by_host", "peers", *FLOORS)
"""What the part that all ratios of an assessment come from runs."""


class Figures:
    """What can be read off the runs. Its methods raise ValueError where a run that they need is missing."""

    def __init__(self, runs: Iterable[Run], plan: Plan) -> None:
        self.runs = list(runs)
        self.plan = plan

    def of(self, what: str, hosts: int | None = None, forks: int | None = None) -> list[Run]:
        """The runs of one thing in their order, those under special conditions left out."""
        return [
            run
            for run in self.runs
            if run.what == what and not run.conditions and hosts in (None, run.hosts) and forks in (None, run.forks)
        ]

    def cpu(self, what: str, hosts: int) -> list[float]:
        """Seconds of processor time, run by run."""
        return [run.cpu for run in self.of(what, hosts)]

    def sweep_ms(self, hosts: int) -> Spread:
        """Processor time a host, the start of Ansible included."""
        return arithmetic.spread(1000 * run.cpu / hosts for run in self.of("sweep", hosts))

    def sweep_mb(self) -> float:
        """What the largest sweep held, all its processes together."""
        return max((max(run.peak_tree, run.peak_process) for run in self.of("sweep")), default=0.0)

    def start(self, what: str) -> Run:
        """The cheapest run over a single host."""
        found = self.of(what, 1)
        if not found:
            raise ValueError(f"{what} was not run over one host")
        return min(found, key=lambda run: run.cpu)

    def each(self, what: str, connection: str) -> list[float]:
        """Seconds of processor time of a further host that is reached in one way, by each run over several."""
        runs = [run for run in self.runs if run.what == what and run.conditions.get("connection") == connection]
        start = min((run.cpu for run in runs if run.hosts == 1), default=None)
        if start is None:
            return []
        return [arithmetic.line((1, start), (run.hosts, run.cpu)).each for run in runs if run.hosts > 1]

    def line(self, run: Run, cost: Callable[[Run], float] = lambda run: run.cpu) -> Line:
        """What larger fleets would cost, by a run over several hosts and the one over a single host."""
        return arithmetic.line((1, cost(self.start(run.what))), (run.hosts, cost(run)))

    def repair_ms(self, what: str) -> list[float]:
        """Processor time a host of a fleet of which every host is broken, run by run, as in the fleet of the sweep."""
        plan = self.plan
        if what.startswith("repair_sweep"):
            return [1000 * cpu / plan.repaired for cpu in self.cpu(what, plan.repaired)]
        runs = self.of(what, plan.repaired_alone)
        return [1000 * self.line(run).per_host(plan.repaired) for run in runs if run.hosts > 1]

    def repair_requests(self, what: str) -> Spread:
        """Requests a host."""
        return arithmetic.spread(run.requests / run.hosts for run in self.of(what, self.plan.repaired))

    def extrapolated_ms(self, what: str, hosts: int) -> list[float]:
        """Processor time a host in a fleet of so many, by each run that the ratios are taken from."""
        measured = self.plan.host_by_host if what == "host_by_host" else self.plan.peers
        return [
            1000 * self.line(run).per_host(hosts) for run in self.of(what, measured, self.plan.forks) if run.hosts > 1
        ]

    def task_over_bare(self, name: str) -> list[float]:
        """Run by run, of one task."""
        pairs = zip(self.of(name), self.of(f"bare_{name}"), strict=False)
        return [task.cpu / bare.cpu for task, bare in pairs if task.hosts == bare.hosts > 1]

    def steadiness(self) -> float:
        """How much the cost of a further host differs, from one size of fleet to the next, from 100 hosts on."""
        medians = {
            hosts: arithmetic.spread(self.cpu("sweep", hosts)).median
            for hosts in sorted(self.plan.sizes)
            if hosts >= 100 and self.of("sweep", hosts)
        }
        further = {
            more: arithmetic.line((hosts, medians[hosts]), (more, medians[more])).each
            for hosts, more in itertools.pairwise(medians)
        }
        if len(further) < 2:
            raise ValueError("fewer than three sizes of fleet say nothing about others")
        return arithmetic.steadiness(further)


def ratios(figures: Figures) -> dict[str, Spread]:
    """Those that results.json has of the part of this name; none where it was not run."""
    plan = figures.plan
    if not any(figures.of(what) for what in ASSESSED):
        return {}
    sweeps = figures.of("sweep", plan.sweep)
    sweep = [1000 * run.cpu / plan.sweep for run in sweeps]
    peers = figures.extrapolated_ms("peers", plan.sweep)
    alone = figures.extrapolated_ms("host_by_host", plan.sweep)
    task = [ratio for name in TASKS for ratio in figures.task_over_bare(name)]
    peer_bytes = [
        figures.line(run, lambda one: one.bytes).per_host(plan.sweep) for run in figures.of("peers", plan.peers)
    ]
    our_bytes = [run.bytes / plan.sweep for run in sweeps]
    common = min(len(peers), len(sweep))
    return {
        "assess_peer_over_sweep_cpu": arithmetic.ratios(peers[:common], sweep[:common]),
        "assess_peer_over_host_by_host_cpu": arithmetic.ratios(*_same_length(peers, alone)),
        "task_over_bare_action_cpu": arithmetic.spread(task),
        **{
            f"sweep_over_{floor}_cpu": arithmetic.ratios(
                *_same_length([run.cpu for run in sweeps], figures.cpu(floor, plan.sweep))
            )
            for floor in FLOORS
        },
        "bytes_peer_over_ours": arithmetic.ratios(*_same_length(peer_bytes, our_bytes)),
    }


def connections(figures: Figures) -> dict[str, dict[str, Spread]]:
    """Processor time of a further host by each way to reach it, over that of the first way, by what was run."""
    found: dict[str, dict[str, Spread]] = {}
    for what in ("sweep", "host_by_host"):
        each = {name: figures.each(what, name) for name in WAYS}
        rows = {name: _same_length(costs, each[BASE]) for name, costs in each.items() if costs and each[BASE]}
        found[what] = {name: arithmetic.ratios(*pair) for name, pair in rows.items()}
    return found


REPAIR_RATIOS = {
    "repair_peer_two_over_sweep_cpu": ("repair_peers_two", "repair_sweep"),
    "repair_peer_two_over_sweep_blind_cpu": ("repair_peers_two", "repair_sweep_blind"),
    "repair_peer_ten_over_sweep_cpu": ("repair_peers_ten", "repair_sweep"),
}


def repairs(figures: Figures) -> tuple[dict[str, Spread], dict[str, Spread]]:
    """Ratios and other figures of the part with every host broken; none where it was not run."""
    if not figures.of("repair_sweep"):
        return {}, {}
    found = {
        name: arithmetic.ratios(*_same_length(figures.repair_ms(one), figures.repair_ms(other)))
        for name, (one, other) in REPAIR_RATIOS.items()
    }
    others = {
        "repair_sweep_cpu_ms": arithmetic.spread(figures.repair_ms("repair_sweep")),
        "repair_sweep_blind_cpu_ms": arithmetic.spread(figures.repair_ms("repair_sweep_blind")),
        "repair_host_by_host_cpu_ms": arithmetic.spread(figures.repair_ms("repair_host_by_host")),
        "repair_requests": figures.repair_requests("repair_sweep"),
        "repair_blind_requests": figures.repair_requests("repair_sweep_blind"),
    }
    return found, others


def repair_goals(figures: Figures) -> list[dict[str, Any]]:
    """Those of the same part."""
    found, others = repairs(figures)
    if not found:
        return []
    most = {
        "repair_sweep_cpu_ms": ("ms of processor time a repaired host, with probes", REPAIR_MS),
        "repair_sweep_blind_cpu_ms": ("ms of processor time a repaired host, without probes", REPAIR_BLIND_MS),
        "repair_host_by_host_cpu_ms": ("ms of processor time a host repaired by a task of its own", REPAIR_ALONE_MS),
        "repair_requests": ("requests for a repair with probes", REPAIR_REQUESTS),
        "repair_blind_requests": ("requests for a repair without probes", REPAIR_BLIND_REQUESTS),
    }
    least = {
        "repair_peer_two_over_sweep_cpu": ("times less than the peers' two tasks, with probes", REPAIR_TWO_TIMES),
        "repair_peer_two_over_sweep_blind_cpu": (
            "times less than the peers' two tasks, without probes", REPAIR_TWO_BLIND_TIMES
        ),
        "repair_peer_ten_over_sweep_cpu": ("times less than the peers' ten tasks, with probes", REPAIR_TEN_TIMES),
    }  # fmt: skip
    return [
        *(_at_most(what, wanted, others[name].median) for name, (what, wanted) in most.items()),
        *(_at_least(what, wanted, found[name].median) for name, (what, wanted) in least.items()),
    ]


def goals(figures: Figures, found: Mapping[str, Spread], report: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Each with what was wanted, what was reached (medians), and whether that will do."""
    rows = repair_goals(figures)
    if found:
        rows[:0] = [
            _at_most(
                "ms of processor time a host for the sweep", SWEEP_MS, figures.sweep_ms(figures.plan.sweep).median
            ),
            _at_least("times less than the peers' playbook", PEERS_TIMES, found["assess_peer_over_sweep_cpu"].median),
            _at_most("times the floor for the sweep", FLOOR_TIMES, found["sweep_over_floor_cpu"].median),
            _at_most("MB of memory for the largest sweep", SWEEP_MB, figures.sweep_mb()),
            _at_most("times the cheapest action for a task", TASK_TIMES, found["task_over_bare_action_cpu"].median),
        ]
    rows += [
        _at_most(f"times the processor time of {BASE} for {name}", most, one.median)
        for name, one in connections(figures)["sweep"].items()
        if (most := WAYS[name].most) is not None
    ]
    try:
        steady = figures.steadiness()
    except ValueError:
        pass
    else:
        what = "% difference of the cost of a further host, from 100 hosts on"
        rows.append(_at_most(what, 100 * STEADY, 100 * steady))
    if report is not None:
        seconds = arithmetic.spread(run["wall"] for run in report["runs"]).median
        rows.append(_at_most(f"s for a report of {report['hosts']} hosts", REPORT_SECONDS, seconds))
        rows.append(_at_most(f"MB for a report of {report['hosts']} hosts", REPORT_MB, report["megabytes"]))
    return rows


def collect(
    kind: str, runs: Sequence[Run], plan: Plan, report: Mapping[str, Any] | None, moment: str
) -> dict[str, Any]:
    """The content of results.json. Raises ValueError where runs are missing that the ratios need."""
    figures = Figures(runs, plan)
    if not runs and report is None:
        raise ValueError("nothing was measured")
    found = ratios(figures)
    return {
        "kind": kind,
        "moment": moment,
        "machine": machine(),
        "extrapolated": {
            "to_hosts": plan.sweep,
            "peers_from": plan.peers,
            "host_by_host_from": plan.host_by_host,
            "how": "a straight line through the run over one host and that over so many; larger fleets cost more",
        },
        "ratios": {name: one.plain() for name, one in {**found, **repairs(figures)[0]}.items()},
        "repairs": {name: one.plain() for name, one in repairs(figures)[1].items()},
        "task_over_bare_action_cpu": {
            name: arithmetic.spread(each).plain() for name in TASKS if (each := figures.task_over_bare(name))
        },
        "peer_over_task_cpu": {
            name: arithmetic.ratios(
                *_same_length(*(figures.cpu(what, plan.modules) for what in (f"peer_{name}", name)))
            ).plain()
            for name in plays.PAIRS
            if figures.of(f"peer_{name}", plan.modules)
        },
        "connections": {
            what: {name: one.plain() for name, one in rows.items()} for what, rows in connections(figures).items()
        },
        "milliseconds_a_host": milliseconds(figures) if found else {},
        "goals": goals(figures, found, report),
        "runs": [run.plain() for run in runs],
        **({"report": dict(report)} if report is not None else {}),
    }


def milliseconds(figures: Figures) -> dict[str, dict[str, float]]:
    """Processor time a host in the fleet of the sweep, by what was run."""
    hosts = figures.plan.sweep
    return {
        "sweep": figures.sweep_ms(hosts).plain(),
        **{
            floor: arithmetic.spread(1000 * cpu / hosts for cpu in figures.cpu(floor, hosts)).plain()
            for floor in FLOORS
        },
        **{what: arithmetic.spread(figures.extrapolated_ms(what, hosts)).plain() for what in ("host_by_host", "peers")},
    }


def machine() -> dict[str, Any]:
    """What it ran on: sizes and versions, no names."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = ("ansible-core", "pywinrm", "pyspnego", "requests", "cryptography")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "architecture": platform.machine(),
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
    }


def _same_length(one: list[float], other: list[float]) -> tuple[list[float], list[float]]:
    """A run that was broken off may have ended one of two."""
    common = min(len(one), len(other))
    return one[:common], other[:common]


def _at_most(what: str, wanted: float, reached: float) -> dict[str, Any]:
    return {"goal": what, "wanted": f"{wanted:g} at most", "reached": float(f"{reached:.3g}"), "met": reached <= wanted}


def _at_least(what: str, wanted: float, reached: float) -> dict[str, Any]:
    return {
        "goal": what,
        "wanted": f"{wanted:g} at least",
        "reached": float(f"{reached:.3g}"),
        "met": reached >= wanted,
    }
