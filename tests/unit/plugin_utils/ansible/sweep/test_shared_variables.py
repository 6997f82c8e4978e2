"""What a sweep lets Ansible make once, and that Ansible is as before afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.constants import config
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible.vars.manager import VariableManager
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.shared_variables import (
    MOST_DECIDED,
    _Option,
    magic_variables_made_once,
    options_decided_once,
    plugins_listed_once,
)

HOSTS = [f"pc-{number}" for number in range(5)]


def test_the_plugins_are_listed_once_and_the_loader_is_as_before_afterwards() -> None:
    before = list(connection_loader.all(path_only=True))
    method = connection_loader.all
    with plugins_listed_once():
        assert [list(connection_loader.all(path_only=True)) for _unused in range(2)] == [before, before]
        assert {one.__name__ for one in connection_loader.all(class_only=True)} == {"Connection"}
    assert connection_loader.all == method
    assert "all" not in vars(connection_loader)
    assert before


@pytest.fixture
def ansible() -> dict[str, Any]:
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[",".join(HOSTS) + ","])
    manager = VariableManager(loader=loader, inventory=inventory)
    for number, name in enumerate(HOSTS):
        inventory.get_host(name).set_variable("ansible_host", f"127.0.0.{number}")
    play = Play.load({"hosts": "all", "name": "a play", "vars": {"common": "yes"}}, manager, loader)
    return {"inventory": inventory, "manager": manager, "play": play}


def _variables(ansible: dict[str, Any], name: str, hosts: list[str]) -> dict[str, Any]:
    found = ansible["manager"].get_vars(
        play=ansible["play"], host=ansible["inventory"].get_host(name), _hosts=hosts, _hosts_all=HOSTS
    )
    return {key: value for key, value in found.items() if key not in ("hostvars", "vars")}


def test_each_host_has_the_variables_that_ansible_gives_it(ansible: dict[str, Any]) -> None:
    """Whatever Ansible puts among the magic variables must not depend on the host: this fails when that changes."""
    batch = HOSTS[:3]
    wanted = {name: _variables(ansible, name, batch) for name in HOSTS}
    with magic_variables_made_once(ansible["manager"], batch):
        found = {name: _variables(ansible, name, batch) for name in HOSTS}
        other = _variables(ansible, HOSTS[0], HOSTS[1:])
    assert found == wanted
    assert found["pc-1"]["ansible_host"] == "127.0.0.1"
    assert found["pc-1"]["ansible_play_batch"] == batch
    assert other["ansible_play_batch"] == HOSTS[1:]
    assert "_get_magic_variables" not in vars(ansible["manager"])


def test_what_a_host_makes_of_its_variables_no_other_host_sees(ansible: dict[str, Any]) -> None:
    with magic_variables_made_once(ansible["manager"], HOSTS):
        _variables(ansible, "pc-0", HOSTS)["ansible_play_name"] = "another"
        assert _variables(ansible, "pc-1", HOSTS)["ansible_play_name"] == "a play"


def test_they_are_made_once(ansible: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """This fails where an ansible-core asks for them in another way, and the saving is gone."""
    original, calls = VariableManager._get_magic_variables, []

    def counted(*args: Any, **options: Any) -> dict[str, Any]:
        calls.append(options)
        return dict(original(*args, **options))

    monkeypatch.setattr(VariableManager, "_get_magic_variables", counted)
    with magic_variables_made_once(ansible["manager"], HOSTS):
        for name in HOSTS:
            _variables(ansible, name, HOSTS)
    assert len(calls) == 1


def test_an_ansible_without_them_is_left_alone() -> None:
    with magic_variables_made_once(object(), HOSTS):
        pass


PORT, PASSWORD = 5985, "Common-1"
VARIABLES: list[dict[str, Any]] = [
    {"ansible_port": PORT, "ansible_password": PASSWORD, "inventory_hostname": "one"},
    {"ansible_port": PORT, "ansible_password": PASSWORD, "inventory_hostname": "two", "ansible_host": "192.0.2.2"},
    {"ansible_port": PORT, "ansible_password": PASSWORD, "inventory_hostname": "three", "ansible_host": "192.0.2.3"},
    {"ansible_port": PORT, "inventory_hostname": "four"},
    {"ansible_port": 5999, "ansible_winrm_password": "Own", "ansible_password": PASSWORD, "inventory_hostname": "five"},
    {"ansible_port": PORT, "ansible_password": PASSWORD, "ansible_winrm_transport": "ntlm", "inventory_hostname": "6"},
]
KEYS: list[dict[str, Any]] = [
    {"remote_user": "typed", "port": None, "timeout": 10},
    {"remote_user": "another", "port": None, "timeout": 10, "password": "Typed"},
]


def _options(variables: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    connection = connection_loader.get("winrm", PlayContext())
    connection.set_options(task_keys=keys, var_options={**variables, "_extras": {}})
    return dict(connection.get_options())


def test_each_connection_has_the_options_that_ansible_gives_it() -> None:
    wanted = [_options(variables, keys) for variables in VARIABLES for keys in KEYS]
    with options_decided_once():
        found = [_options(variables, keys) for variables in VARIABLES for keys in KEYS]
        again = [_options(variables, keys) for variables in VARIABLES for keys in KEYS]
    assert found == again == wanted
    assert [one["remote_password"] for one in wanted[::2]] == [PASSWORD] * 3 + [None, "Own", PASSWORD]
    assert wanted[7]["remote_password"] == "Typed"
    assert "get_config_value_and_origin" not in vars(config)


def test_an_option_is_decided_once_where_the_same_values_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    original, calls = type(config).get_config_value_and_origin, []

    def counted(self: Any, name: str, **given: Any) -> Any:
        calls.append(name)
        return original(self, name, **given)

    monkeypatch.setattr(type(config), "get_config_value_and_origin", counted)
    with options_decided_once():
        for number in range(3 * MOST_DECIDED):
            _options({"ansible_password": PASSWORD, "ansible_host": f"192.0.2.{number}"}, KEYS[0])
        assert calls.count("remote_password") == calls.count("port") == 1
        assert calls.count("remote_addr") == 3 * MOST_DECIDED
        first, second = (_options({"ansible_winrm_transport": "ntlm"}, KEYS[0])["transport"] for _unused in range(2))
        first.append("kerberos")
    assert second == ["ntlm"], "a list is no other connection's"


def test_a_default_that_is_a_template_comes_out_for_each_host() -> None:
    option = _Option("where", {"default": "{{ inventory_hostname }}", "vars": [{"name": "ansible_where"}]})
    assert [option.decided({}, {}, lambda name=name: (name, "default"))[0] for name in HOSTS] == HOSTS
