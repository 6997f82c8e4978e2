"""The proxy settings of a host: read from every store (`stores`, of Defender's own proxy `own`), which of them is in
force for an address (`route`), and changed (`change`).

How the text of a proxy is understood is no matter of this package but of `_windows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import change, stores
    from .auto_service import AUTO_PROXY, DISABLE_WPAD, OBEYED_SINCE, WPAD_DISABLED, AutoProxyService
    from .bypass import bypassed
    from .change import ProxySettings, check_bypass, check_proxy, check_script
    from .own import OWN_STORES, OWN_VALUES, OwnProxy, OwnSettings, first_of
    from .route import (
        MACHINE_STORES,
        Client,
        Considered,
        Route,
        State,
        account_names_proxy,
        credential_stores,
        in_force,
    )
    from .sensor import SENSOR, Sensor
    from .stores import OF_FACTS, OWN_COMMANDS, STORES, AccountSettings, Advanced, Stores, unreadable
    from .table import Row, route_table
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "auto_service": "AUTO_PROXY AutoProxyService DISABLE_WPAD OBEYED_SINCE WPAD_DISABLED",
            "bypass": "bypassed",
            "change": "ProxySettings change check_bypass check_proxy check_script",
            "own": "OWN_STORES OWN_VALUES OwnProxy OwnSettings first_of",
            "route": "Client Considered MACHINE_STORES Route State account_names_proxy credential_stores in_force",
            "sensor": "SENSOR Sensor",
            "stores": "AccountSettings Advanced OF_FACTS OWN_COMMANDS STORES Stores stores unreadable",
            "table": "Row route_table",
        },
    )
