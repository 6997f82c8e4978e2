"""What a sweep leaves of Ansible's plugin loader."""

from __future__ import annotations

from ansible.plugins.loader import connection_loader
from ansible_collections.windefend.maps.plugins.plugin_utils._task.connections import plugins_listed_once


def test_the_plugins_are_listed_once_and_the_loader_is_as_before_afterwards() -> None:
    before = list(connection_loader.all(path_only=True))
    method = connection_loader.all
    with plugins_listed_once():
        assert [list(connection_loader.all(path_only=True)) for _unused in range(2)] == [before, before]
        assert {one.__name__ for one in connection_loader.all(class_only=True)} == {"Connection"}
    assert connection_loader.all == method
    assert "all" not in vars(connection_loader)
    assert before
