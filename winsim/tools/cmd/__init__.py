"""cmd.exe."""

from __future__ import annotations

from ..process import Process
from .entry import execute, run

__all__ = ["Process", "execute", "run"]
