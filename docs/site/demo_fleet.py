"""The table of the demo's hosts, from the fleet file and its scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ...winsim.fleet import load

FLEET = Path(__file__).resolve().parents[2] / "demo" / "fleet.yml"


def hosts() -> Iterator[str]:
    """A row for each host: its scenario, and how the demo's remediation ends there."""
    yield "| host | what is wrong | cause | outcome |\n|---|---|---|---|"
    for host in load(FLEET).hosts:
        expect = host.expect
        yield f"| `{host.name}` | {host.scenario.description} | `{expect.cause.value}` | `{expect.outcome.value}` |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {"hosts": hosts}
