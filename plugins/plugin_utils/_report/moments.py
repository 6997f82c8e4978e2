"""Times of a report, which are texts, as numbers."""

from __future__ import annotations

from typing import Any

from .charts import moment


def epoch(value: Any) -> int | None:
    """Seconds since 1970 of a time of a report; None for everything else."""
    found = moment(value) if isinstance(value, str) else None
    return None if found is None else int(found.timestamp())
