"""What a recording of a host may hold: command lines and answers in which placeholders stand for all that is a fleet's
own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from .lines import FORMAT, answers, header
    from .placeholders import Placeholders
    from .vocabulary import VOCABULARY, Vocabulary
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "lines": "FORMAT answers header",
            "placeholders": "Placeholders",
            "vocabulary": "VOCABULARY Vocabulary",
        },
    )
