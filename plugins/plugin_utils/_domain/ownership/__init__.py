"""Who owns a setting: the stores that hold it, which is in force, whether a change lasts, which baselines ask for it.

`stores` has the types for any setting, `controls` the table of hardening controls, `hardening` its words. No host is
read here, and no cause is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from .controls import CONTROLS, Condition, Control, speaking_of
    from .hardening import Hardening, described, names_of
    from .stores import (
        OWN,
        POLICY,
        POLICY_MANAGER,
        STORES,
        UNKNOWN,
        Management,
        Ownership,
        can_be_controlled,
        owned,
        root_update_owner,
        winhttp_proxy_owner,
    )
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "controls": "CONTROLS Condition Control speaking_of",
            "hardening": "Hardening described names_of",
            "stores": (
                "Management OWN Ownership POLICY POLICY_MANAGER STORES UNKNOWN can_be_controlled owned "
                "root_update_owner winhttp_proxy_owner"
            ),
        },
    )
