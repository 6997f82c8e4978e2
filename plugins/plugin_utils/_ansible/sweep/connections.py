"""The connections of other hosts than a task's own, set up as Ansible sets them up for a task on each of them.

Ansible gives an action the connection of one host. For the others the same is done here as in its task_executor, with
the same keys and variables: so that play and task variables count as well, and what was said on the command line
(`-u`, `-k`, `-e`). All of this belongs to the main thread; the connections may then be used in others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.constants import MAGIC_VARIABLE_MAPPING
from ansible.errors import AnsibleValueOmittedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.play_context import TASK_ATTRIBUTE_OVERRIDES, PlayContext
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader

from ..carriers import WORKING, options_of
from .command_line import CommandLine
from .shared_variables import magic_variables_made_once, options_decided_once, plugins_listed_once

_OF_THE_TASK = {"port", *TASK_ATTRIBUTE_OVERRIDES}
"""Keywords of a task that decide a connection. A play may write a template there, and each host's own counts."""
_ADDRESS: tuple[str, ...] = MAGIC_VARIABLE_MAPPING["remote_addr"]
_DECISIVE = sorted({one for names in MAGIC_VARIABLE_MAPPING.values() for one in names} - {*_ADDRESS})
"""The variables that decide a play context, but for the address."""
_ABSENT = object()
_MOST_ALIKE = 64
"""Play contexts that are kept to be copied: groups of hosts that differ in more than the address."""
DELEGATED = (
    "delegate_to cannot be used with a sweep, which connects to all hosts of the play itself. Remove it from the "
    "task and from the block, role or play around it"
)


class _Once:
    """Templates each value of a host once: what its play context is made of, its plugin reads as well. What is the
    same for all hosts, because it is no template, it looks for in `constants` first."""

    def __init__(self, templar: Any, constants: dict[int, tuple[Any, Any]]) -> None:
        self._templar = templar
        self._constants = constants
        self._made: dict[int, tuple[Any, Any]] = {}
        """By identity: texts that are equal may differ in whether they are templates. The value goes along to live."""

    def template(self, value: Any) -> Any:
        if isinstance(value, str) and self.constant(value):
            return value
        made = self._constants.get(id(value)) or self._made.get(id(value))
        if made is None:
            made = value, self._templar.template(value)
            (self._constants if self.constant(value) else self._made)[id(value)] = made
        return made[1]

    def constant(self, value: Any) -> bool:
        """Whether a value comes out the same whatever the variables are."""
        if isinstance(value, str):
            return not self._templar.is_possibly_template(value)
        return value is None or value is _ABSENT or isinstance(value, (int, float))


class Connections:
    """Makes the connections of an action's play."""

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._task = action._task
        self._templar = action._templar
        hostvars = task_vars["hostvars"]
        self._inventory = hostvars._inventory
        self._variable_manager = hostvars._variable_manager
        self._play = _play_of(self._task)
        self.batch: list[str] = list(task_vars["ansible_play_batch"])
        """The hosts of the play that are in this batch and still there."""
        self._all: list[str] = list(task_vars["ansible_play_hosts_all"])
        self._command_line = CommandLine.of(self._play)
        self._constants: dict[int, tuple[Any, Any]] = {}
        self._alike: dict[tuple[int, ...], tuple[list[Any], PlayContext]] = {}
        """By the identities of the values that decide it, which go along to live."""
        self._written = copy.copy(self._task)
        self._templates: dict[str, str] = {}
        for name in _OF_THE_TASK & self._task.fattributes.keys():
            raw = _raw(self._task, name)
            setattr(self._written, name, raw)
            if isinstance(raw, str) and self._templar.is_template(raw):
                self._templates[name] = raw
        self._written.delegate_to = None  # where it comes to something for a host, that host is refused
        self._keys = dict(self._written.dump_attrs())
        self._keys.pop("retries", None)

    def groups(self, name: str) -> list[str]:
        """The inventory groups of a host."""
        host = self._inventory.get_host(name)
        return [group.name for group in host.get_groups()] if host is not None else []

    def unknown_groups(self, names: Mapping[str, Any]) -> list[str]:
        """Which of these names no group of the inventory has."""
        return [name for name in names if name not in self._inventory.groups]

    def open(self, name: str, wanted: Iterable[str] = ()) -> tuple[Any, bool, dict[str, Any]]:
        """A host's connection, options set but not connected, whether it uses become, and those of the `wanted`
        variables that it has. Raises AnsibleError."""
        variables = self._variable_manager.get_vars(
            play=self._play,
            host=self._inventory.get_host(name),
            task=self._task,
            _hosts=self.batch,
            _hosts_all=self._all,
        )
        with self._variables(variables):
            once = _Once(self._templar, self._constants)
            task = self._task_of(variables, once)
            context = self._context_of(name, variables, once)
            plugin = task.connection if variables.get("ansible_connection") is None else context.connection
            become = variables.get("ansible_become")
            becomes = bool(task.become) if become is None else boolean(once.template(become))
            connection = connection_loader.get(plugin, context)
            if connection is None:
                raise LookupError(f"the connection plugin '{plugin}' was not found. The connections {WORKING} work")
            keys = {**self._keys, **{key: getattr(task, key) for key in self._templates}, "timeout": context.timeout}
            if context.password:
                keys["password"] = context.password
            connection.set_options(task_keys=keys, var_options=options_of(connection, variables, once))
            given = {one: once.template(variables[one]) for one in wanted if one in variables}
        self._command_line.demand_password(connection)
        return connection, becomes, given

    def _task_of(self, variables: Mapping[str, Any], once: _Once) -> Any:
        """The task with its keywords as they come out for a host; `omit` leaves what the block or the play says."""
        if not self._templates:
            return self._written
        task = copy.copy(self._written)
        for name, raw in self._templates.items():
            self._validate(task, name, raw, variables, once)
        if task.delegate_to:
            raise LookupError(DELEGATED)
        return task

    def _context_of(self, name: str, variables: Mapping[str, Any], once: _Once) -> PlayContext:
        """What Ansible's task_executor makes for a host. Where the very same values decide it as for a host before, a
        copy with an address of its own."""
        address = next((variables[one] for one in _ADDRESS if one in variables), _ABSENT)
        decisive = [variables.get(one, _ABSENT) for one in _DECISIVE]
        key = tuple(map(id, decisive))
        known = self._alike.get(key) if address != "inventory_hostname" else None  # Ansible exchanges that one
        if known is not None:
            context = copy.copy(known[1])
            if address is not _ABSENT:
                self._validate(context, "remote_addr", address, variables, once)
        else:
            context = self._made_context(variables, once)
            if not self._templates and all(map(once.constant, decisive)):
                self._keep(key, decisive, context)
        if not context.remote_addr:
            context.remote_addr = self._inventory.get_host(name).address
        return context

    def _keep(self, key: tuple[int, ...], decisive: list[Any], context: PlayContext) -> None:
        if len(self._alike) >= _MOST_ALIKE:
            self._alike.clear()
        kept = self._alike[key] = decisive, copy.copy(context)
        kept[1].remote_addr = self._command_line.play_context.remote_addr

    def _made_context(self, variables: Mapping[str, Any], once: _Once) -> PlayContext:
        """The play's own, then the task's, then the host's variables."""
        common = self._command_line.play_context
        context = common.set_task_and_variable_override(self._written, variables, self._templar)
        for attribute, names in MAGIC_VARIABLE_MAPPING.items():
            if attribute in context.fattributes and (
                attribute in self._templates or any(one in variables for one in names)
            ):
                self._validate(context, attribute, getattr(context, attribute), variables, once)
        return context

    def _validate(self, target: Any, name: str, raw: Any, variables: Mapping[str, Any], once: _Once) -> None:
        """An attribute's `post_validate`: all of them for each host would cost a tenth of what the host costs."""
        omitted = variables.get("omit", _ABSENT)
        try:
            value = once.template(raw)
        except AnsibleValueOmittedError:
            value = omitted
        if value == omitted:
            target.set_to_context(name)
        elif value is None:
            setattr(target, name, None)
        else:
            setattr(target, name, target.get_validated_value(name, target.fattributes[name], value, self._templar))

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
        magic = magic_variables_made_once(self._variable_manager, self.batch)
        with plugins_listed_once(), magic, options_decided_once():
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
    """A keyword as it was written. Ansible has put what came of it for the first host into the task, and marked its
    parents so that they no longer hand on what is written around them; what is written nowhere has its default."""
    written = task.get_ds()
    if isinstance(written, Mapping) and name in written:
        return written[name]
    return task._get_parent_attribute(name, omit=True)
