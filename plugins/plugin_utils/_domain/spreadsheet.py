"""Cells as spreadsheets read them."""

from __future__ import annotations

import re

FORMULA = tuple(
    "=+-@\t\r\n\0\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
"""What a spreadsheet takes for a formula at the start of a cell, or drops before it (OWASP, CSV Injection)."""

_BEGINS_ONE = re.compile(rf"[\s\N{{ZERO WIDTH NO-BREAK SPACE}}]*[{re.escape(''.join(FORMULA))}]")
"""A program may skip white space before a formula, the separators among the control characters too."""


def no_formula(cell: str) -> str:
    """A text that stays a text: where it could be taken for a formula, an apostrophe comes before it."""
    return f"'{cell}" if _BEGINS_ONE.match(cell) else cell
