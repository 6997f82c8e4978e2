"""Runs commands as the account SYSTEM by a scheduled task, alone (`task`) or several in one task (`batch`).

The folder of a task is protected before its first byte, and what an interrupted run left behind is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import batch, task
    from .task import demand_elevated
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "batch": "batch",
            "task": "demand_elevated task",
        },
    )
