"""cmd.exe."""

from __future__ import annotations

from .entry import execute, expanded, resolve, run

__all__ = ["execute", "expanded", "resolve", "run"]
