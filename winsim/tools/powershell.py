"""powershell.exe: answers for scripts that a test announced, and runs nothing.

Who compares this collection with modules written in PowerShell needs hosts that take their payload and answer at once.
A machine has answers only where a fleet file gives them (`powershell`); without, PowerShell is a program that winsim
does not know.
"""

from __future__ import annotations

from .process import Process


def run(process: Process, arguments: str) -> int:
    """Takes the script on standard input and writes the answer of the first name that stands in it, in the order of the
    fleet file; 1 for a script of which nothing was announced."""
    script = process.stdin.read()
    for name, answer in process.machine.powershell.items():
        if name.encode() in script:
            process.write(answer)
            return 0
    process.unknown(f"powershell {arguments[:80]}: a script without an answer in the fleet file")
    return 1
