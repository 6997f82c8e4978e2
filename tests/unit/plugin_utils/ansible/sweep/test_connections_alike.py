"""Hosts that differ in nothing but the address share the making of their play context, and nothing else."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
import yaml
from ansible import context
from ansible.executor.process import worker
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible.utils.context_objects import CLIArgs
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.connections import Connections

COMMON = {"ansible_connection": "winrm", "ansible_user": "common", "ansible_port": 5985}
HOSTS: dict[str, dict[str, Any]] = {
    "one": {"ansible_host": "192.0.2.1"},
    "two": {"ansible_host": "192.0.2.2"},
    "by-name": {},
    "templated": {"ansible_host": "{{ where }}", "where": "192.0.2.3"},
    "odd": {"ansible_host": "inventory_hostname"},
    "own": {"ansible_host": "192.0.2.4", "ansible_password": "Own"},
    "null": {"ansible_host": "192.0.2.5", "ansible_password": None},
    "no-timeout": {"ansible_host": "192.0.2.7", "ansible_timeout": None},
    "three": {"ansible_host": "192.0.2.6"},
}


class Action:
    def __init__(self, task: Any, templar: Templar) -> None:
        self._task = task
        self._templar = templar


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often Ansible was asked for a play context."""
    calls: list[int] = []
    original = PlayContext.set_task_and_variable_override

    def counted(self: PlayContext, *args: Any) -> Any:
        calls.append(1)
        return original(self, *args)

    monkeypatch.setattr(PlayContext, "set_task_and_variable_override", counted)
    return calls


@pytest.fixture
def opened(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"verbosity": 0}))
    monkeypatch.setattr(worker, "current_worker", None)
    monkeypatch.setattr(connection_loader, "get", lambda _name, made: Connection(made))

    def open_all(hosts: dict[str, dict[str, Any]], **common: Any) -> dict[str, PlayContext]:
        path = tmp_path / "hosts.yml"
        path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {**COMMON, **common}}}, sort_keys=False))
        loader = DataLoader()
        inventory = InventoryManager(loader=loader, sources=[str(path)])
        manager = VariableManager(loader=loader, inventory=inventory)
        play = Play.load({"hosts": "all", "tasks": [{"debug": {}}]}, manager, loader)
        [[task]] = [block.block for block in play.compile() if block.block and block.block[0].action.endswith("debug")]
        hostvars = HostVars(inventory, manager, loader)
        action: Any = Action(task, Templar(loader=loader))
        variables = {"hostvars": hostvars, "ansible_play_batch": [*hosts], "ansible_play_hosts_all": [*hosts]}
        connections = Connections(action, variables)
        return {name: connections.open(name)[0].play_context for name in hosts}

    return open_all


class Connection:
    """Keeps the play context that it is made with."""

    option_definitions: tuple[str, ...] = ()

    def __init__(self, made: PlayContext) -> None:
        self.play_context = made

    def _resolve_option_variables(self, variables: dict[str, Any], once: Any) -> dict[str, Any]:
        return {name: once.template(variables[name]) for name in ("ansible_user", "ansible_port")}

    def set_options(self, **_options: Any) -> None:
        pass


def said(context: PlayContext) -> dict[str, Any]:
    return {name: getattr(context, name) for name in context.fattributes}


def test_each_has_what_it_would_have_alone(opened: Any, made: list[int]) -> None:
    found = opened(HOSTS, ansible_password="Common")
    assert sum(made) < len(HOSTS), "alike hosts are not made alike"
    alone = {name: opened({name: own}, ansible_password="Common")[name] for name, own in HOSTS.items()}
    for name in HOSTS:
        assert said(found[name]) == said(alone[name]), name
    assert [found[name].remote_addr for name in ("one", "two", "by-name", "templated", "odd", "three")] == [
        "192.0.2.1", "192.0.2.2", "by-name", "192.0.2.3", "odd", "192.0.2.6"
    ]  # fmt: skip
    assert [found[name].password for name in ("one", "own", "null", "three")] == ["Common", "Own", None, "Common"]


def test_each_has_a_context_of_its_own(opened: Any, made: list[int]) -> None:
    found = opened({name: HOSTS[name] for name in ("one", "two", "three")})
    assert len(made) == 1
    assert len({id(one) for one in found.values()}) == 3
    found["one"].password = "Written later"
    assert {one.password for name, one in found.items() if name != "one"} == {""}


@pytest.mark.parametrize("keyword", ["ansible_password", "ansible_user", "ansible_port", "ansible_timeout"])
def test_a_template_comes_out_for_each_host(opened: Any, keyword: str) -> None:
    """It is one and the same value of the group for all of them."""
    hosts = {f"pc-{number}": {"own": number} for number in range(70, 75)}
    found = opened(hosts, **{keyword: "{{ own }}"})
    attribute = keyword.removeprefix("ansible_").replace("user", "remote_user", 1)
    assert [str(getattr(found[name], attribute)) for name in hosts] == [str(one["own"]) for one in hosts.values()]


def test_passwords_of_their_own_stay_with_their_hosts(opened: Any, made: list[int]) -> None:
    hosts = {f"pc-{number}": {"ansible_password": f"Own-{number}"} for number in range(150)}
    found = opened(hosts)
    assert len(made) == len(hosts)
    assert [found[name].password for name in hosts] == [own["ansible_password"] for own in hosts.values()]
