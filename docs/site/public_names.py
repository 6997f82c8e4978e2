"""Keeps docs/public-names.md, the list of the names that others rely on. It adds names; it never removes one:

    python -m ansible_collections.windefend.maps.docs.site.public_names

A test fails while the page differs from the code. So a name that is gone from the code has to be removed from the page
by hand, which only a major version may do.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ...plugins.plugin_utils._ansible import known_variables

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "public-names.md"
PACKAGE = "ansible_collections.windefend.maps"
TABLES = {
    "modules": ("module", "options", "return values"),
    "filters": ("filter", "options", ""),
    "other plugins": ("plugin", "options", ""),
    "roles": ("role", "variables", ""),
    "playbooks": ("playbook", "", ""),
    "variables of the playbooks": ("variable", "", ""),
    "events": ("for ansible-rulebook", "options", ""),
}
"""Heading of a table -> the heads of its columns."""
Row = tuple[frozenset[str], frozenset[str]]
"""The names in the second and the third column."""
Tables = dict[str, dict[str, Row]]
_ROW = re.compile(r"^\| `(\w+)` \|(.*)$")


def in_code() -> Tables:
    """What the code has."""
    return {
        "modules": {path.stem: _module(path) for path in _files("plugins/modules/*.yml")},
        "filters": {path.stem: _plugin(_read(path)) for path in _files("plugins/filter/*.yml")},
        "other plugins": dict(_other_plugins()),
        "roles": {path.parents[1].name: _role(path) for path in _files("roles/*/meta/argument_specs.yml")},
        "playbooks": {path.stem: _row() for path in _files("playbooks/*.yml")},
        "variables of the playbooks": {name: _row() for name in known_variables.MAPS_VARIABLES},
        "events": {
            "defender_event": _plugin(_documentation(_files("extensions/eda/plugins/event_filter/*.py")[0])),
            **{path.stem: _row(_event_variables(path)) for path in _files("extensions/eda/rulebooks/*.yml")},
        },
    }


def on_page(text: str) -> Tables:
    """What the page lists."""
    found: Tables = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line[3:].lower()
        elif row := _ROW.match(line):
            cells = [re.findall(r"`(\w+)`", cell) for cell in row[2].split("|")]
            found.setdefault(heading, {})[row[1]] = _row(*cells)
    return found


def missing(wanted: Tables, there: Tables) -> list[str]:
    """The names of one that another lacks, each with its place."""
    return [
        f"{heading}: {name}" if name not in there.get(heading, {}) else f"{heading}: {name}: {', '.join(lacking)}"
        for heading, rows in wanted.items()
        for name, row in rows.items()
        if (lacking := sorted(frozenset().union(*row) - frozenset().union(*there.get(heading, {}).get(name, ()))))
        or name not in there.get(heading, {})
    ]


def written(text: str) -> str:
    """The page with the names that the code has besides. What comes before its first table stays."""
    code, page = in_code(), on_page(text)
    parts = [text.partition("\n## ")[0]]
    for heading, (first, *others) in TABLES.items():
        heads = [first, *filter(None, others)]
        parts.append(f"\n## {heading.capitalize()}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
        for name in sorted(code[heading].keys() | page.get(heading, {}).keys()):
            both = zip(code[heading].get(name, _row()), page.get(heading, {}).get(name, _row()), strict=True)
            cells = [", ".join(f"`{one}`" for one in sorted(ours | listed)) for ours, listed in both]
            parts.append(f"| `{name}` |" + "".join(f" {cell} |" for cell in cells[: len(heads) - 1]) + "\n")
    return "".join(parts)


def _row(*columns: Iterable[str]) -> Row:
    second, third = [*map(frozenset, columns), frozenset[str](), frozenset[str]()][:2]
    return second, third


def _files(pattern: str) -> list[Path]:
    return sorted(path for path in ROOT.glob(pattern) if path.stem != "__init__")


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _module(path: Path) -> Row:
    page = _read(path)
    return _row(_plugin(page)[0], page["RETURN"])


def _plugin(page: dict[str, Any]) -> Row:
    """The options of a page, with those of its fragments."""
    documentation = page["DOCUMENTATION"]
    own = documentation.get("options") or {}
    options = {*own, *(alias for one in own.values() for alias in one.get("aliases") or ())}
    for name in documentation.get("extends_documentation_fragment", ()):
        module, _dot, variable = name.removeprefix("windefend.maps.").partition(".")
        fragments = importlib.import_module(f"{PACKAGE}.plugins.doc_fragments.{module}").ModuleDocFragment
        options |= yaml.safe_load(getattr(fragments, variable.upper() or "DOCUMENTATION")).get("options", {}).keys()
    return _row(options - {"_terms", "_input"})


def _documentation(path: Path) -> dict[str, Any]:
    """The page of a plugin that has it in its own text."""
    parts = re.split(r'(?m)^DOCUMENTATION = r?"""', path.read_text(encoding="utf-8"))
    return {"DOCUMENTATION": yaml.safe_load(parts[1].partition('"""')[0])}


def _other_plugins() -> Iterator[tuple[str, Row]]:
    for kind in ("callback", "inventory", "lookup"):
        for path in _files(f"plugins/{kind}/*.py"):
            yield path.stem, _plugin(_documentation(path))


def _role(path: Path) -> Row:
    specs = _read(path)["argument_specs"]
    return _row({name for spec in specs.values() for name in spec.get("options") or ()})


def _event_variables(path: Path) -> set[str]:
    return set(re.findall(r"\bmaps_event_\w+", path.read_text(encoding="utf-8")))


def main() -> None:
    """Writes the page in place."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
