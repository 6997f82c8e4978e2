"""Who may read or write a file: the rules lie in machine.access, because shares follow them too."""

from __future__ import annotations

from ..machine.access import may_read, may_write

__all__ = ["may_read", "may_write"]
