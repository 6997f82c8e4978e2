"""What holds for every run: no property is judged by its time; proofs that count tell their numbers last."""

from __future__ import annotations

import signal
from typing import Any

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A shell that starts the tests in the background lets them, and what they start, ignore SIGINT, which some send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PROOFS = {
    "diagnosis_proof": (
        "diagnosis of broken hosts",
        ("states", "decided exactly", "the rest hidden", "one of two", "open", "wrong", "first steps that hold"),
    ),
    "lost_changes": ("changes under faults", ("faults", "failed after a change was sent", "not reported as they are")),
}
"""Property of a test's report -> a title, and what its numbers count."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The numbers are added up over however many processes made the proof."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    for proof, (title, names) in PROOFS.items():
        parts = [value for one in reports for name, value in getattr(one, "user_properties", ()) if name == proof]
        if parts:
            sums = (f"{sum(numbers):,} {name}" for name, numbers in zip(names, zip(*parts, strict=True), strict=True))
            terminalreporter.write_line(f"{title}: {', '.join(sums)}")
