"""Probes from a host to an address: by which route, what came back, and what that proves.

`routes` says how a connection leaves the host, `probe` asks, `verdict` judges one probe. What probes mean for a cause
is a matter of `diagnosis`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import probe, routes, verdict
    from .routes import Route
    from .url import Address
    from .verdict import Probe, not_probed
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "probe": "probe",
            "routes": "Route routes",
            "url": "Address",
            "verdict": "Probe not_probed verdict",
        },
    )
