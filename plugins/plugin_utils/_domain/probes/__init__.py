"""Probes from a host to an address: by which route, what came back, and what that proves.

`routes` says how a connection leaves the host, `probe` asks, `verdict` judges one probe. What probes mean for a cause
is a matter of `diagnosis`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import probe as probe, routes as routes, verdict as verdict
    from .routes import Way as Way
    from .url import Address as Address
    from .verdict import Probe as Probe, unasked as unasked
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "probe": ("probe",),
            "routes": ("Way", "routes"),
            "url": ("Address",),
            "verdict": ("Probe", "unasked", "verdict"),
        },
    )
