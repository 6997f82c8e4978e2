"""The report of a fleet: documents, numbers, charts, tables, JUnit, the page, the line of progress, and the last block.

Pure but for its assets, which `page` reads once. It takes results as data; it never asks a host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._facade import lazy_exports

if TYPE_CHECKING:
    from . import documents, formats, groups
    from .closing import WIDEST, closing_block
    from .closing_reports import rollback_reports, validation_report
    from .columns import command_lines
    from .progress import FleetProgress
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "closing": "WIDEST closing_block",
            "closing_reports": "rollback_reports validation_report",
            "columns": "command_lines",
            "documents": "documents",
            "formats": "formats",
            "groups": "groups",
            "progress": "FleetProgress",
        },
    )
