"""What a sweep lets Ansible make once, and that Ansible is as before afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.plugins.loader import connection_loader
from ansible.vars.manager import VariableManager
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.shared_variables import (
    magic_variables_made_once,
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
