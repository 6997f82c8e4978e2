"""Characters that become a quote or a backslash in a program that asks for its command line in the ANSI code page.

Such a program is given the nearest character of the code page for one that the code page does not have. The tables are
those of the code pages that may be the system's ANSI code page, as Microsoft published them (unicode.org,
MAPPINGS/VENDORS/MICSFT/WindowsBestFit) and as Wine brings them along: *likely*. `tests/wine/best_fit.py` reads them,
and a test there compares. UTF-8 as code page changes nothing; a character beyond U+FFFF becomes a question mark.

The other characters that cmd.exe reads (`%`, `&`, `|`, `<`, `>`, `^`, `!`) have look-alikes too, but a program does not
read its arguments as cmd.exe does, and cmd.exe reads Unicode. Blanks have some, and what holds one is in quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

QUOTE: Final[Mapping[str, tuple[int, ...]]] = {
    "\u02ba": (1250, 1252, 1254),
    "\u030e": (1250, 1252),
    "\u301d": (1254,),
    "\u301e": (1254,),
    "\uff02": (874, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258),
}
"""Character -> the code pages in which it becomes a quote."""
BACKSLASH: Final[Mapping[str, tuple[int, ...]]] = {
    "\u00a5": (932,),
    "\u20a9": (949, 1361),
    "\u2216": (1250, 1252, 1254),
    "\uff3c": (874, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258),
}
"""Character -> the code pages in which it becomes a backslash."""
QUOTE_ELSEWHERE: Final = frozenset("\u2033")
"""Double prime becomes a quote in code pages of consoles, and is taken for one by people."""
QUOTES: Final = frozenset(QUOTE) | QUOTE_ELSEWHERE
BACKSLASHES: Final = frozenset(BACKSLASH)
"""One of them escapes a quote where only its kind and backslashes are between them."""


def before_the_end(value: str) -> int:
    """Where the backslashes and their look-alikes begin at the end; the length where none does."""
    return len(value.rstrip("".join(["\\", *sorted(BACKSLASHES)])))
