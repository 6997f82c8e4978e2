"""What the collection, winsim and the demo need at run time.

These are the packages that their requirement files name, and what these need in turn, as they are installed in this
Python, which `make` fills from the locks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..support.checkout import ROOT

FILES = ("requirements.txt", "winsim/requirements.txt", "demo/requirements.txt")


class Missing(Exception):
    """A package that is needed and not installed; the text is for the user."""


@dataclass(frozen=True)
class Package:
    """An installed package, and the canonical names of what it needs here."""

    name: str
    version: str
    needs: tuple[str, ...]
    found: Distribution


def requirements(path: Path) -> Iterator[Requirement]:
    """What a requirement file names, with the files that it takes in by -r."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if text.startswith("-r "):
            yield from requirements(path.parent / text.removeprefix("-r ").strip())
        elif text:
            yield Requirement(text)


def named(files: tuple[str, ...] = FILES) -> list[str]:
    """The canonical names of what the files name themselves, sorted."""
    return sorted({canonicalize_name(one.name) for file in files for one in requirements(ROOT / file)})


def packages() -> dict[str, Package]:
    """Every package by its canonical name, sorted by it. Raises Missing."""
    found: dict[str, Package] = {}
    waiting = named()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            one = distribution(name)
        except PackageNotFoundError:
            raise Missing(f"{name} is needed at run time and not installed here; make test installs it") from None
        needs = sorted(
            {
                canonicalize_name(required.name)
                for required in map(Requirement, one.requires or ())
                if required.marker is None or required.marker.evaluate({"extra": ""})
            }
        )
        found[name] = Package(name, one.version, tuple(needs), one)
        waiting += needs
    return dict(sorted(found.items()))
