"""netsh.exe: the contexts `winhttp`, `advfirewall`, and of `wfp` what was dropped.

Words may be shortened as long as they stay unambiguous and compare without regard to case (Microsoft, netsh: sure).
All text goes to standard output, errors too; the exit code is 0 or 1 (likely: published programs that check them).
"""

from __future__ import annotations

from ..arguments import split
from ..process import Process
from . import advfirewall, wfp, winhttp
from .words import not_found, pick

CONTEXTS = {"advfirewall": advfirewall.run, "winhttp": winhttp.run, "wfp": wfp.run}


def run(process: Process, arguments: str) -> int:
    """Runs netsh; returns its exit code. Interactive mode, scripts (`-f`) and other contexts are not simulated."""
    words = split(arguments)
    context = pick(words[0], CONTEXTS) if words else None
    if context is None:
        process.unknown(f"netsh {arguments.strip()}")
        return not_found(process, words)
    return CONTEXTS[context](process, words[1:])
