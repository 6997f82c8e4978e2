"""Windows Firewall: its verdict on outbound connections (`verdict`), and the collection's rules (`allow_rule`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import allow_rule as allow_rule, verdict as verdict
    from .verdict import Decision as Decision
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "allow_rule": ("allow_rule",),
            "verdict": ("Decision", "verdict"),
        },
    )
