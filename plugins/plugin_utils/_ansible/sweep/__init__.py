"""A sweep: one task that runs an operation on all hosts of a play, many at a time, in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from .action import SweepAction, SweepLimits, status_of
    from .host_options import HostOptions
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "action": "SweepAction SweepLimits status_of",
            "host_options": "HostOptions",
        },
    )
