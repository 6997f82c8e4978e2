"""What Ansible makes for the variables of each host although it is the same for all of them, made once in a sweep.

The process is a worker of one task alone, so nothing else sees the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible.plugins.loader import connection_loader


@contextmanager
def plugins_listed_once() -> Iterator[None]:
    """The connection plugins in their folders: a fifth of what `Connections.open` costs (measured)."""
    all_of_them = connection_loader.all
    paths = list(all_of_them(path_only=True))

    def remembered(*args: Any, **options: Any) -> Iterator[Any]:
        return iter(paths) if not args and options == {"path_only": True} else all_of_them(*args, **options)

    connection_loader.all = remembered
    try:
        yield
    finally:
        del connection_loader.all


@contextmanager
def magic_variables_made_once(manager: Any, hosts: list[str]) -> Iterator[None]:
    """The magic variables that Ansible's VariableManager makes when it is given these hosts for a play's: no host's own
    are among them, but the lists of all hosts are, so the cost of each host grows with their number."""
    make = getattr(manager, "_get_magic_variables", None)
    if make is None:
        yield
        return
    made: dict[str, Any] = {}

    def remembered(*args: Any, **options: Any) -> dict[str, Any]:
        if args or options.get("_hosts") is not hosts:
            return dict(make(*args, **options))
        if not made:
            made.update(make(**options))
        return dict(made)

    manager._get_magic_variables = remembered
    try:
        yield
    finally:
        del manager._get_magic_variables
