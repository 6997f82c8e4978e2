"""The table of what each tool answers, from the one that judges the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...plugins.plugin_utils._windows.reading import TOOLS


def tools() -> Iterator[str]:
    """A row for each kind of command that reads."""
    yield "| command | found | absent | the account may not read it | turned off |\n|---|---|---|---|---|"
    for tool in TOOLS.values():
        yield f"| `{tool.program}` | {tool.found_as} | {tool.absent_as} | {tool.denied_as} | {tool.off_as} |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {"tools": tools}
