"""Times of a report, which are texts, as numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

TIME = "%Y-%m-%dT%H:%M:%SZ"


def epoch(value: Any) -> int | None:
    """Seconds since 1970 of a time as a report writes it (RFC 3339, in UTC); None for everything else."""
    try:
        return int(dt.datetime.strptime(str(value), TIME).replace(tzinfo=dt.UTC).timestamp())
    except ValueError:
        return None
