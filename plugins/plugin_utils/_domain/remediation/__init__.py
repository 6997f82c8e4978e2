"""What to do about a diagnosis, what was tried before, and how a host ended.

The top of the domain: it may use every subject, and none uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import healthy, history, outcome, plan
    from .outcome import fleet_report
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "healthy": "healthy",
            "history": "history",
            "outcome": "fleet_report outcome",
            "plan": "plan",
        },
    )
