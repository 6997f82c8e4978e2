"""The password of the command line where Ansible does not hand it over: no host gets another's in its place."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import context
from ansible.executor.process import worker
from ansible.playbook.play_context import PlayContext
from ansible.utils.context_objects import CLIArgs
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.command_line import CommandLine


class Connection:
    def __init__(self, **options: Any) -> None:
        self.option_definitions = self._options = options

    def get_option(self, name: str) -> Any:
        return self._options[name]


class Worker:
    def __init__(self, play_context: Any) -> None:
        self._play_context = play_context


def of_a_host() -> PlayContext:
    """As the executor leaves it: with the host's address and password."""
    made = PlayContext(passwords={"conn_pass": "Of-the-first-host"})
    made.remote_addr = "192.0.2.1"
    return made


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(current: Any, **options: Any) -> CommandLine:
        monkeypatch.setattr(context, "CLIARGS", CLIArgs({"verbosity": 0, **options}))
        monkeypatch.setattr(worker, "current_worker", current)
        return CommandLine.of(None)

    return make


def test_the_workers_own_context_has_what_was_typed(command_line: Any) -> None:
    typed = PlayContext(passwords={"conn_pass": "Typed"})
    found = command_line(Worker(typed), ask_pass=True)
    assert found == CommandLine(typed, password_unknown=False)
    found.demand_password(Connection(remote_password=None))


@pytest.mark.parametrize("current", [None, Worker(None), Worker(of_a_host()), object()])
@pytest.mark.parametrize("options", [{"ask_pass": True}, {"connection_password_file": "file"}])
def test_without_it_hosts_without_a_password_are_refused(
    command_line: Any, current: Any, options: dict[str, Any]
) -> None:
    found = command_line(current, **options, timeout=44)
    assert not found.play_context.password
    assert found.play_context.timeout == 44, "options of the command line are known all the same"
    for own in ({"remote_password": "own"}, {"password": "own"}):
        found.demand_password(Connection(**own))
    for none in ({"remote_password": None}, {"remote_password": ""}, {"password": None}, {}):
        with pytest.raises(LookupError, match=r"(?s)--ask-pass.*ansible_password.*maps_use_sweep=false"):
            found.demand_password(Connection(**none))


@pytest.mark.parametrize("current", [None, Worker(of_a_host())])
def test_where_none_was_typed_none_is_missing(command_line: Any, current: Any) -> None:
    found = command_line(current)
    assert not found.play_context.password
    found.demand_password(Connection(remote_password=None))
