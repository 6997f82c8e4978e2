"""Cells as spreadsheets read them."""

from __future__ import annotations

FORMULA = tuple(
    "=+-@\t\r\n\0\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
"""What a spreadsheet takes for a formula at the start of a cell, or drops before it (OWASP, CSV Injection)."""


def no_formula(cell: str) -> str:
    """A text that stays a text: where it could be taken for a formula, an apostrophe comes before it."""
    return f"'{cell}" if cell.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}").startswith(FORMULA) else cell
