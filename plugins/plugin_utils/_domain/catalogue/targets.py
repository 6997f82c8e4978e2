"""What an allow list lets out: rows taken apart into names, ways and paths, the bare names of wildcards among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .rows import Access, Endpoint


@dataclass(frozen=True)
class Target:
    """One name (or everything below it), one way, and of a URL its path."""

    host: str
    wildcard: bool
    way: Access
    path: str


@dataclass(frozen=True)
class Export:
    """A rendered file, and what it cannot say."""

    content: str
    entries: int
    """Lines or rules that allow something; of the tables their rows."""
    not_expressed: tuple[str, ...]


def targets(rows: Iterable[Endpoint]) -> list[Target]:
    """Everything to allow, in the catalogue's order, each once. Rows without an allow rule give nothing."""
    found: dict[Target, None] = {}
    for row in rows:
        if row.allow:
            for way in row.access:
                found[Target(row.host, row.wildcard, way, row.path)] = None
                if row.bare_name_needed:
                    found[Target(row.host, False, way, "")] = None
    return list(found)


def ports(wanted: Sequence[Target]) -> list[int]:
    """The ports, ascending."""
    return sorted({target.way.port for target in wanted})


def never_allowed(rows: Iterable[Endpoint]) -> list[Endpoint]:
    return [row for row in rows if not row.allow]


def inspected(rows: Iterable[Endpoint]) -> list[Endpoint]:
    """The rows whose patterns must not be exempt from inspection, without those another of them stands for."""
    kept = [row for row in rows if row.keep_inspection]
    return [row for row in kept if not any(other.covers(row.host) for other in kept)]


def remarks(rows: Iterable[Endpoint]) -> list[str]:
    """What the text of every commented format says of the rows that are no allow rules."""
    said = [f"No allow rule for {row.pattern}: its hosts are allowed by name only." for row in never_allowed(rows)]
    return said + [f"Do not exempt {row.pattern} from network inspection." for row in inspected(rows)]


def header(what: str, rows: Iterable[Endpoint], not_expressed: Iterable[str], mark: str = "#") -> str:
    """The comment at the top of a file. It holds no date, so that an unchanged catalogue gives an unchanged file."""
    lines = [what, "Made by windefend.maps.endpoint_export; changes by hand are lost.", *remarks(rows)]
    lines += [f"Not expressed: {text}" for text in not_expressed]
    return "".join(f"{mark} {line}\n" for line in lines)


URL_PATHS = "the paths of https URLs, which only a device that decrypts TLS sees; their hosts are allowed"
EVERY_PATH = "the paths of URLs; their hosts are allowed"
SCHEMES_AND_PORTS = "ports and schemes; the rule that uses the list must have them"
"""Texts that several formats share."""
