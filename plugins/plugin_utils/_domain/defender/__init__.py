"""Microsoft Defender Antivirus on a host: the product, its settings, SpyNet's values, signatures, and MpCmdRun.

A remediation, a diagnosis or a journal is never known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import settings, signatures, spynet
    from .mpcmdrun import fallbacks, not_started
    from .product import DEFENDER, SYSTEM, VERSION, Defender, System
    from .spynet import SPYNET, Spynet
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "mpcmdrun": "fallbacks not_started",
            "product": "DEFENDER Defender SYSTEM System VERSION",
            "settings": "settings",
            "signatures": "signatures",
            "spynet": "SPYNET Spynet spynet",
        },
    )
