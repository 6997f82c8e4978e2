"""What to do about a diagnosis, what was tried before, and how a host ended.

The top of the domain: it may use every subject, and none uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import history, outcome, plan, request, rollout
    from .assessment import AssessmentRequest, assess
    from .outcome import OUTCOMES
    from .repair import remediate
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "assessment": "AssessmentRequest assess",
            "history": "history",
            "outcome": "OUTCOMES outcome",
            "plan": "plan",
            "repair": "remediate",
            "request": "request",
            "rollout": "rollout",
        },
    )
