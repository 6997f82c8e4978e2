"""Facts of the ledger that a host can confirm by itself (`check`); each has the command that shows it.

A check sends one command that changes nothing. What the collection itself would do with an answer judges it, where it
does something with such answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from .facts import HELD, NOT_ASKED, NOT_HELD
    from .run import CHECKS, check
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "facts": "HELD NOT_ASKED NOT_HELD",
            "run": "CHECKS check",
        },
    )
