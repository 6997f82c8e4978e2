"""Words that the project's texts avoid, and where they still are.

CONTRIBUTING.md asks for plain technical English. A text that uses one of HABITS fails a test, except for what is left
from earlier, which `word_counts.py` holds exactly. After such words have been removed, run

    python -m ansible_collections.windefend.maps.tests.support.words

It lowers counts and never raises one.
"""

from __future__ import annotations

import ast
import collections
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from .shown_commands import ROOT
from .word_counts import COUNTS

HABITS = {
    "foretell": re.compile(r"\bforet(?:old|ell\w*)", re.IGNORECASE),
    "wish": re.compile(r"\bwish\w*", re.IGNORECASE),
    "told": re.compile(r"\btold\b", re.IGNORECASE),
    "in vain": re.compile(r"\bin vain\b", re.IGNORECASE),
    "of ours": re.compile(r"\bof ours\b", re.IGNORECASE),
    "that want": re.compile(r"\bthat want\w*", re.IGNORECASE),
}
QUOTED = re.compile(
    r"^ *```.*?^ *```$|^<!-- (?:generated|make bench): \S+ -->$.*?^<!-- end -->$", re.MULTILINE | re.DOTALL
)
PAGES = ("*.md", "docs/**/*.md", "roles/*/README.md")
YAML = (
    *("plugins/modules/*.yml", "plugins/filter/*.yml", "playbooks/**/*.yml"),
    *("roles/*/meta/argument_specs.yml", "roles/*/tasks/*.yml"),
)
PYTHON = "plugins/**/*.py"
MOVING = "plugins/plugin_utils"
"""Counted as one, so that a module can move."""
DATA = Path(__file__).with_name("word_counts.py")
HEAD = '''"""File -> words of `words.HABITS` that are left in it. `words.py` says how to write this file."""

COUNTS = {
'''


def texts(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Where a text stands, and the text."""
    for pattern in PAGES:
        for path in root.glob(pattern):
            yield path.relative_to(root).as_posix(), prose(path.read_text(encoding="utf-8"))
    for pattern in YAML:
        for path in root.glob(pattern):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
    for path in root.glob(PYTHON):
        name = path.relative_to(root).as_posix()
        yield MOVING if name.startswith(f"{MOVING}/") else name, messages(path.read_text(encoding="utf-8"))


def prose(page: str) -> str:
    """A page without what it quotes: outputs, commands, and tables that are made from code."""
    return QUOTED.sub("", page)


def messages(source: str) -> str:
    """The texts in a Python source, without its docstrings."""
    tree = ast.parse(source)
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return "\n".join(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements
    )


def habits(text: str) -> list[str]:
    """What a text has of HABITS, as it stands there; line ends do not hide it."""
    plain = " ".join(text.split())
    return [match for habit in HABITS.values() for match in habit.findall(plain)]


def counted(root: Path = ROOT) -> dict[str, int]:
    """Where words are left -> how many."""
    counts: collections.Counter[str] = collections.Counter()
    for name, text in texts(root):
        counts[name] += len(habits(text))
    return {name: count for name, count in sorted(counts.items()) if count}


def lowered(counts: Mapping[str, int], actual: Mapping[str, int]) -> dict[str, int]:
    """The counts, where fewer words are left than they say; none is raised."""
    fewer = {name: min(count, actual.get(name, 0)) for name, count in counts.items()}
    return {name: count for name, count in sorted(fewer.items()) if count}


def written(counts: Mapping[str, int]) -> str:
    """The content of the data file."""
    return HEAD + "".join(f'    "{name}": {count},\n' for name, count in counts.items()) + "}\n"


def main() -> int:
    """Exit status 1 where a text has more words of HABITS than it had."""
    actual = counted()
    allowed = lowered(COUNTS, actual)
    DATA.write_text(written(allowed), encoding="utf-8")
    more = [f"{name}: {count} instead of {allowed.get(name, 0)}" for name, count in actual.items()]
    more = [line for line, name in zip(more, actual, strict=True) if actual[name] > allowed.get(name, 0)]
    print("\n".join(more))
    return 1 if more else 0


if __name__ == "__main__":
    sys.exit(main())
