"""The table of outcomes: the words of results, and those that the block at the end of a run has for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ...plugins.plugin_utils._report import closing_words

RUNS: Mapping[str, tuple[str, ...]] = {
    "assess, validate, sweep": ("healthy", "open", "not_applicable", "unreachable", "failed"),
    "remediate": (
        *("healthy", "repaired", "planned", "not_repairable", "not_applicable", "not_started", "unreachable", "failed"),
    ),
    "rollback": ("restored", "restorable", "unchanged", "unknown_run", "unreachable", "failed"),
}
"""Playbooks -> how a host can end there."""


def outcomes() -> Iterator[str]:
    """A row for each outcome."""
    yield "| outcome | title | meaning | playbooks |\n|---|---|---|---|"
    for name, (title, meaning) in closing_words.OUTCOMES.items():
        runs = ", ".join(run for run, ends in RUNS.items() if name in ends)
        yield f"| `{name}` | {title.en} | {meaning.en} | {runs} |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {"outcomes": outcomes}
