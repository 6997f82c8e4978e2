"""What characters become in the code pages of Windows, from the tables that Wine brings along (nls/c_NUMBER.nls).

Wine makes the tables of those that Microsoft published (unicode.org, MAPPINGS/VENDORS/MICSFT); their layout is that of
NT: a head of 13 words, a table for bytes, and one word or byte for each of the first 65,536 characters.
"""

from __future__ import annotations

import struct
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

ANSI = (874, 932, 936, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 1361)
"""What may be the system's ANSI code page (Microsoft, "Code Page Identifiers", and the locales' defaults); UTF-8 is one
too and changes nothing."""
OEM = (437, 708, 720, 737, 775, 850, 852, 855, 857, 860, 861, 862, 863, 864, 865, 866, 869)
"""The same for the OEM code page, in which some console programs ask for their command line."""
PLACES = (
    "/usr/share/wine/nls",
    "/usr/share/wine-development/nls",
    "/usr/local/share/wine/nls",
    "/opt/wine-stable/share/wine/nls",
)
HEAD = 13


def folder() -> Path | None:
    """Where the tables lie; None without them."""
    return next((path for path in map(Path, PLACES) if (path / "c_1252.nls").is_file()), None)


def table(path: Path) -> list[int]:
    """What each of the first 65,536 characters becomes: one byte, or two as one number."""
    data = path.read_bytes()
    words = struct.unpack(f"<{len(data) // 2}H", data[: len(data) & ~1])
    start = HEAD + words[HEAD] + 1
    if words[2] > 1:
        return list(words[start : start + 0x10000])
    return list(data[2 * start : 2 * start + 0x10000])


def look_alikes(tables: Path, target: str) -> Iterator[tuple[int, int]]:
    """Code page and character of everything that becomes an ASCII character and is another one."""
    for page in (*ANSI, *OEM):
        path = tables / f"c_{page}.nls"
        if path.is_file():
            yield from ((page, code) for code, became in enumerate(table(path)) if became == ord(target) != code)


def main() -> None:
    """Prints what a program that asks in one of these code pages takes for a quote, a backslash and so on."""
    tables = folder()
    if tables is None:
        sys.exit(f"no tables: Wine is not installed in {', '.join(PLACES)}")
    for target in '"\\%&|<>^!/\r\n \0':
        found: dict[int, list[int]] = {}
        for page, code in look_alikes(tables, target):
            found.setdefault(code, []).append(page)
        print(f"{target!r}:")
        for code, pages in sorted(found.items()):
            print(f"  U+{code:04X} {unicodedata.name(chr(code), '')}: {', '.join(map(str, pages))}")


if __name__ == "__main__":
    main()
