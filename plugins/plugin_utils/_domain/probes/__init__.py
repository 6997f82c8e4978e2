"""Probes from a host to an address: what came back by the proxy that is in force, and what that proves.

`request` is what to ask, `known` what a host tells before, `asking` asks, `verdict` judges one probe, `result` is what
all came to, and `probe` the operation. `capi2_log` shows what Windows itself fetched. What probes mean for a cause is a
matter of `diagnosis`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import capi2_log, probe, verdict
    from .known import Known
    from .request import CRL_URLS
    from .result import ProbeResult
    from .url import Address
    from .verdict import Probe, not_probed
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "capi2_log": "capi2_log",
            "known": "Known",
            "probe": "probe",
            "request": "CRL_URLS",
            "result": "ProbeResult",
            "url": "Address",
            "verdict": "Probe not_probed verdict",
        },
    )
