"""The report of a fleet: documents, numbers, charts, tables, JUnit, the page, and the line of progress.

Pure but for its assets, which `page` reads once. It takes results as data; it never asks a host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._facade import lazy_exports

if TYPE_CHECKING:
    from . import documents, formats
    from .progress import FleetProgress
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "documents": "documents",
            "formats": "formats",
            "progress": "FleetProgress",
        },
    )
