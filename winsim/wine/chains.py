"""`||` said in a way that Wine 8 understands.

Wine 8 runs what stands behind `||` in any case. `A||B` becomes `A&(if errorlevel 1 B)`, which it runs as Windows runs
the first. That is true for programs, which set errorlevel; a command of cmd.exe itself may leave it as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r'\^.?|"[^"]*"?|\|\||&&|[&|()]|[^\^"&|()]+', re.DOTALL)
_BLANKS: Final = " \t,;="
_REACHES_TO_THE_END: Final = re.compile(rf"[{_BLANKS}]*(?:if|for)\b", re.IGNORECASE)


@dataclass
class _Level:
    """The line, or what stands in one pair of parentheses."""

    starts: bool = True
    """Whether a command starts here."""
    reaches: bool = False
    """Whether an `if` or `for` takes everything up to the end of this level."""
    closing: str = ""
    """What ends the `if errorlevel` that stands for a `||`."""


def without_or(line: str) -> str:
    """The line without `||`. Only what stands outside of quotes and is not escaped by a caret is syntax."""
    out: list[str] = []
    levels = [_Level()]
    for token in _TOKEN.findall(line):
        level = levels[-1]
        if token == "||":
            out.append(f"{level.closing}&(if errorlevel 1 ")
            level.closing, level.starts = ")", True
            continue
        if token in ("&", "&&", "|"):
            if token == "&" and not level.reaches:
                out.append(level.closing)
                level.closing = ""
            level.starts = True
        elif token == "(" and (level.starts or level.reaches):
            levels.append(_Level())
        elif token == ")" and len(levels) > 1:
            out.append(levels.pop().closing)
            levels[-1].starts = False
        elif token == ")" and level.closing:
            out.append("^")  # without parentheses around it, it is text
        elif level.starts and token.strip(_BLANKS):
            level.starts = False
            level.reaches = level.reaches or _REACHES_TO_THE_END.match(token) is not None
        out.append(token)
    return "".join(out) + "".join(level.closing for level in reversed(levels))
