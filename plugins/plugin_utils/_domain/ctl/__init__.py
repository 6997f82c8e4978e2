"""Certificate trust lists for disconnected networks.

The shared folder, its lists, the task that renews them, and what a host sees of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import client_check, folder, lists, sync, task
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "client_check": "client_check",
            "folder": "folder",
            "lists": "lists",
            "sync": "sync",
            "task": "task",
        },
    )
