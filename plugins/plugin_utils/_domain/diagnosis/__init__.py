"""From what was seen of a host to causes, with what speaks for and against each.

`observation` is the input, `rules_state`, `rules_proxy` and `rules_probes` are tables, `appraisal` weighs and says what
would tell more, `explain` words the result, and `validate` is the operation. Nothing here changes a host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import from_results, rules_state, validate
    from .appraisal import EXCLUDED, Appraisal, appraise, incurable, leading, not_applicable, ranked
    from .causes import CAUSES, OLD_SIGNATURES, Cause, Solution, in_place_of, latent
    from .explain import Diagnosis, diagnose, diagnosis_result
    from .from_results import host_of, observe
    from .observation import Observation
    from .probe_evidence import ProbeEvidence, Probes, Roots
    from .rules_state import ARTICLE_CODES
    from .validate import Beside, Validated, Validation
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "appraisal": "Appraisal EXCLUDED appraise incurable leading not_applicable ranked",
            "causes": "CAUSES OLD_SIGNATURES Cause Solution in_place_of latent",
            "explain": "Diagnosis diagnose diagnosis_result",
            "from_results": "from_results host_of observe",
            "observation": "Observation",
            "probe_evidence": "ProbeEvidence Probes Roots",
            "rules_state": "ARTICLE_CODES rules_state",
            "validate": "Beside Validated Validation validate",
        },
    )
