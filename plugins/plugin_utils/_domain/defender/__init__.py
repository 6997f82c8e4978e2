"""Microsoft Defender Antivirus on a host: the product, its settings, SpyNet's values, signatures, and MpCmdRun.

A remediation, a diagnosis or a journal is never known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import settings as settings, signatures as signatures, spynet as spynet
    from .mpcmdrun import fallbacks as fallbacks, not_started as not_started
    from .product import (
        DEFENDER as DEFENDER,
        SYSTEM as SYSTEM,
        VERSION as VERSION,
        Defender as Defender,
        System as System,
    )
    from .spynet import SPYNET as SPYNET, Spynet as Spynet
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "mpcmdrun": ("fallbacks", "not_started"),
            "product": ("DEFENDER", "Defender", "SYSTEM", "System", "VERSION"),
            "settings": ("settings",),
            "signatures": ("signatures",),
            "spynet": ("SPYNET", "Spynet", "spynet"),
        },
    )
