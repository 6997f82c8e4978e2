"""results.json as the tables of docs/benchmark.md."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import arithmetic

RATIOS = {
    "assess_peer_over_sweep_cpu": "assessment: eight tasks of others over the sweep, processor time",
    "assess_peer_over_host_by_host_cpu": "assessment: eight tasks of others over ours host by host, processor time",
    "task_over_bare_action_cpu": "a task of ours over the cheapest action with the same requests, processor time",
    "sweep_over_floor_cpu": "the sweep over a bare client with the same requests, processor time",
    "sweep_over_floor_hashed_once_cpu": "the same, and the client hashes the password once, as the sweep does",
    "bytes_peer_over_ours": "assessment: eight tasks of others over the sweep, bytes",
}
REPAIRS = {
    "repair_peer_two_over_sweep_cpu": "repair: two tasks of others over the sweep with probes, processor time",
    "repair_peer_two_over_sweep_blind_cpu": "repair: two tasks of others over the sweep without probes, processor time",
    "repair_peer_ten_over_sweep_cpu": "repair: ten tasks of others over the sweep with probes, processor time",
    "repair_sweep_cpu_ms": "repair by sweep with probes, ms of processor time a host",
    "repair_sweep_blind_cpu_ms": "repair by sweep without probes, ms of processor time a host",
    "repair_host_by_host_cpu_ms": "repair host by host, ms of processor time a host",
    "repair_requests": "requests for a repair with probes",
    "repair_blind_requests": "requests for a repair without probes",
}
"""Of the part in which every host is broken."""
NAMES = {
    "sweep": "sweep",
    "floor": "bare client (floor)",
    "floor_hashed_once": "bare client, password hashed once",
    "host_by_host": "ours, host by host",
    "peers": "eight tasks of others",
    "repair_sweep": "repair by sweep, all broken",
    "repair_sweep_blind": "repair by sweep without probes, all broken",
    "repair_host_by_host": "repair host by host, all broken",
    "repair_peers_two": "repair by two tasks of others",
    "repair_peers_ten": "repair by ten tasks of others",
    "remediate": "remediate, one in ten broken",
    "remediate_again": "remediate, once more",
}


def tables(results: Mapping[str, Any]) -> str:
    """All that there is, as Markdown."""
    parts = [
        _machine(results),
        _goals(results),
        _ratios(results),
        _modules(results),
        _connections(results),
        _runs(results),
    ]
    return "\n".join(part for part in parts if part)


def repairs(results: Mapping[str, Any]) -> str:
    """The part in which every host is broken, as Markdown; empty where it was not run."""
    found = {**results["ratios"], **results["repairs"]}
    if not results["repairs"]:
        return ""
    rows = [(text, *_three(found[name])) for name, text in REPAIRS.items()]
    return "\n".join((_machine(results), markdown(("", "min", "median", "max"), rows)))


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose columns stand below each other."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in cells]
    lines.insert(1, f"|{'|'.join('-' * (width + 2) for width in widths)}|")
    return "\n".join([*lines, ""])


def _machine(results: Mapping[str, Any]) -> str:
    has = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in has.items() if name not in _OWN_WORDS)
    return (
        f"Run of {results['moment']} ({results['kind']}): {has['cores']} cores ({has['architecture']}), "
        f"{has['memory_gb']} GB, {has['kernel']}; {versions}.\n"
    )


_OWN_WORDS = ("cores", "architecture", "memory_gb", "kernel")


def _goals(results: Mapping[str, Any]) -> str:
    rows = [
        (goal["goal"], goal["wanted"], f"{goal['reached']:g}", "yes" if goal["met"] else "**no**")
        for goal in results["goals"]
    ]
    return markdown(("goal", "wanted", "median", "reached"), rows)


def _ratios(results: Mapping[str, Any]) -> str:
    rows = [(text, *_three(results["ratios"][name])) for name, text in RATIOS.items() if name in results["ratios"]]
    rows += [
        (f"the same of `{name}`" if place else f"of it, `{name}`", *_three(one))
        for place, (name, one) in enumerate(results["task_over_bare_action_cpu"].items())
    ]
    each = [(f"{NAMES[name]}, ms a host", *_three(one)) for name, one in results["milliseconds_a_host"].items()]
    from_, to = results["extrapolated"], results["extrapolated"]["to_hosts"]
    note = (
        f"In a fleet of {to} hosts. The peers were run over {from_['peers_from']} hosts and ours host by host over "
        f"{from_['host_by_host_from']}, and extrapolated.\n"
    )
    return "\n".join((note, markdown(("", "min", "median", "max"), [*rows, *each])))


def _modules(results: Mapping[str, Any]) -> str:
    rows = [(f"`{name}`", *_three(one)) for name, one in results["peer_over_task_cpu"].items()]
    if not rows:
        return ""
    return markdown(("the matching module of others over ours, processor time", "min", "median", "max"), rows)


def _connections(results: Mapping[str, Any]) -> str:
    parts = []
    for what, found in results.get("connections", {}).items():
        rows = [(f"{name}", *_three(one)) for name, one in found.items()]
        head = f"{NAMES[what]}: processor time of a further host over the first row's"
        parts += [markdown((head, "min", "median", "max"), rows)] if rows else []
    return "\n".join(parts)


def _runs(results: Mapping[str, Any]) -> str:
    """Medians of what was run several times alike."""
    rows = []
    for key, alike in itertools.groupby(sorted(results["runs"], key=_alike), key=_alike):
        found = list(alike)
        what, hosts, at_once, conditions = key
        rows.append(
            (
                NAMES.get(what, f"`{what}`") + (f"; {conditions}" if conditions else ""),
                hosts,
                at_once,
                len(found),
                f"{_median(found, 'wall'):.1f}",
                f"{_median(found, 'cpu'):.1f}",
                f"{1000 * _median(found, 'cpu') / hosts:.1f}",
                f"{max(_median(found, 'peak_tree'), _median(found, 'peak_process')):.0f}",
                f"{_median(found, 'requests') / hosts:.1f}",
                f"{_median(found, 'bytes') / hosts / 1000:.1f}",
                f"{1000 * _median(found, 'winsim_cpu') / hosts:.1f}",
            )
        )
    head = (
        "what",
        "hosts",
        "at once",
        "runs",
        "wall s",
        "CPU s",
        "CPU ms a host",
        "MB",
        "requests a host",
        "KB a host",
    )
    return markdown((*head, "winsim's CPU ms a host"), rows)


_CONDITIONS = {"connection": "{}", "round_trip_seconds": "{:g} s away", "slow": "{} slow"}


def _alike(run: Mapping[str, Any]) -> tuple[str, int, int, str]:
    given = ", ".join(_CONDITIONS[name].format(value) for name, value in run["conditions"].items())
    return run["what"], run["hosts"], run["forks"], given


def _median(runs: Sequence[Mapping[str, Any]], name: str) -> float:
    return arithmetic.spread(float(run[name]) for run in runs).median


def _three(one: Mapping[str, float]) -> tuple[str, str, str]:
    return f"{one['min']:.3g}", f"{one['median']:.3g}", f"{one['max']:.3g}"
