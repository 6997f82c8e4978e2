"""Cells as spreadsheets read them."""

from __future__ import annotations

import re

FORMULA = tuple(
    "=+-@\t\r\n\0\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
"""What a spreadsheet takes for a formula at the start of a cell, or drops before it (OWASP, CSV Injection)."""


_NOT_SEEN = re.compile(r"\A[\s\N{ZERO WIDTH NO-BREAK SPACE}]+")
"""What a program may skip before a formula: white space, the separators among the control characters too."""


def no_formula(cell: str) -> str:
    """A text that stays a text: where it could be taken for a formula, an apostrophe comes before it."""
    seen = _NOT_SEEN.sub("", cell, count=1)
    return f"'{cell}" if cell.startswith(FORMULA) or seen.startswith(FORMULA) else cell
