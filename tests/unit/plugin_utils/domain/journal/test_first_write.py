"""What is found out before the first write of a journal or a rollback, and what is said of a failure after it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import writer as journal_writer
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.intents import ValueIntent
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.places import Change, RegistryValue
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Ask,
    HostError,
    Operation,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    Journal,
    MortalHost,
    changed,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

REQUEST = proxy_change.ProxySettings("p.example:3128", "p.example:3128", ("<local>",))


def test_a_place_outside_the_table_is_refused_before_anything_is_sent(host: MortalHost, journal_of: Journal) -> None:
    place = RegistryValue(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run", "x")

    def operation() -> Operation[None]:
        change = Change(place, ValueIntent())
        yield Ask({"write": registry.add(place.key, place.name, "REG_SZ", "x")}, changes={"write": (change,)})

    before = state(host.machine)
    writer = journal_of.writer("spynet")
    with pytest.raises(HostError, match=r"does not change .*bug in the collection"):
        run_operation(host, journal_writer.journaled(operation(), writer))
    assert changed(before, host.machine) == []
    assert not journal_of.store.path.exists()


class Breaks(MortalHost):
    """Loses the connection at the second line that changes something, which arrives all the same."""

    def run(self, line: str, **options: Any) -> Any:
        done = super().run(line, **options)
        if self.changing >= 2:
            raise Unreachable("pc: the connection broke")
        return done


def test_what_fails_after_the_first_write_says_that_something_may_have_changed(
    host: MortalHost, journal_of: Journal
) -> None:
    clean = state(host.machine)
    journal_of.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    journal_of.drive(host, spynet_operation(ssl_options=2))
    with pytest.raises(HostError, match=r"connection broke.*had already started.*may have changed") as broke:
        journal_of.rollback(Breaks(host.machine))
    details = broke.value.details
    assert details["before"] != details["after"], "so the task says that it changed something"
    assert [one["what"] for one in details["before"]]
    journal_of.rollback(host)
    assert changed(clean, host.machine) == []


def test_what_cannot_be_carried_is_refused_before_the_first_line(
    host: MortalHost, journal_of: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal_of.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    journal_of.drive(host, spynet_operation(ssl_options=2))
    before = state(host.machine)

    def carried_not(*_arguments: Any, **_options: Any) -> Any:
        raise registry.CannotCarry("it cannot be carried")

    with monkeypatch.context() as patch:
        patch.setattr(registry, "delete_value", carried_not)
        with pytest.raises(HostError, match="nothing was changed: it cannot be carried"):
            journal_of.rollback(host)
    assert changed(before, host.machine) == []


def test_what_no_line_could_write_back_is_not_changed(host: MortalHost, journal_of: Journal) -> None:
    host.machine.registry.set(spynet.POLICY, "SSLOptions", ValueType.BINARY, bytes(4050))
    before = state(host.machine)
    with pytest.raises(HostError, match=r"could not be restored exactly.*the command line has"):
        journal_of.drive(host, spynet_operation(ssl_options=3))
    assert changed(before, host.machine) == []
