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
    xml: str = ""
    """The definition, as the file below `C:\\Windows\\System32\\Tasks` holds it."""
    working_directory: str = ""
    enabled: bool = True
    running: bool = False
    """Between the start and the end of its action."""
    last_run: dt.datetime | None = None
    """When its action was last started (true time)."""
    next_runs: tuple[dt.datetime | None, ...] = ()
    """One entry a trigger: when it fires, if winsim can tell. winsim fires no trigger by itself."""
