"""What Ansible makes for the variables of each host although it is the same for all of them, made once in a sweep.

The process is a worker of one task alone, so nothing else sees the difference.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.constants import config
from ansible.plugins.loader import connection_loader

MOST_DECIDED = 16
"""Values of one option that are remembered; where each host has its own, none of them is worth it."""


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


@contextmanager
def options_decided_once() -> Iterator[None]:
    """The options of connections, of which most come from the very same variables and keywords for all hosts."""
    decide = config.get_config_value_and_origin
    known: dict[tuple[Any, str], _Option] = {}

    def remembered(name: str, *args: Any, **given: Any) -> Any:
        variables, keys, plugin = given.get("variables"), given.get("keys"), given.get("plugin_name")
        if (
            args
            or given.get("plugin_type") != "connection"
            or given.get("direct")
            or given.get("templar")
            or not (variables and keys)
        ):
            return decide(name, *args, **given)
        option = known.get((plugin, name))
        if option is None:
            definitions = config.get_configuration_definitions(plugin_type="connection", name=plugin)
            option = known[plugin, name] = _Option(name, definitions.get(name) or {})
        return option.decided(variables, keys, lambda: decide(name, **given))

    config.get_config_value_and_origin = remembered
    config.get_plugin_vars = functools.cache(config.get_plugin_vars)
    try:
        yield
    finally:
        del config.get_config_value_and_origin
        del config.get_plugin_vars


class _Option:
    """An option of a plugin. Beside variables and keywords only what is the same for the whole process decides it."""

    def __init__(self, name: str, definition: Mapping[str, Any]) -> None:
        self._variables = [one["name"] for one in definition.get("vars") or ()]
        self._keys = [*(one["name"] for one in definition.get("keyword") or ()), name, *definition.get("aliases", ())]
        self._known: dict[tuple[int, ...], tuple[list[Any], Any]] | None = {}
        """By the identities of what decides, which goes along to live."""
        if "{" in str(definition.get("default")):  # a template
            self._known = None

    def decided(self, variables: Mapping[str, Any], keys: Mapping[str, Any], decide: Callable[[], Any]) -> Any:
        """Value and origin."""
        if self._known is None:
            return decide()
        decisive = [*map(variables.get, self._variables), *map(keys.get, self._keys)]
        key = tuple(map(id, decisive))
        known = self._known.get(key)
        if known is not None:
            return known[1]
        found = decide()
        if found[0] is None or isinstance(found[0], (str, int, float)):  # the others could be changed
            if len(self._known) >= MOST_DECIDED:
                self._known.clear()
            self._known[key] = decisive, found
        return found
