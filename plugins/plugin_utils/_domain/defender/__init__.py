"""Microsoft Defender Antivirus on a host: the product, its settings, SpyNet's values, signatures, and MpCmdRun.

A remediation, a diagnosis or a journal is never known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import own_proxy, record, settings, signatures, spynet, standing
    from .mpcmdrun import fallbacks, more_telling, not_started
    from .onboarding import ARTICLE_URLS, ONBOARDING, STREAMLINED_DOMAIN, Onboarding
    from .product import DEFENDER, DISABLE_UNCLEAR, SYSTEM, VERSION, Defender, System, own_decides, own_unknown
    from .record import TIMES, Kind, Noted, Record, Times, is_time
    from .spynet import SPYNET, SSL_DEFAULT, Spynet
    from .standing import STANDING, Standing
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "mpcmdrun": "fallbacks more_telling not_started",
            "onboarding": "ARTICLE_URLS ONBOARDING STREAMLINED_DOMAIN Onboarding",
            "own_proxy": "own_proxy",
            "product": "DEFENDER DISABLE_UNCLEAR Defender SYSTEM System VERSION own_decides own_unknown",
            "record": "Kind Noted Record TIMES Times is_time record",
            "settings": "settings",
            "signatures": "signatures",
            "spynet": "SPYNET SSL_DEFAULT Spynet spynet",
            "standing": "STANDING Standing standing",
        },
    )
