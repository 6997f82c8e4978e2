"""hostname.exe."""

from __future__ import annotations

from .process import Process


def run(process: Process, arguments: str) -> int:
    """Prints the machine's name; takes no argument."""
    if arguments.strip():
        process.unknown(f"hostname {arguments}")
        return 1
    process.write(process.machine.name + "\r\n")
    return 0
