"""The layers of the plugins and the parts of winsim import only what lies below them.

Plugins, from the top: action, _ansible, _report, _domain, _windows; `_remote`, the only layer that does I/O, stands
beside them and imports none. The packages of `_domain` lie on floors of their own. Other packages import a package only
by its facade. winsim and the plugins do not know each other, codecs included: a shared codec would hide its own faults.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ("ansible_collections", "windefend", "maps")
UTILS = "plugins.plugin_utils"

PARTS: dict[str, str] = {
    "plugins.action": "action",
    "plugins.filter": "filter",
    "plugins.inventory": "inventory",
    "plugins.lookup": "lookup",
    "plugins.callback": "callback",
    "plugins.modules": "modules",
    "plugins.doc_fragments": "modules",
    "plugins.plugin_utils._ansible": "_ansible",
    "plugins.plugin_utils._report": "_report",
    "plugins.plugin_utils._domain": "_domain",
    "plugins.plugin_utils._facade": "_facade",
    "plugins.plugin_utils": "plugin_utils",
    "plugins.plugin_utils._windows": "_windows",
    "plugins.plugin_utils._remote": "_remote",
    "winsim.shared": "shared",
    "winsim.machine": "machine",
    "winsim.tools": "tools",
    "winsim.wire": "wire",
    "winsim.physics": "physics",
    "winsim.routing": "physics",
    "winsim.windows_update": "physics",
    "winsim.messages": "messages",
    "winsim": "winsim",
    "demo": "demo",
    "tests": "tests",
}
"""Dotted path below the collection -> part; the longest prefix counts."""

ALLOWED: dict[str, set[str]] = {
    "action": {"action", "_ansible", "_report", "_domain", "_windows"},
    "filter": {"filter", "_ansible", "_report", "_domain", "_windows"},
    "inventory": {"inventory", "_ansible", "_report", "_domain"},
    "lookup": {"lookup", "_ansible", "_domain", "_windows"},
    "callback": {"callback", "_ansible", "_report", "_domain", "_windows"},
    "modules": set(),
    "plugin_utils": set(),
    "_ansible": {"_ansible", "_report", "_domain", "_remote", "_windows", "_facade"},
    "_report": {"_report", "_domain", "_facade"},
    "_domain": {"_domain", "_windows", "_facade"},
    "_windows": {"_windows", "_facade"},
    "_remote": {"_remote", "_facade"},
    "_facade": set(),
    "shared": set(),
    "machine": {"machine", "shared"},
    "physics": {"physics", "machine", "shared"},
    "tools": {"tools", "machine", "physics", "shared"},
    "wire": {"wire", "shared"},
    "winsim": {"winsim", "machine", "tools", "wire", "physics", "shared"},
}
"""Part -> the parts of this collection that it may import."""

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"operation", "language"}),
    frozenset({"proxy", "firewall", "catalogue", "as_system", "root_lists", "ownership", "self_check"}),
    frozenset({"defender"}),
    frozenset({"publisher_evidence"}),
    frozenset({"probes", "journal"}),
    frozenset({"host"}),
    frozenset({"diagnosis", "detection", "ctl", "update_sources"}),
    frozenset({"remediation"}),
)
"""The packages of `_domain` from the ground; each imports only floors below its own. `remediation` uses every other."""
REPORT_READS = {"remediation", "diagnosis", "language", "operation"}
"""The packages of `_domain` that `_report` imports."""
MOST_ENTRIES = 20
"""Entries of `_domain`."""
MOST_FILES = 12
"""Python files of a package of `_domain`."""

INTERPRETER = {"batch", "builtins", "builtins.flow", "entry", "interpreter", "loops"}
"""Modules of winsim's cmd.exe that call each other: a line runs a batch file, which runs lines."""

ANSIBLE = {"ansible", "ansible_collections"}
CLIENTS = {"winrm", "requests", "urllib3", "pypsrp", "spnego", "xmltodict", "yaml"}
IO_OF_PYTHON = {
    "socket", "ssl", "subprocess", "http", "urllib", "asyncio", "threading", "multiprocessing", "time", "os",
}  # fmt: skip

FORBIDDEN: dict[str, set[str]] = {
    "_domain": ANSIBLE | CLIENTS | IO_OF_PYTHON,
    "_report": ANSIBLE | CLIENTS | (IO_OF_PYTHON - {"urllib"}),  # it quotes parts of a URL
    "_windows": ANSIBLE | CLIENTS | IO_OF_PYTHON,
    "_remote": ANSIBLE,
    "_ansible": CLIENTS,
    "_facade": ANSIBLE | CLIENTS | IO_OF_PYTHON,
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


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree but for those that only type checkers see."""
    yield node
    hidden = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    for child in node.orelse if hidden and isinstance(node, ast.If) else ast.iter_child_nodes(node):
        yield from executed(child)


def imports(
    source: str, dotted: str, package: bool, nodes: Callable[[ast.AST], Iterator[ast.AST]] = ast.walk
) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that a source imports; `dotted` is its own path in the collection.

    A name inside this collection starts with the collection's own name.
    """
    own = [*PACKAGE, *dotted.split(".")]
    for node in nodes(ast.parse(source)):
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


def domain_package(dotted: str) -> str | None:
    """The package of `_domain` that a path belongs to, or its module that is one by itself."""
    below = f"{UTILS}._domain."
    return dotted.removeprefix(below).partition(".")[0] if dotted.startswith(below) else None


def floor_of(package: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if package in floor)


def facade_of(dotted: str) -> str | None:
    """The package by whose facade others reach what lies at a path; None: it has none.

    Each module of `_windows` is a subject of its own, so that layer has no facade.
    """
    part = part_of(dotted)
    if part == "_domain":
        return f"{UTILS}._domain.{domain_package(dotted)}" if domain_package(dotted) else None
    if part == "_ansible":
        return f"{UTILS}._ansible.sweep" if dotted.startswith(f"{UTILS}._ansible.sweep") else f"{UTILS}._ansible"
    return f"{UTILS}.{part}" if part in ("_report", "_remote") else None


def inside(dotted: str, package: str) -> bool:
    return dotted == package or dotted.startswith(f"{package}.")


def breaches(source: str, dotted: str, package: bool = False) -> list[str]:
    """Imports of a source of the plugins that go up a floor of `_domain`, or past a facade; one line each."""
    own = domain_package(dotted)
    found = []
    for line, name in imports(source, dotted, package):
        segments = name.split(".")
        if tuple(segments[: len(PACKAGE)]) != PACKAGE:
            continue
        target = ".".join(segments[len(PACKAGE) :])
        theirs = domain_package(target)
        if own and theirs and own != theirs and floor_of(theirs) >= floor_of(own):
            found.append(f"{dotted}:{line}: {own} imports {theirs}")
        if part_of(dotted) == "_report" and theirs and theirs not in REPORT_READS:
            found.append(f"{dotted}:{line}: _report imports {theirs}")
        facade = facade_of(target)
        # what comes below a facade is a name that it exports; more segments go past it
        deep = facade is not None and target.count(".") > facade.count(".") + 1
        if facade and deep and not inside(dotted, facade):
            found.append(f"{dotted}:{line}: goes past the facade {facade}")
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


def test_the_floors_of_the_domain_and_the_facades_hold() -> None:
    found = [line for dotted, package, path in sources() for line in breaches(path.read_text("utf-8"), dotted, package)]
    assert found == []


def test_every_package_of_the_domain_has_a_floor_and_is_small() -> None:
    domain = ROOT / "plugins" / "plugin_utils" / "_domain"
    entries = {path.stem for path in domain.iterdir() if path.name not in ("__init__.py", "__pycache__")}
    assert entries == frozenset().union(*FLOORS)
    assert len(entries) < MOST_ENTRIES
    sizes = {path.name: len(list(path.glob("*.py"))) for path in domain.iterdir() if path.is_dir()}
    assert {name: size for name, size in sizes.items() if size > MOST_FILES} == {}


def test_the_page_on_the_architecture_has_the_same_floors() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"(?m)^\| (\d) \| (`[^|]*`) \|", page)
    assert {int(number): set(re.findall(r"`(\w+)`", packages)) for number, packages in rows} == dict(
        enumerate(FLOORS, 1)
    )


def test_nothing_of_the_plugins_imports_in_a_circle() -> None:
    """Of modules, and so of packages too; what a module asks of a facade is asked of the module behind the name."""
    assert circular({dotted: imported_modules(dotted) for dotted in FILES if dotted.startswith("plugins.")}) == set()


def test_nothing_of_winsim_imports_in_a_circle_but_the_interpreter_of_cmd() -> None:
    found = circular({dotted: imported_modules(dotted) for dotted in FILES if dotted.startswith("winsim")})
    assert found == {f"winsim.tools.cmd.{name}" for name in INTERPRETER}


def circular(below: dict[str, set[str]]) -> set[str]:
    """What is left once all is gone that imports nothing of the rest, or that nothing of the rest imports."""
    left = set(below)
    while True:
        used = {name for one in left for name in below[one] - {one}}
        ends = {one for one in left if one not in used or not below[one] & left - {one}}
        if not ends:
            return left
        left -= ends


FILES = {dotted: (package, path) for dotted, package, path in sources()}


def exports(dotted: str) -> dict[str, str]:
    """Name -> module of the names that a facade exports, as its table for type checkers says."""
    _package, path = FILES[dotted]
    return {
        alias.name: f"{dotted}.{node.module or alias.name}"
        for block in ast.parse(path.read_text("utf-8")).body
        if isinstance(block, ast.If)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def imported_modules(dotted: str) -> set[str]:
    """The modules of this collection that a module needs to be imported; a facade of the plugins needs none."""
    package, path = FILES[dotted]
    found = set()
    for _line, name in imports(path.read_text("utf-8"), dotted, package, executed):
        target = name.removeprefix(".".join(PACKAGE) + ".")
        above, _dot, last = target.rpartition(".")
        if target in FILES:
            found.add(target)
        elif above in FILES:
            found.add(exports(above).get(last, above) if FILES[above][0] else above)
    return set() if package and dotted.startswith("plugins.") else found


def test_facades_promise_type_checkers_what_they_load() -> None:
    facades = {facade_of(dotted) for dotted in FILES} - {None}
    assert len(facades) > 15
    for dotted in sorted(one for one in facades if one and FILES.get(one, (False,))[0]):
        module = import_module(".".join((*PACKAGE, dotted)))
        table = exports(dotted)
        for name, home in table.items():
            loaded = getattr(module, name)
            expected = import_module(".".join((*PACKAGE, home)))
            assert loaded is (expected if home == f"{dotted}.{name}" else getattr(expected, name)), f"{dotted}: {name}"
        assert set(table) == loaded_names(dotted), dotted


def loaded_names(dotted: str) -> set[str]:
    """What the table for `lazy_exports` in a facade names."""
    calls = [
        node
        for node in ast.walk(ast.parse(FILES[dotted][1].read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy_exports"
    ]
    return {name for call in calls for names in ast.literal_eval(call.args[1]).values() for name in names.split()}


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
        ("plugins.plugin_utils._domain.host", "from .._ansible.driver import drive", "_domain imports _ansible"),
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
        "import re\nfrom collections.abc import Mapping\nfrom ..._windows import netsh\nfrom ..operation import Ask\n"
    )
    assert violations(source, "plugins.plugin_utils._domain.proxy.change") == []
