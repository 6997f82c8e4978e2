"""Writes the generated parts of the checked-in pages, so that they can be read without building the site.

A page marks such a part by `<!-- generated: NAME -->` and `<!-- end -->`. Run this after a table has changed in the
code; a test fails while a page differs from what it writes:

    python -m ansible_collections.windefend.maps.docs.site.generated
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from . import connections, demo_fleet, errors, outcomes, reading_tools

Parts = Mapping[str, Callable[[], Iterator[str]]]

DOCS = Path(__file__).resolve().parents[1]
PAGES: dict[str, Parts] = {
    "commands.md": reading_tools.PARTS,
    "connections.md": connections.PARTS,
    "errors.md": errors.PARTS,
    "quick-reference.md": outcomes.PARTS,
    "tutorial.md": demo_fleet.PARTS,
}
"""Page -> name of each of its parts -> what makes the lines of that part."""
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, parts: Parts) -> str:
    """The page with each of its parts made anew. Raises KeyError where its marks are not exactly these parts."""
    marked = [name for _begin, name, _end in PART.findall(page)]
    if sorted(marked) != sorted(parts):
        raise KeyError(f"the page marks {', '.join(sorted(marked))} instead of {', '.join(sorted(parts))}")

    def made(part: re.Match[str]) -> str:
        text = "\n".join(parts[part[2]]()).strip("\n")
        return f"{part[1]}\n{text}\n\n{part[3]}"

    return PART.sub(made, page)


def main() -> None:
    """Writes every page in place."""
    for name, parts in PAGES.items():
        path = DOCS / name
        path.write_text(filled(path.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    main()
