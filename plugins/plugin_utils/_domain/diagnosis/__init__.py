"""From what was seen of a host to causes, with what speaks for and against each.

`observation` is the input, `rules_state` and `rules_probes` are tables, `appraisal` weighs, `explain` words the result,
`next_probes` says what would tell more, and `validate` is the operation. Nothing here changes a host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import rules_state as rules_state, validate as validate
    from .appraisal import EXCLUDED as EXCLUDED, Appraisal as Appraisal, appraise as appraise, ranked as ranked
    from .causes import CAUSES as CAUSES, Cause as Cause
    from .explain import told as told
    from .from_results import host_of as host_of, observe as observe
    from .observation import Observation as Observation
    from .rules_state import ARTICLE_CODES as ARTICLE_CODES
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "appraisal": ("Appraisal", "EXCLUDED", "appraise", "ranked"),
            "causes": ("CAUSES", "Cause"),
            "explain": ("told",),
            "from_results": ("host_of", "observe"),
            "observation": ("Observation",),
            "rules_state": ("ARTICLE_CODES", "rules_state"),
            "validate": ("validate",),
        },
    )
