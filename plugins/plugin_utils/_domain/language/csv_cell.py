"""Cells as spreadsheets read them.

A spreadsheet takes the delimiter of the computer's region: a comma, a semicolon (German, French), or what its user
chooses. So no cell may be a formula with any of them, and what follows a delimiter inside a text is a cell to some.
"""

from __future__ import annotations

import csv
import re
from typing import IO, Any

from .display import visible

FORMULA = tuple(
    "=+-@\t\r\n\0\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
"""What a spreadsheet takes for a formula at the start of a cell, or drops before it (OWASP, CSV Injection)."""
DELIMITERS = ",;\t|"

_SIGNS = re.escape("".join(FORMULA))
_LEADING_FORMULA = re.compile(rf"\A[\s\"'\N{{ZERO WIDTH NO-BREAK SPACE}}]*[{_SIGNS}]")
"""A program may skip white space before a formula, the separators among the control characters too, and quotes."""
_INNER_FORMULA = re.compile(rf"([,;|][\s\"']*)(?=[{_SIGNS}])")  # a cell is one line and has no tabs
_INSIDE = "\N{RIGHT SINGLE QUOTATION MARK}"
"""Comes before a sign inside a text. No apostrophe: where that is the quote, it would be taken away."""


def writer(out: IO[str]) -> Any:
    """A writer as RFC 4180 has it, with every cell in quotes."""
    return csv.writer(out, quoting=csv.QUOTE_ALL)


def cell(text: str) -> str:
    """A text for a cell, in one line and without unseen characters, that is a text to every reader."""
    return escape_formula(_INNER_FORMULA.sub(rf"\1{_INSIDE}", visible(text)))


def escape_formula(text: str) -> str:
    """A text that stays a text: where it could be taken for a formula, an apostrophe comes before it."""
    return f"'{text}" if _LEADING_FORMULA.match(text) else text
