"""Scheduled tasks: what `schtasks` makes, queries, runs and deletes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass
class ScheduledTask:
    """One task with one action."""

    path: str
    """Full path, `\\name`."""
    program: str
    arguments: str
    account: str
    """The account's name or SID, as given."""
    due: dt.datetime | None = None
    """When a run that was asked for begins (true time); None: not asked for."""
    last_result: int = 267011
    """SCHED_S_TASK_HAS_NOT_RUN until it ran."""
