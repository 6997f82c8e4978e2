"""Gathers the pages of the site, with every link leading where its file lies there.

The pages are written to be read in the repository. Here they move into one tree: what lies below docs/ to its top, the
README of a role to roles/NAME, and so on. A link to a file that is no page brings that file along.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
SINGLE = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "SECURITY.md": "security.md",
    "winsim/README.md": "winsim.md",
}
"""Pages that lie elsewhere, and what they are called on the site."""
MENU = {
    "Start": ("Overview <overview>", "install", "tutorial", "real-hosts", "article", "errors", "faq"),
    "Use": ("quick-reference", "diagnosis", "report", "monitoring", "undo", "perimeter"),
    "Large fleets": ("large-fleets", "automation-controller", "events"),
    "Test": ("testing", "winsim"),
    "Reference": ("Modules and plugins <reference/index>", "public-names", "commands", "connections"),
    "Roles": ("roles/*",),
    "About this project": (
        *("architecture", "contributing", "security", "conduct", "decisions/index"),
        *("evidence", "recordings", "coverage", "benchmark", "scale", "wine"),
    ),
}
"""The site's menu, with names of pages, some under another title. A page that it lacks stands under MORE."""
MORE = "More"
_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")


def pages(root: Path) -> dict[str, str]:
    """File in the repository -> page on the site, both as relative paths with `/`."""
    found = {name: page for name, page in SINGLE.items() if (root / name).is_file()}
    for path in sorted(root.glob("docs/**/*.md")):
        inner = path.relative_to(root / "docs").as_posix()
        found[f"docs/{inner}"] = re.sub(r"(^|/)README\.md$", r"\1index.md", inner)
    for path in sorted(root.glob("roles/*/README.md")):
        found[path.relative_to(root).as_posix()] = f"roles/{path.parent.name}.md"
    return found


def moved(text: str, source: str, known: dict[str, str], root: Path) -> tuple[str, set[str]]:
    """A page's text with its links as they must be on the site, and the files that it needs beside it.

    A link that leads nowhere stays as it is, and Sphinx finds it.
    """
    wanted: set[str] = set()
    page = PurePosixPath(known[source])

    def link(match: re.Match[str]) -> str:
        target = match[2]
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        path = os.path.normpath(os.path.join(os.path.dirname(source), target))
        if path in known:
            there = known[path]
        elif (root / path).is_file():
            wanted.add(path)
            there = beside(path)
        else:
            return match[0]
        return f"{match[1]}{os.path.relpath(there, page.parent)}{match[3]}"

    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(link, part) for part in parts[::2]]
    return "".join(parts), wanted


def beside(path: str) -> str:
    """Where a file that is no page lies on the site. Sphinx would take an .md of that name for a page."""
    if path.startswith("docs/pictures/"):
        return path.removeprefix("docs/")
    return f"files/{path}.txt" if path.endswith(".md") else f"files/{path}"


def menu(known: dict[str, str]) -> str:
    """The site's menu, which stands unseen at the end of the start page."""
    names = {page.removesuffix(".md") for page in known.values()} - {"index"}
    blocks = []
    left = set(names)
    for caption, entries in MENU.items():
        listed: list[str] = []
        for entry in entries:
            listed += sorted(n for n in names if PurePosixPath(n).match(entry)) if "*" in entry else [entry]
        left -= {name.rpartition("<")[2].rstrip(">") for name in listed}
        blocks.append((caption, listed))
    # The decisions are listed by their own page.
    inner = sorted(name for name in left if name.startswith("decisions/"))
    if more := sorted(left - set(inner)):
        blocks.append((MORE, more))
    toctree = "\n```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```\n"
    return "".join(toctree.format(caption, "\n".join(listed)) for caption, listed in blocks)


def decisions(known: dict[str, str]) -> str:
    """What the page of decisions lists."""
    inner = sorted(PurePosixPath(page).stem for page in known.values() if re.match(r"decisions/\d", page))
    return "\n```{toctree}\n:hidden:\n\n" + "\n".join(inner) + "\n```\n"


def gather(folder: Path, root: Path = ROOT) -> None:
    """Writes all pages, and the files that they link, into an empty folder."""
    known = pages(root)
    needed: set[str] = set()
    for source, page in known.items():
        text, wanted = moved((root / source).read_text(encoding="utf-8"), source, known, root)
        needed |= wanted
        if page == "index.md":
            text += menu(known)
        elif page == "decisions/index.md":
            text += decisions(known)
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text(text, encoding="utf-8")
    for path in sorted(needed):
        (folder / beside(path)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / beside(path))


def main() -> None:
    """Empties the folder first, so that no page stays that is gone."""
    parser = argparse.ArgumentParser(description="Gathers the pages of the site.")
    parser.add_argument("folder", type=Path, help="where Sphinx finds them")
    folder: Path = parser.parse_args().folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    gather(folder)


if __name__ == "__main__":
    main()
