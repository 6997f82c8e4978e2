"""The numbers of the diagnosis' proof, at the end of every run that made it, in however many processes."""

from __future__ import annotations

from typing import Any

NAMES = ("states", "told exactly", "the rest hidden", "one of two", "open", "wrong", "first steps that hold")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    parts = [
        value
        for report in terminalreporter.stats.get("passed", ())
        for name, value in getattr(report, "user_properties", ())
        if name == "diagnosis_proof"
    ]
    if parts:
        sums = (f"{sum(numbers):,} {name}" for name, numbers in zip(NAMES, zip(*parts, strict=True), strict=True))
        terminalreporter.write_line(f"diagnosis of broken hosts: {', '.join(sums)}")
