"""The proxy settings of a host: read from every store (`stores`), and changed (`change`).

How the text of a proxy is understood is no matter of this package but of `_windows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import change as change, stores as stores
    from .change import Wish as Wish, check_proxy as check_proxy
    from .stores import (
        STORES as STORES,
        AccountSettings as AccountSettings,
        Advanced as Advanced,
        Stores as Stores,
        split_bypass as split_bypass,
        split_proxy as split_proxy,
        unreadable as unreadable,
    )
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "change": ("Wish", "change", "check_proxy"),
            "stores": (
                "AccountSettings",
                "Advanced",
                "STORES",
                "Stores",
                "split_bypass",
                "split_proxy",
                "stores",
                "unreadable",
            ),
        },
    )
