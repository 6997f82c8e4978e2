"""Lists the facts of the ledger that a recording of a real host could confirm, most decisive first.

    python -m ansible_collections.windefend.maps.docs.site.unconfirmed

Behind each fact stands what shows it: checks of the playbook `selfcheck` by their names, or else only a recording of
other runs. A fact counts more the closer it is to a verdict: where a test of the diagnosis fails without it, then where
the diagnosis reads its section, then elsewhere; among equals, the less certain goes first.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...plugins.plugin_utils._domain.self_check import CHECKS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "evidence.md"
UNCERTAIN = ("guess", "unknown", "open", "recalled", "likely")
"""From the least certain; also where a part of a fact is so (`sure; the twin likely`)."""
READ_BY_DIAGNOSIS = (
    *("ValidateMapsConnection", "Codes", "How a host reaches MAPS", "The machine-wide proxy", "Windows Firewall"),
    *("Spynet and Defender's state", "Probes: curl and certutil"),
)
"""Sections whose facts decide a cause."""
DIAGNOSIS = ("diagnosis", "remediation", "probes", "firewall", "proxy")
"""Folders of tests that fail where a verdict changes."""


MOST = 2
"""Checks that are named behind a fact."""


@dataclass(frozen=True)
class Row:
    """A fact of the ledger."""

    section: str
    fact: str
    confidence: str
    tests: tuple[str, ...]

    @property
    def uncertainty(self) -> int:
        """0 for the least certain; `len(UNCERTAIN)` for one that is sure."""
        found = [UNCERTAIN.index(one) for one in UNCERTAIN if re.search(rf"\b{one}\b", self.confidence)]
        return min(found, default=len(UNCERTAIN))


def shown_by(row: Row) -> tuple[str, ...]:
    """The checks of the self-check that test a fact."""
    return tuple(name for name, one in CHECKS.items() if row.fact.startswith(one.row))


def rows(page: str) -> Iterator[Row]:
    """Every fact of the page, with its section."""
    section = ""
    head: list[str] = []
    for line in page.splitlines():
        if title := re.match(r"#{2,3} (.+)", line):
            section, head = title[1], []
        if not line.startswith("|"):
            head = []
            continue
        cells = [one.strip() for one in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not head:
            head = cells
        elif "confidence" in head and not set(cells[0]) <= {"-"}:
            tests = tuple(re.findall(r"`(\w+)`", cells[head.index("test")])) if "test" in head else ()
            yield Row(section, cells[0], cells[head.index("confidence")], tests)


def deciding_tests() -> set[str]:
    """The tests of which a verdict depends."""
    return {
        name
        for folder in DIAGNOSIS
        for path in (ROOT / "tests" / "unit" / "plugin_utils" / "domain" / folder).glob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }


def unconfirmed(page: str, deciding: set[str]) -> list[Row]:
    """The facts that are not sure, most decisive first."""

    def rank(row: Row) -> tuple[bool, bool, int]:
        return not deciding & set(row.tests), row.section not in READ_BY_DIAGNOSIS, row.uncertainty

    return sorted(
        (row for row in rows(page) if not row.section.startswith("winsim") and row.uncertainty < len(UNCERTAIN)),
        key=rank,
    )


def main() -> None:
    """Prints them."""
    for row in unconfirmed(PAGE.read_text(encoding="utf-8"), deciding_tests()):
        checks = shown_by(row)
        more = f" and {len(checks) - MOST} more" if len(checks) > MOST else ""
        shown = f" [selfcheck: {', '.join(checks[:MOST])}{more}]" if checks else ""
        sys.stdout.write(f"{row.section} ({row.confidence}): {row.fact}{shown}\n")


if __name__ == "__main__":
    main()
