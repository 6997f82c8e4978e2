"""The layers of the plugins and the parts of winsim import only what lies below them.

Plugins, from the top: action, _task, _domain, _windows; `_remote`, the only layer that does I/O, stands beside them and
imports none. Filters and lookups are facades too, but never reach a host. winsim and the plugins do not know each
other, codecs included: a shared codec would hide its own faults.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ("ansible_collections", "windefend", "maps")

PARTS: dict[str, str] = {
    "plugins.action": "action",
    "plugins.filter": "filter",
    "plugins.lookup": "lookup",
    "plugins.callback": "callback",
    "plugins.modules": "modules",
    "plugins.doc_fragments": "modules",
    "plugins.plugin_utils._task": "_task",
    "plugins.plugin_utils._domain": "_domain",
    "plugins.plugin_utils._windows": "_windows",
    "plugins.plugin_utils._remote": "_remote",
    "winsim.shared": "shared",
    "winsim.machine": "machine",
    "winsim.tools": "tools",
    "winsim.wire": "wire",
    "winsim.physics": "physics",
    "winsim.messages": "messages",
    "winsim": "winsim",
    "demo": "demo",
    "tests": "tests",
}
"""Dotted path below the collection -> part; the longest prefix counts."""

ALLOWED: dict[str, set[str]] = {
    "action": {"action", "_task", "_domain", "_windows"},
    "filter": {"filter", "_task", "_domain", "_windows"},
    "lookup": {"lookup", "_task", "_domain", "_windows"},
    "callback": {"callback", "_task", "_domain", "_windows"},
    "modules": set(),
    "_task": {"_task", "_domain", "_windows", "_remote"},
    "_domain": {"_domain", "_windows"},
    "_windows": {"_windows"},
    "_remote": {"_remote"},
    "shared": set(),
    "machine": {"machine", "shared"},
    "physics": {"physics", "machine", "shared"},
    "tools": {"tools", "machine", "physics", "shared"},
    "wire": {"wire", "shared"},
    "winsim": {"winsim", "machine", "tools", "wire", "physics", "shared"},
}
"""Part -> the parts of this collection that it may import."""

ANSIBLE = {"ansible", "ansible_collections"}
CLIENTS = {"winrm", "requests", "urllib3", "pypsrp", "spnego", "xmltodict", "yaml"}
IO_OF_PYTHON = {
    "socket",
    "ssl",
    "subprocess",
    "http",
    "urllib",
    "asyncio",
    "threading",
    "multiprocessing",
    "time",
    "os",
}

FORBIDDEN: dict[str, set[str]] = {
    "_domain": ANSIBLE | CLIENTS | IO_OF_PYTHON,
    "_windows": ANSIBLE | CLIENTS | IO_OF_PYTHON,
    "_remote": ANSIBLE,
    "_task": CLIENTS,
    "action": CLIENTS,
    "filter": CLIENTS | IO_OF_PYTHON,
    "machine": ANSIBLE | CLIENTS | IO_OF_PYTHON,
    "physics": ANSIBLE | CLIENTS | IO_OF_PYTHON,
    "tools": ANSIBLE | {"winrm", "requests", "urllib3", "pypsrp", "xmltodict"},
    "wire": ANSIBLE | {"winrm", "requests", "urllib3", "pypsrp", "xmltodict"},
    "winsim": ANSIBLE | {"winrm", "requests", "urllib3", "pypsrp", "xmltodict"},
}
"""Part -> packages from elsewhere that it must not import."""


def part_of(dotted: str) -> str | None:
    """The part that a path below the collection belongs to; None: none that has a rule."""
    for prefix in sorted(PARTS, key=len, reverse=True):
        if dotted == prefix or dotted.startswith(prefix + "."):
            return PARTS[prefix]
    return None


def imports(source: str, dotted: str, package: bool) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that a source imports; `dotted` is its own path in the collection.

    A name inside this collection starts with the collection's own name.
    """
    own = [*PACKAGE, *dotted.split(".")]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            up = node.level - (1 if package else 0)
            base = own[: len(own) - up] if node.level else []
            names = [*base, *(node.module.split(".") if node.module else [])]
            # `from . import x`: x may be a module, so the name itself decides
            for alias in node.names:
                yield node.lineno, ".".join([*names, alias.name])


def violations(source: str, dotted: str, package: bool = False) -> list[str]:
    """What a source imports against the rules, one line each."""
    part = part_of(dotted)
    found = []
    for line, name in imports(source, dotted, package):
        segments = tuple(name.split("."))
        if segments[: len(PACKAGE)] == PACKAGE:
            target = part_of(".".join(segments[len(PACKAGE) :]))
            if part in ALLOWED and target not in ALLOWED[part]:
                found.append(f"{dotted}:{line}: {part} imports {target or name}")
        elif part in FORBIDDEN and segments[0] in FORBIDDEN[part]:
            found.append(f"{dotted}:{line}: {part} imports {segments[0]}")
    return list(dict.fromkeys(found))


def sources() -> list[tuple[str, bool, Path]]:
    """Every Python file of plugins and winsim: dotted path, whether it is a package, path."""
    found = []
    for top in ("plugins", "winsim"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = list(path.relative_to(ROOT).with_suffix("").parts)
            package = parts[-1] == "__init__"
            found.append((".".join(parts[:-1] if package else parts), package, path))
    return found


def test_no_file_imports_upward() -> None:
    files = sources()
    assert {part_of(dotted) for dotted, _unused, _unused in files} >= set(ALLOWED) - {"lookup", "callback"}
    found = [line for dotted, package, path in files for line in violations(path.read_text("utf-8"), dotted, package)]
    assert found == []


def test_every_file_of_the_plugins_belongs_to_a_layer() -> None:
    homeless = [dotted for dotted, _unused, path in sources() if part_of(dotted) is None and path.stat().st_size]
    assert homeless == []


def test_every_forbidden_name_of_python_is_one() -> None:
    assert set(sys.stdlib_module_names) >= IO_OF_PYTHON


@pytest.mark.parametrize(
    ("dotted", "source", "complaint"),
    [
        ("plugins.plugin_utils._windows.netsh", "from .._domain import proxy", "_windows imports _domain"),
        ("plugins.plugin_utils._windows.netsh", "from .. import _domain", "_windows imports _domain"),
        ("plugins.plugin_utils._domain.proxy", "from .._remote.host import Host", "_domain imports _remote"),
        ("plugins.plugin_utils._domain.proxy", "import socket", "_domain imports socket"),
        ("plugins.plugin_utils._domain.proxy", "from ansible.errors import AnsibleError", "_domain imports ansible"),
        ("plugins.plugin_utils._domain.proxy", "def f():\n    import winrm.protocol", "_domain imports winrm"),
        ("plugins.plugin_utils._domain.proxy", "from .._task.drive import drive", "_domain imports _task"),
        ("plugins.plugin_utils._remote.winrm", "from .._windows.text import decode", "_remote imports _windows"),
        ("plugins.plugin_utils._remote.winrm", "import ansible.errors", "_remote imports ansible"),
        ("plugins.action.spynet", "from ..plugin_utils._remote.winrm import WinrmHost", "action imports _remote"),
        ("plugins.filter.codecs", "from ..plugin_utils._remote.host import Host", "filter imports _remote"),
        (
            "plugins.plugin_utils._windows.registry",
            "from ansible_collections.windefend.maps.winsim.machine import registry",
            "_windows imports machine",
        ),
        ("plugins.action.spynet", "from ...winsim.machine.model import Machine", "action imports machine"),
        (
            "winsim.tools.reg.query",
            "from ....plugins.plugin_utils._windows import registry",
            "tools imports _windows",
        ),
        ("winsim.machine.model", "from ..tools.process import Process", "machine imports tools"),
        ("winsim.machine.model", "from .. import wire", "machine imports wire"),
        ("winsim.wire.server", "from ..machine.model import Machine", "wire imports machine"),
        ("winsim.physics", "from .tools.process import Process", "physics imports tools"),
        ("winsim.physics", "from .wire import server", "physics imports wire"),
        ("winsim.serve", "from ansible.plugins.loader import connection_loader", "winsim imports ansible"),
    ],
)
def test_the_checker_finds(dotted: str, source: str, complaint: str) -> None:
    assert [line.partition(": ")[2] for line in violations(source, dotted)] == [complaint]


def test_the_checker_knows_what_a_dot_means_in_a_package() -> None:
    source = "from ..wire import server"
    assert violations(source, "winsim.machine", package=True) == ["winsim.machine:1: machine imports wire"]
    assert violations(source, "winsim.machine.model") == ["winsim.machine.model:1: machine imports wire"]
    assert violations("from .wire import server", "winsim.machine", package=True) == []


def test_the_checker_lets_right_ones_pass() -> None:
    source = (
        "import re\nfrom collections.abc import Mapping\nfrom .._windows import netsh\nfrom .operation import Ask\n"
    )
    assert violations(source, "plugins.plugin_utils._domain.proxy") == []
