"""From measured runs to what the tables say: spreads, ratios, and what larger fleets would cost. Pure functions."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The same thing measured several times."""

    min: float
    median: float
    max: float
    count: int

    def plain(self) -> dict[str, float]:
        """As results.json has it, rounded to four digits that count."""
        return {
            name: value if isinstance(value, int) else float(f"{value:.4g}")
            for name, value in dataclasses.asdict(self).items()
        }


def spread(values: Iterable[float]) -> Spread:
    """Raises ValueError when there is nothing."""
    found = list(values)
    if not found:
        raise ValueError("nothing was measured")
    return Spread(min(found), statistics.median(found), max(found), len(found))


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Of two things measured in turns, round by round: what disturbs one round disturbs both. Raises ValueError."""
    if len(above) != len(below):
        raise ValueError(f"{len(above)} rounds of the one, {len(below)} of the other")
    return spread(one / other for one, other in zip(above, below, strict=True))


@dataclass(frozen=True)
class Line:
    """What a run costs: something at its start, and something for each host."""

    start: float
    each: float

    def at(self, hosts: int) -> float:
        """The cost of a run over so many hosts."""
        return self.start + self.each * hosts

    def per_host(self, hosts: int) -> float:
        """The same for one of them, its part of the start included."""
        return self.at(hosts) / hosts


def line(few: tuple[int, float], many: tuple[int, float]) -> Line:
    """Through two runs, each as (hosts, cost). Raises ValueError where they have the same number of hosts.

    Ansible's cost for a host grows a little with the number of hosts, so a line drawn on to a larger fleet flatters.
    """
    (hosts, cost), (more, its_cost) = few, many
    if hosts == more:
        raise ValueError(f"two runs over {hosts} hosts make no line")
    each = (its_cost - cost) / (more - hosts)
    return Line(cost - each * hosts, each)


def steadiness(costs: dict[int, float]) -> float:
    """How much the cost of a host differs between sizes of the fleet (hosts -> cost a host): 0.15 is 15% between the
    cheapest and the dearest."""
    return max(costs.values()) / min(costs.values()) - 1
