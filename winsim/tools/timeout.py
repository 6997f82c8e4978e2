"""timeout.exe: refuses to run without a console, and a WinRS session has none (recalled; many published reports)."""

from __future__ import annotations

from .process import Process


def run(process: Process, arguments: str) -> int:
    """Always fails with the message about redirected input."""
    del arguments
    process.write_error(process.message("timeout.redirected"))
    return 1
