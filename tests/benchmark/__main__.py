"""The benchmark's command line: `make bench`, `make bench-quick`.

Bounded: loopback only, one thing at a time, each run ended after its time, the simulated hosts by themselves too. What
is measured lies in build/bench: results.json, table.md, and runs.jsonl with each run as it ended.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import pathlib
import shutil
import signal
import sys

from . import meter, parts, plays, results, table
from .field import CannotStart, fleet, serving
from .runs import ROOT, Bench, Run

QUICK_SECONDS = 170.0
"""A quick one begins no round that would not end by then, its hosts' start included."""
PARTS = ("ratios", "modules", "sizes", "remediation", "far_away", "report")


def main() -> int:
    """0: done, whatever the numbers are; 1: a run went wrong; 130: interrupted."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    folder: pathlib.Path = options.output.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
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
    parser.add_argument("--quick", action="store_true", help="the ratios alone, in three minutes")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="parts of the whole; all")
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is run; 3")
    parser.add_argument("--hosts", type=int, default=5000, help="hosts of the largest fleet; 5000")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build" / "bench", help="where results go")
    return parser


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _run(folder: pathlib.Path, options: argparse.Namespace) -> int:
    moment = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    runs: list[Run] = []

    def note(run: Run) -> None:
        runs.append(run)
        with (folder / "runs.jsonl").open("a") as file:
            file.write(json.dumps(run.plain()) + "\n")
        print(f"{run.what}, {run.hosts} hosts: {run.cpu:.1f} s CPU, {run.wall:.1f} s", flush=True)

    plan = parts.Plan(rounds=options.rounds)
    report = None
    answers = {"overrides": {"powershell": plays.ANSWERS}}
    if options.quick:
        enough = parts.within(QUICK_SECONDS)
        with serving(fleet(plan.sweep, **answers), folder / "hosts") as hosts:
            parts.ratios(Bench(hosts, folder / "runs"), plan, note, enough)
            parts.checked(hosts)
    else:
        plan = parts.sized(plan, options.hosts)
        most = max(plan.sizes) if "sizes" in options.parts else plan.sweep
        if {"ratios", "modules", "sizes"} & set(options.parts):
            with serving(fleet(most, **answers), folder / "hosts") as hosts:
                bench = Bench(hosts, folder / "runs")
                for name, part in (("ratios", parts.ratios), ("modules", parts.modules), ("sizes", parts.sizes)):
                    if name in options.parts:
                        part(bench, plan, note)
                parts.checked(hosts)
        if "remediation" in options.parts:
            parts.remediation(folder / "remediation", plan, note)
        if "far_away" in options.parts:
            parts.far_away(folder / "far_away", plan, note)
        if "report" in options.parts:
            report = parts.report(folder / "report", plan)
    kind = "quick" if options.quick else "whole" if set(options.parts) == set(PARTS) else "in parts"
    found = results.collect(kind, runs, plan, report, moment)
    (folder / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (folder / "table.md").write_text(table.tables(found))
    print(f"\n{table.tables(found)}\nAll of it: {folder / 'results.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
