"""Facades that load a module of their package when a name of it is first asked for.

Each host's worker pays for what an action imports, so a package must not bring all its modules along (PEP 562).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_exports(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package that exports names of its modules.

    :param package: the package's `__name__`.
    :param modules: module -> the names that it exports, between blanks; its own name stands for the module itself.
    """
    homes = {name: module for module, names in modules.items() for name in names.split()}

    def load(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{home}")
        return module if name == home else getattr(module, name)

    return load
