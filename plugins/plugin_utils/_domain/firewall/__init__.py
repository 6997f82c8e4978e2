"""Windows Firewall: its verdict on outbound connections (`verdict`), and the collection's rules
(`rule_spec` describes one, `allow_rule` writes it); `other_filters` reads what else may stop a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import allow_rule, other_filters, rule_spec, verdict
    from .verdict import Decision
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "allow_rule": "allow_rule",
            "other_filters": "other_filters",
            "rule_spec": "rule_spec",
            "verdict": "Decision verdict",
        },
    )
