"""The table at the end of the demo, and whether each host ended as its scenario should."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Expectation(Protocol):
    """What a scenario says about its end."""

    @property
    def outcome(self) -> str:
        """How the host ends."""

    @property
    def cause(self) -> str:
        """What keeps it from MAPS; `none` where nothing does."""


UNREAD = ("unreachable", "failed")
"""Outcomes of hosts of which nothing was read, so that their reports name no cause."""
HEAD = ("host", "before", "cause", "steps", "after", "outcome", "time", "requests", "KB")


def compare(hosts: Mapping[str, Any], expected: Mapping[str, Expectation]) -> tuple[list[str], list[str]]:
    """The lines of the table, and a line for each host that ended otherwise than expected."""
    rows: list[tuple[str, ...]] = [HEAD]
    wrong: list[str] = []
    for name, request in expected.items():
        host = hosts.get(name)
        if host is None:
            wrong.append(f"WRONG: {name} is missing in the report")
            continue
        rows.append(_row(name, host))
        causes = {host["cause"], *host["before"].get("alternatives", ())}
        if host["outcome"] != request.outcome:
            wrong.append(
                f"WRONG: {name} ended {host['outcome']}, its scenario says {request.outcome}: {host['reason']}"
            )
        elif request.outcome not in UNREAD and request.cause and request.cause not in causes:
            wrong.append(f"WRONG: {name}: cause {host['cause']}, its scenario says {request.cause}")
    return _aligned(rows), wrong


def _row(name: str, host: Mapping[str, Any]) -> tuple[str, ...]:
    steps = [
        f"{step['id']}{' (taken back)' if step['taken_back'] else ''}" for step in host["steps"] if step["changed"]
    ]
    size = host["bytes"]
    return (
        name,
        _state(host["before"]),
        host["cause"],
        ", ".join(steps) or "-",
        _state(host["after"]),
        host["outcome"],
        f"{host['time']:.2f} s",
        str(host["requests"] or "-"),
        f"{size / 1024:.0f}" if size else "-",
    )


def _state(validation: Mapping[str, Any]) -> str:
    if not validation:
        return "-"
    if validation["connected"]:
        return "connected"
    return validation["hresult"] or "no answer"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines
