"""Whether a rollout in waves goes on after a wave. Pure functions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..operation import Refused

TIGHTEN = "tighten"
"""The step that takes an earlier loosening back."""
NAMED = 5
"""Hosts that a message names."""


@dataclass(frozen=True)
class LeastRepaired:
    """How many hosts of the first wave a repair must have helped, of those on which a step was carried out."""

    number: int = 1
    percent: bool = False

    @classmethod
    def parse(cls, text: Any) -> Self:
        """From a number such as 1, or a percentage such as `25%`. Raises Refused."""
        match = re.fullmatch(r"(\d{1,6})(%?)", str(text).strip())
        if match is None or isinstance(text, bool) or (match[2] and int(match[1]) > 100):
            raise Refused(f"min_repaired must be a number of hosts or a percentage such as 25%, not {text!r}")
        return cls(int(match[1]), bool(match[2]))

    def of(self, hosts: int) -> int:
        """How many that is of so many hosts."""
        return min(hosts, math.ceil(hosts * self.number / 100) if self.percent else self.number)


@dataclass(frozen=True)
class Ended:
    """How a host of a wave ended."""

    outcome: str
    assessed: bool
    """It was read, so that a failure is one of the repair."""
    carried_out: bool
    """A step was carried out that is to help. Taking an earlier loosening back is none."""

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Self:
        """From a result of maps_connection, or a host's part of a sweep that repairs."""
        steps = result.get("steps", (result.get("report") or {}).get("steps", ()))
        begun = {one if isinstance(one, str) else one["id"] for one in steps if not _is_conditional(one)}
        assessed = "needs_work" in result or bool(result.get("changed"))
        return cls(str(result.get("outcome") or "failed"), assessed, bool(begun - {TIGHTEN}))


def _is_conditional(step: Any) -> bool:
    return isinstance(step, Mapping) and bool(step.get("conditional"))


def reason_to_stop(
    results: Mapping[str, Mapping[str, Any]], *, first: bool, least: LeastRepaired, check_mode: bool
) -> str:
    """Why no further wave begins; empty: it does. A host that cannot be read or repaired stops nothing.

    `first`: the wave is the first one, which shows whether the repair works at all.
    """
    ended = {name: Ended.of(result) for name, result in results.items()}
    failed = [name for name, one in ended.items() if one.outcome == "failed" and one.assessed]
    if failed:
        more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
        return f"a step failed, or the host got worse: {', '.join(failed[:NAMED])}{more}"
    if not first or check_mode:
        return ""
    tried = [one for one in ended.values() if one.carried_out and one.outcome != "healthy"]
    repaired = sum(one.outcome == "repaired" for one in tried)
    needed = least.of(len(tried))
    if repaired < needed:
        return (
            f"the repair helped {repaired} of {len(tried)} hosts of the first wave, and maps_min_repaired asks for "
            f"{needed}"
        )
    return ""
