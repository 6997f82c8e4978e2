"""Makes the list of the words that a recording may show.

    python -m ansible_collections.windefend.maps.tests.support.vocabulary

Words come from the texts of Windows' tools and a clean machine, as winsim has them, from literal texts in the code, and
from Microsoft's addresses. Docstrings and comments count for nothing, nor do names that examples give to machines.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import recording
from ansible_collections.windefend.maps.tests.support.checkout import ROOT
from ansible_collections.windefend.maps.winsim import snapshot
from ansible_collections.windefend.maps.winsim.machine import builder

UTILS = ROOT / "plugins" / "plugin_utils"
FILE = Path(recording.__file__).with_name(recording.VOCABULARY)
CODE = (UTILS / "_windows", UTILS / "_domain", ROOT / "winsim" / "machine" / "clean", ROOT / "winsim" / "tools")
NOT_WINDOWS = frozenset(
    ("alice", "bob", "contoso", "corp", "corporate", "example", "fabrikam", "tokyo", "localdomain", "vagrant")
)
MORE = "classes_root current_config current_user hkcc hkcr hkcu hklm hku local_machine users winsim"
MACHINE = "CLEANPC0"
HEAD = """# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by tests/support/vocabulary.py: the words that a recording may show.
"""
WIDTH = 118


def literals(path: Path) -> Iterator[str]:
    """The literal texts of a Python file, without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value


def messages() -> Iterator[str]:
    """What Windows' tools say, in each language."""
    for path in sorted((ROOT / "winsim" / "messages").glob("*/*.yml")):
        yield from map(str, (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).values())


def registry() -> Iterator[str]:
    """Keys, values and texts of clean machines."""
    for system in builder.SYSTEMS.values():
        for locale in builder.LOCALES.values():
            machine = builder.build(MACHINE, os=system, locale=locale, seed=0, accounts=[])
            for top, keys in snapshot_of(machine).items():
                yield top
                yield from keys


def snapshot_of(machine: object) -> dict[str, list[str]]:
    """Key -> its names and texts."""
    found: dict[str, list[str]] = {}
    state = snapshot.snapshot(machine)  # type: ignore[arg-type]

    def walk(value: object, into: list[str]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                into.append(str(key))
                walk(inner, into)
        elif isinstance(value, (list, tuple)):
            for inner in value:
                walk(inner, into)
        elif isinstance(value, str):
            into.append(value)

    walk(state, found.setdefault("", []))
    return found


def words(text: str) -> Iterator[str]:
    """The words of a text, and words that dots or hyphens join, lower case."""
    for token in re.findall(r"\w+(?:[.-]+\w+)*", re.sub(r"\{[a-z_]*\}", " ", text)):
        yield token.lower()
        yield from re.split(r"[.-]+", token.lower())


def wanted(word: str) -> bool:
    """Whether a word is one: no number, no identifier, nothing that stands for somebody's name."""
    parts = set(re.split(r"[.-]+", word))
    return bool(
        word
        and not parts & NOT_WINDOWS
        and MACHINE.lower() not in word
        and not word.replace(".", "").replace("-", "").isdecimal()
        and not re.fullmatch(r"[0-9a-f]{16,}|0x[0-9a-f]+", word)
        and not re.fullmatch(r"s-1-5-21-.*", word)
    )


def thumbprints() -> set[str]:
    """The certificates that the code itself names, which are Microsoft's."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((UTILS / "_domain").rglob("*.py")))
    return {found.lower() for found in re.findall(r"\b[0-9A-F]{40}\b", code)}


def vocabulary() -> list[str]:
    """The words, and Microsoft's domains with a dot before them."""
    texts = [MORE, *messages(), *registry()]
    for folder in CODE:
        for path in sorted(folder.rglob("*.py")):
            if "language" not in path.parts:
                texts.extend(literals(path))
    catalogue = yaml.safe_load((UTILS / "_domain" / "catalogue" / "endpoints.yml").read_text(encoding="utf-8"))
    hosts = set(re.findall(r"[\w*-]+(?:\.[\w-]+)+", yaml.safe_dump(catalogue)))
    texts.extend(hosts)
    public = {".".join(one.split(".")[-2:]) for one in hosts if re.search(r"\.(?:com|net|org|ms)$", one)}
    found = {word for text in texts for word in words(text) if wanted(word)}
    return sorted(found | thumbprints() | {f".{domain}" for domain in public})


def main() -> None:
    """Writes the file."""
    lines, line = [], ""
    for word in vocabulary():
        if len(line) + len(word) >= WIDTH:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    FILE.write_text(HEAD + "\n".join([*lines, line]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
