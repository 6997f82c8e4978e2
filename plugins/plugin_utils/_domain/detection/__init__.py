"""The detection test: a harmless file of Microsoft's, and the event by which Defender says that it saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import run
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "run": "run",
        },
    )
