"""The proxy settings of a host: read from every store (`stores`), and changed (`change`).

How the text of a proxy is understood is no matter of this package but of `_windows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import change, stores
    from .change import ProxySettings, check_proxy
    from .stores import STORES, AccountSettings, Advanced, Stores, unreadable
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "change": "ProxySettings change check_proxy",
            "stores": "AccountSettings Advanced STORES Stores stores unreadable",
        },
    )
