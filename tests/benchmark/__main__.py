"""The benchmark's command line: `make bench`, `make bench-quick`.

Bounded: loopback only, one thing at a time, each run ended after its time, the simulated hosts by themselves too. What
is measured lies in build/bench: results.json, table.md, scale.md, and runs.jsonl with each run as it ended.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime as dt
import functools
import json
import pathlib
import shutil
import signal
import sys
from collections.abc import Callable, Generator
from typing import Any

from . import connections, meter, parts, plays, results, scale, table
from .field import CannotStart, fleet, serving
from .runs import ROOT, Bench, Run

QUICK_SECONDS = 170.0
"""A quick one begins no round that would not end by then, its hosts' start included."""
QUICK_REPAIRED = 200
PARTS = ("ratios", "everything_broken", "modules", "sizes", "remediation", "far_away", "connections", "report")


def main() -> int:
    """0: done, whatever the numbers are; 1: a part went wrong; 130: interrupted."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    folder: pathlib.Path = options.output.resolve()
    if not options.more:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _run(folder, options)
    except (meter.RunFailed, CannotStart) as error:
        print(f"\nThe benchmark stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; what the benchmark started was stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmark", description="Measures what assessments and tasks cost.")
    parser.add_argument("--quick", action="store_true", help="the ratios alone, in four minutes")
    parser.add_argument(
        "--parts",
        nargs="*",
        choices=PARTS,
        default=list(PARTS),
        help="parts of the whole; all; with --more none: the tables anew",
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is run; 3")
    parser.add_argument("--hosts", type=int, default=5000, help="hosts of the largest fleet; 5000")
    parser.add_argument("--more", action="store_true", help="add to what is there, of one that was broken off, say")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build" / "bench", help="where results go")
    return parser


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _run(folder: pathlib.Path, options: argparse.Namespace) -> int:
    before = folder / "results.json"
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    earlier_results = json.loads(before.read_text()) if before.exists() else {}
    moment = earlier_results.get("moment", now)
    runs = [Run(**json.loads(text)) for text in _lines(folder / "runs.jsonl")]
    earlier = len(runs)

    def note(run: Run) -> None:
        runs.append(run)
        with (folder / "runs.jsonl").open("a") as file:
            file.write(json.dumps(run.plain()) + "\n")
        print(f"{run.what}, {run.hosts} hosts: {run.cpu:.1f} s CPU, {run.wall:.1f} s", flush=True)

    plan = parts.Plan(rounds=options.rounds, repaired=QUICK_REPAIRED if options.quick else parts.Plan.repaired)
    if not options.quick:
        plan = parts.sized(dataclasses.replace(plan, peers=200), options.hosts)
    reports: list[dict[str, Any]] = [json.loads(text) for text in _lines(folder / "report.jsonl")]
    failures: list[str] = []

    def reported(report: dict[str, Any]) -> None:
        reports.append(report)
        (folder / "report.jsonl").write_text(json.dumps(report) + "\n")

    with contextlib.closing(_parts(options, plan, folder, note, reported)) as steps:
        for name, part in steps:
            try:
                part()
            except (meter.RunFailed, CannotStart) as error:  # the other parts can still be measured
                failures.append(f"{name}: {error}")
                print(failures[-1], file=sys.stderr, flush=True)
    report = reports[-1] if reports else None
    kind = _kind(options, earlier, earlier_results)
    try:
        found = {**results.collect(kind, runs, plan, report, moment), "failures": failures}
    except ValueError as error:
        raise meter.RunFailed(f"too little was measured: {error}; {folder / 'runs.jsonl'} has what was") from None
    before.write_text(json.dumps(found, indent=1) + "\n")
    (folder / "table.md").write_text(table.tables(found))
    (folder / "repairs.md").write_text(table.repairs(found))
    (folder / "scale.md").write_text(scale.tables(found))
    print(f"\n{table.tables(found)}\nAll of it: {folder / 'results.json'}")
    return 1 if failures else 0


def _kind(options: argparse.Namespace, earlier: int, earlier_results: dict[str, Any]) -> str:
    """What the results are of; those of which only the tables are made anew stay what they are."""
    if not options.parts and earlier_results:
        return str(earlier_results["kind"])
    if options.quick:
        return "quick"
    return "whole" if set(options.parts) == set(PARTS) and not earlier else "in parts"


def _lines(path: pathlib.Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _parts(
    options: argparse.Namespace,
    plan: parts.Plan,
    folder: pathlib.Path,
    note: parts.Note,
    reported: Callable[[dict[str, Any]], None],
) -> Generator[tuple[str, Callable[[], None]], None, None]:
    """The parts to be made, by name. The hosts of the first three are the same."""
    healthy: dict[str, Callable[[Bench], None]] = {
        "ratios": lambda bench: parts.ratios(bench, plan, note, enough),
        "modules": lambda bench: parts.modules(bench, plan, note),
        "sizes": lambda bench: parts.sizes(bench, plan, note),
    }
    alone: dict[str, Callable[[], None]] = {
        "everything_broken": lambda: parts.everything_broken(folder / "everything_broken", plan, note, enough_repairs),
        "remediation": lambda: parts.remediation(folder / "remediation", plan, note),
        "far_away": lambda: parts.far_away(folder / "far_away", plan, note),
        "connections": lambda: connections.measured(
            folder / "connections", plan.connected, plan.host_by_host, plan.rounds, plan.forks, note
        ),
        "report": lambda: reported(parts.report(folder / "report", plan)),
    }
    enough = parts.within(QUICK_SECONDS) if options.quick else parts.never
    enough_repairs = parts.never_again if options.quick else parts.never
    wanted = ["ratios", "everything_broken"] if options.quick else options.parts
    if healthy.keys() & set(wanted):
        most = max(plan.sizes) if "sizes" in wanted and not options.quick else plan.sweep
        with serving(fleet(most, overrides={"powershell": plays.ANSWERS}), folder / "hosts") as hosts:
            bench = Bench(hosts, folder / "runs")
            yield from ((name, functools.partial(part, bench)) for name, part in healthy.items() if name in wanted)
            yield "winsim", functools.partial(parts.checked, hosts)
    yield from ((name, part) for name, part in alone.items() if name in wanted)


if __name__ == "__main__":
    sys.exit(main())
