"""What holds for every run: no property is judged by its time; the proof of the diagnosis tells its numbers last."""

from __future__ import annotations

import signal
from typing import Any

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A shell that starts the tests in the background lets them, and what they start, ignore SIGINT, which some send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

NAMES = ("states", "told exactly", "the rest hidden", "one of two", "open", "wrong", "first steps that hold")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The numbers are added up over however many processes made the proof."""
    parts = [
        value
        for report in terminalreporter.stats.get("passed", ())
        for name, value in getattr(report, "user_properties", ())
        if name == "diagnosis_proof"
    ]
    if parts:
        sums = (f"{sum(numbers):,} {name}" for name, numbers in zip(NAMES, zip(*parts, strict=True), strict=True))
        terminalreporter.write_line(f"diagnosis of broken hosts: {', '.join(sums)}")
