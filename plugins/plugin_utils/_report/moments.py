"""Times of a report, which are texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment(text: str | None) -> datetime | None:
    """A time of a report in UTC; None where it is none."""
    try:
        time = datetime.fromisoformat(text or "")
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the second for the first and the last day that there is
        return None


def epoch(value: Any) -> int | None:
    """Seconds since 1970 of a time of a report; None for everything else."""
    found = moment(value) if isinstance(value, str) else None
    return None if found is None else int(found.timestamp())
