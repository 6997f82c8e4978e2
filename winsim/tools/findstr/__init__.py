"""findstr.exe."""

from .entry import run

__all__ = ["run"]
