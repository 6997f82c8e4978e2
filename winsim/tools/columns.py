"""Tables, lists and CSV as whoami and schtasks print them.

East Asian wide characters take two columns (captures of schtasks on Japanese Windows: likely).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Columns that a text takes on the console."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def pad(text: str, columns: int) -> str:
    """The text with blanks up to `columns`."""
    return text + " " * (columns - width(text))


def cut(text: str, columns: int) -> str:
    """As much of the text as fits into `columns`."""
    while width(text) > columns:
        text = text[:-1]
    return text


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[int], with_header: bool = True
) -> str:
    """Rows under a header and a ruler of equals signs; every cell padded, the last one too (captures, sure)."""
    lines = [" ".join(pad(cut(cell, size), size) for cell, size in zip(row, columns, strict=True)) for row in rows]
    if with_header:
        head = " ".join(pad(cut(cell, size), size) for cell, size in zip(header, columns, strict=True))
        lines[:0] = [head, " ".join("=" * size for size in columns)]
    return "".join(line + "\r\n" for line in lines)


def fitting(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column that holds its widest cell."""
    return [max(width(cell) for cell in column) for column in zip(header, *rows, strict=True)]


def csv(header: Sequence[str], rows: Sequence[Sequence[str]], with_header: bool = True) -> str:
    """Every cell in quotes; quotes inside a cell are not doubled (a test of Metasploit with real output, likely)."""
    lines = [header, *rows] if with_header else rows
    return "".join(",".join(f'"{cell}"' for cell in line) + "\r\n" for line in lines)


def listing(header: Sequence[str], rows: Sequence[Sequence[str]], label: int) -> str:
    """One `Label: data` line a cell, labels padded to `label` columns, a blank line between rows."""
    blocks = ["".join(pad(f"{h}:", label) + cell + "\r\n" for h, cell in zip(header, row, strict=True)) for row in rows]
    return "\r\n".join(blocks)
