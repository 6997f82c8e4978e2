"""The connections of other hosts than a task's own, set up as Ansible sets them up for a task on each of them.

Ansible gives an action the connection of one host. For the others the same is done here as in its task_executor, with
the same keys and variables: so that play and task variables count as well, and what was said on the command line
(`-u`, `-k`, `-e`). All of this belongs to the main thread; the connections may then be used in others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.constants import config
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader

from .made_once import magic_variables_made_once, plugins_listed_once

_OF_THE_TASK = ("remote_user", "port", "connection")
"""Keywords of a task that decide a connection. A play may write a template there, and each host's own counts."""


class Connections:
    """Makes the connections of an action's play."""

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._task = action._task
        self._play_context = action._play_context
        self._templar = action._templar
        hostvars = task_vars["hostvars"]
        self._inventory = hostvars._inventory
        self._variable_manager = hostvars._variable_manager
        self._play = _play_of(self._task)
        self.batch: list[str] = list(task_vars["ansible_play_batch"])
        """The hosts of the play that are in this batch and still there."""
        self._all: list[str] = list(task_vars["ansible_play_hosts_all"])
        self._keys = dict(self._task.dump_attrs())
        self._keys.pop("retries", None)
        self._keys["timeout"] = self._play_context.timeout
        if self._play_context.password:
            self._keys["password"] = self._play_context.password
        self._templates = {
            name: raw for name in _OF_THE_TASK if self._templar.is_template(raw := _raw(self._task, name))
        }

    def groups(self, name: str) -> list[str]:
        """The inventory groups of a host."""
        host = self._inventory.get_host(name)
        return [group.name for group in host.get_groups()] if host is not None else []

    def unknown_groups(self, names: Mapping[str, Any]) -> list[str]:
        """Which of these names no group of the inventory has."""
        return [name for name in names if name not in self._inventory.groups]

    def open(self, name: str) -> tuple[Any, bool]:
        """A host's connection, options set but not connected, and whether it is told to become. Raises AnsibleError."""
        variables = self._variable_manager.get_vars(
            play=self._play,
            host=self._inventory.get_host(name),
            task=self._task,
            _hosts=self.batch,
            _hosts_all=self._all,
        )
        with self._variables(variables):
            keys = {**self._keys, **{key: self._templar.template(raw) for key, raw in self._templates.items()}}
            wanted = variables.get("ansible_connection")
            plugin = keys["connection"] if wanted is None else self._templar.template(wanted)
            become = variables.get("ansible_become")
            becomes = bool(self._task.become) if become is None else boolean(self._templar.template(become))
            connection = connection_loader.get(plugin, self._play_context)
            if connection is None:
                raise LookupError(f"the connection plugin '{plugin}' was not found")
            connection.set_options(task_keys=keys, var_options=self._options(connection, variables))
        return connection, becomes

    def _options(self, connection: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The variables that a connection plugin reads, templated; `_extras` holds those it passes on."""
        if hasattr(connection, "_resolve_option_variables"):  # ansible-core 2.19 and later
            return dict(connection._resolve_option_variables(variables, self._templar))
        named = set(config.get_plugin_vars("connection", connection._load_name))
        prefix = f"ansible_{connection.extras_prefix}_" if getattr(connection, "allow_extras", False) else None
        extras = [key for key in variables if prefix and key.startswith(prefix) and key not in named]
        return {
            **{key: self._templar.template(variables[key]) for key in named if key in variables},
            "_extras": {key: self._templar.template(variables[key]) for key in extras},
        }

    @contextmanager
    def _variables(self, variables: dict[str, Any]) -> Iterator[None]:
        before = self._templar.available_variables
        self._templar.available_variables = variables
        try:
            yield
        finally:
            self._templar.available_variables = before

    @contextmanager
    def made_once(self) -> Iterator[None]:
        """Lets Ansible make once, while this lasts, what it otherwise makes for each host although it is the same."""
        with plugins_listed_once(), magic_variables_made_once(self._variable_manager, self.batch):
            yield


def _play_of(task: Any) -> Any:
    parent = task._parent
    while parent is not None:
        play = getattr(parent, "_play", None)
        if play is not None:
            return play
        parent = getattr(parent, "_parent", None)
    return None


def _raw(task: Any, name: str) -> Any:
    """A keyword as it was written: Ansible has put the first host's value in the task's place."""
    written = task.get_ds()
    if isinstance(written, Mapping) and name in written:
        return written[name]
    return getattr(task._parent, name, None)
