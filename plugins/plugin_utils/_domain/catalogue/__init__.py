"""The catalogue of the addresses that Defender needs, and its exports for proxies and firewalls.

Pure data and text: no host is asked here. Each format is judged in the tests by the program that reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import document, firewall_formats, rows
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "document": "document",
            "firewall_formats": "firewall_formats",
            "rows": "rows",
        },
    )
