"""The parts of the benchmark: which runs are made, in which order, and how often.

What is compared runs in turns, so that what disturbs the machine disturbs both sides. All runs of a part are given to
`note` as they end: a benchmark that is broken off keeps what it has.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..support import report_fleet
from . import arithmetic, meter, opening, plays
from .field import Field, fleet, serving
from .runs import ANSIBLE_PLAYBOOK, ROOT, Bench, Run, ansible, ended

Note = Callable[[Run], None]

PROXY = {
    "remediate_winhttp_proxy": "proxy.corp.example:3128",
    "remediate_winhttp_proxy_bypass_list": ["<local>", "*.corp.example"],
}
TASKS: dict[str, dict[str, Any]] = {
    **{name: pair[0] for name, pair in plays.PAIRS.items()},
    "host_info": {"windefend.maps.host_info": {}},
}
"""Tasks of ours that are compared with the cheapest action that sends the same."""


@dataclass(frozen=True)
class Plan:
    """How much is done."""

    rounds: int = 3
    sweep: int = 1000
    """Hosts of the sweep and the floor that the ratios are taken from."""
    host_by_host: int = 100
    peers: int = 50
    """Hosts that the peers' assessment is run over; 200 in the whole benchmark."""
    modules: int = 50
    """Hosts that single tasks are compared on."""
    forks: int = 10
    sizes: tuple[int, ...] = (1, 10, 100, 1000, 5000)
    host_by_host_most: int = 1000
    peers_forks: tuple[int, ...] = (5, 50, 200)
    remediated: int = 100
    repaired: int = 1000
    """Hosts of a fleet of which every one is broken, repaired by a sweep; 200 in a quick benchmark."""
    repaired_alone: int = 50
    """The same host by host, and by the modules of others."""
    delays: tuple[float, ...] = (0.001, 0.02, 0.15)
    delayed: int = 500
    slow_seconds: float = 20.0
    reported: int = 10_000
    connected: int = 300
    """Hosts of each way to reach them; those of tasks are `host_by_host`."""


def sized(plan: Plan, most: int) -> Plan:
    """The same plan for a largest fleet of so many hosts."""
    if most >= max(plan.sizes):
        return plan
    return dataclasses.replace(
        plan,
        sizes=tuple(sorted({*(size for size in plan.sizes if size < most), most})),
        sweep=min(plan.sweep, most),
        host_by_host=min(plan.host_by_host, most),
        host_by_host_most=min(plan.host_by_host_most, most),
        peers=min(plan.peers, most),
        modules=min(plan.modules, most),
        remediated=min(plan.remediated, most),
        repaired=min(plan.repaired, most),
        repaired_alone=min(plan.repaired_alone, most),
        delayed=min(plan.delayed, most),
        reported=min(plan.reported, 10 * most),
        connected=min(plan.connected, most),
    )


def ratios(bench: Bench, plan: Plan, note: Note, enough: Callable[[int], bool]) -> None:
    """Everything that the ratios need, round by round; no round is begun once `enough` (given its number) says so."""
    note(bench.sweep(1))
    note(bench.host_by_host(1, plan.forks))
    note(bench.peers(1, plan.forks))
    for number in range(plan.rounds):
        if enough(number):
            return
        note(bench.host_by_host(plan.host_by_host, plan.forks))
        note(bench.peers(plan.peers, plan.forks))
        note(bench.sweep(plan.sweep))  # between the two that it is compared with
        note(bench.floor(plan.sweep))
        note(bench.floor(plan.sweep, hash_once=True))
        note(bench.task("winhttp_proxy", TASKS["winhttp_proxy"], plan.host_by_host, plan.forks))
        note(bench.bare("winhttp_proxy", TASKS["winhttp_proxy"], plan.host_by_host, plan.forks))


def modules(bench: Bench, plan: Plan, note: Note) -> None:
    """(a) A task with a module of ours, with the matching one of others, and with the cheapest action that there can
    be."""
    for _unused in range(plan.rounds):
        for name, task in TASKS.items():
            note(bench.task(name, task, plan.modules, plan.forks))
            note(bench.bare(name, task, plan.modules, plan.forks))
            if name in plays.PAIRS:
                note(bench.task(f"peer_{name}", plays.PAIRS[name][1], plan.modules, plan.forks))


def sizes(bench: Bench, plan: Plan, note: Note) -> None:
    """(b) The assessment of fleets of several sizes, and (f) what the simulated hosts can bear."""
    for hosts in plan.sizes:
        for _unused in range(plan.rounds):
            note(bench.sweep(hosts))
            note(bench.floor(hosts))
        if hosts <= plan.host_by_host_most:
            note(bench.host_by_host(hosts, 50))
    for forks in plan.peers_forks:
        for hosts in sorted({1, 10, plan.peers}):
            if hosts <= plan.peers:
                note(bench.peers(hosts, forks))


def remediation(folder: pathlib.Path, plan: Plan, note: Note) -> None:
    """(c) A fleet of which a tenth is broken."""
    for _unused in range(plan.rounds):
        document = fleet(plan.remediated)
        broken = max(1, plan.remediated // 10)
        document["hosts"] = [
            {"name": "pc-{n:05}", "count": plan.remediated - broken, "scenario": "healthy_behind_proxy"},
            {"name": "bad-{n:05}", "count": broken, "scenario": "no_winhttp_proxy_70006"},
        ]
        with serving(document, folder) as hosts:
            bench = Bench(hosts, folder)
            playbook = ROOT / "playbooks" / "remediate.yml"
            report = folder / "report.json"
            variables = {
                **PROXY,
                "maps_journal": str(folder / "journal"),
                "maps_waves": ["100%"],
                "maps_report_path": str(report),
            }
            well = {"remediate": {"healthy": plan.remediated - broken, "repaired": broken}}
            well["remediate_again"] = {"healthy": plan.remediated}
            for what, outcomes in well.items():
                # The recap shows the hosts alone that had tasks of their own.
                note(bench.playbook(what, playbook, plan.remediated, 50, variables=variables, once=True))
                ended = json.loads(report.read_text(encoding="utf-8"))["outcomes"]
                if ended != {name: number for name, number in outcomes.items() if number}:
                    raise meter.RunFailed(f"{what}: the hosts ended as {ended}, and should as {outcomes}")
            checked(hosts)


BROKEN = "no_winhttp_proxy_72f8f"


def everything_broken(folder: pathlib.Path, plan: Plan, note: Note, enough: Callable[[int], bool]) -> None:
    """(g) The article's own case: every host lacks the proxy. Each run has hosts of its own, since it changes them."""
    journal, reports = str(folder / "journal"), folder / "reports.jsonl"

    def swept(probe: str) -> list[plays.Play]:
        reports.unlink(missing_ok=True)
        return plays.repair_by_sweep(str(reports), journal, probe)

    ours: dict[str, Callable[[], list[plays.Play]]] = {
        "repair_sweep": lambda: swept("auto"),
        "repair_sweep_blind": lambda: swept("never"),
    }
    others = {
        "repair_host_by_host": lambda: plays.repair_host_by_host(journal),
        "repair_peers_two": lambda: plays.repair_by_others(assessed=False),
        "repair_peers_ten": lambda: plays.repair_by_others(assessed=True),
    }

    def run(what: str, play: list[plays.Play], hosts: int) -> None:
        document = fleet(hosts, overrides={"powershell": plays.ANSWERS})
        document["hosts"] = [{**document["hosts"][0], "scenario": BROKEN}]
        with serving(document, folder / "hosts") as served:
            bench = Bench(served, folder)
            note(bench.playbook(what, play, hosts, plan.forks, once=what in ours))
            if what in ours and ended((folder / f"{what}.log").read_text(errors="replace"), "repaired") != hosts:
                raise meter.RunFailed(f"{what}: not all of {hosts} hosts were repaired; see {folder / what}.log")
            checked(served)

    for what, play in others.items():
        run(what, play(), 1)
    for number in range(plan.rounds):
        if enough(number):
            return
        for what, play in others.items():
            run(what, play(), plan.repaired_alone)
        for what, play in ours.items():
            run(what, play(), plan.repaired)


def far_away(folder: pathlib.Path, plan: Plan, note: Note) -> None:
    """(d) Hosts behind links of several delays, one in a hundred of them slow."""
    slow = max(1, plan.delayed // 100)
    for seconds in plan.delays:
        network = {"network": {"round_trip_seconds": seconds}}
        document = fleet(plan.delayed, overrides={**network, "powershell": plays.ANSWERS})
        document["hosts"] = [
            # First, so that they are in every number of hosts that is taken.
            {
                "name": "slow-{n:05}",
                "count": slow,
                "overrides": {"defender": {"validation_seconds": plan.slow_seconds}},
            },
            {"name": "pc-{n:05}", "count": plan.delayed - slow},
        ]
        conditions = {"round_trip_seconds": seconds, "slow": slow}
        with serving(document, folder) as hosts:
            bench = Bench(hosts, folder)
            for concurrency in (32, 128):
                note(bench.sweep(plan.delayed, concurrency, **conditions))
            note(bench.host_by_host(min(plan.host_by_host, plan.delayed), 50, **conditions))
            note(bench.peers(min(plan.modules, plan.delayed), 50, **conditions))
            checked(hosts)


def report(folder: pathlib.Path, plan: Plan) -> dict[str, Any]:
    """(e) A page of many made-up hosts in turns with one of a single host; and opening it, and an empty one."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {}
    commands = {}
    for name, hosts in (("many", plan.reported), ("one", 1)):
        source, pages[name], playbook = (folder / f"{name}.{ending}" for ending in ("json", "html", "play.json"))
        source.write_text(json.dumps(report_fleet.generated(hosts)))
        playbook.write_text(json.dumps(plays.report(str(source), str(pages[name]))))
        commands[name] = [ANSIBLE_PLAYBOOK, str(playbook), "-i", "localhost,"]
    used: dict[str, list[meter.Usage]] = {name: [] for name in commands}
    for _unused in range(plan.rounds):
        for name, command in commands.items():
            pages[name].unlink(missing_ok=True)
            used[name].append(meter.measure(command, limit=300, log=folder / "report.log", environment=ansible()))
    return {
        "hosts": plan.reported,
        "megabytes": round(pages["many"].stat().st_size / 1e6, 2),
        "runs": [dataclasses.asdict(one) for one in used["many"]],
        "times_one_host": arithmetic.ratios(
            [one.wall for one in used["many"]], [one.wall for one in used["one"]]
        ).plain(),
        "times_empty_page": opening.times_an_empty_page(pages["many"], plan.rounds),
    }


def checked(hosts: Field) -> None:
    """Raises RunFailed where winsim was told what it does not know: what was measured then would mean nothing."""
    unknown = hosts.unknown()
    if unknown:
        raise meter.RunFailed(f"winsim does not know {len(unknown)} lines, the first: {unknown[0][:300]}")


def never(_number: int) -> bool:
    """For `ratios`: all rounds."""
    return False


def never_again(number: int) -> bool:
    """For `everything_broken`: one round."""
    return number > 0


def within(seconds: float) -> Callable[[int], bool]:
    """For `ratios`: enough when another round, as long as those before, would not end within so many seconds from now.
    The first is made in any case."""
    began = time.monotonic()
    marks: list[float] = []

    def enough(number: int) -> bool:
        marks.append(time.monotonic())
        return number > 0 and marks[-1] - began + (marks[-1] - marks[0]) / number > seconds

    return enough
