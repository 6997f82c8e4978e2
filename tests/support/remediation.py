"""The repair on a simulated machine without wire and Ansible, with a journal, killed where a test wants."""

from __future__ import annotations

import datetime as dt
import itertools
import pathlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.journal_store import Store
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.rollback import RollbackRequest, rollback
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.seal import Seal
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.writer import (
    JournalWriter,
    Writer,
    journaled,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Answer,
    Ask,
    Operation,
    intercept,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import (
    history,
    remediate as remediation_remediate,
    request as remediation_request,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.request import RemediationRequest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Completed
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

T = TypeVar("T")
NOW = 1_800_000_000.0
LATER = NOW + 7200
"""When rollbacks run: what a killed run left behind counts as left behind after an hour."""
WITHOUT_PROXY = "2800000000000000010000000000000000000000"
"""What netsh writes to WinHttpSettings for a direct connection."""
PROXY = "proxy.corp.example:3128"
CHANGES = re.compile(
    r"reg (?:add|delete)|netsh \S+ (?:set|reset|import)|netsh advfirewall firewall (?:add|delete)|schtasks /(?!query)"
    r"|mkdir|\brd |icacls|copy |move |del |>(?!nul|&)"
)
"""Lines that may change a machine: to cut between two others is to cut before the next of these."""


SEAL = Seal(["0123456789abcdef" * 4])
MODULES = {
    "spynet": "spynet",
    "change": "winhttp_proxy",
    "own_proxy": "defender_proxy",
    "allow_rule": "firewall_rule",
    "root_lists": "root_update",
    "publisher_evidence": "publisher_evidence",
    "capi2_log": "capi2_log",
}
"""File of an operation -> the module that asks for it."""


class Killed(BaseException):
    """The controller is gone: nothing cleans up."""


class PromptHost(SimulatedHost):
    """Nobody waits: what was asked to run by a task runs with the next line."""

    def run(self, line: str, **options: Any) -> Completed:
        for task in self.machine.tasks.values():
            if task.due is not None:
                task.due = dt.datetime.min.replace(tzinfo=dt.UTC)
        return super().run(line, **options)


class FaultyHost(PromptHost):
    """A machine whose lines fail as a test says: `before` is asked before each is carried out, `after` when it was."""

    before: Callable[[str], Exception | None] = staticmethod(lambda _line: None)
    after: Callable[[str], Exception | None] = staticmethod(lambda _line: None)

    def run(self, line: str, **options: Any) -> Completed:
        error = self.before(line)
        if error is not None:
            self.lines.append(line)
            raise error
        completed = super().run(line, **options)
        error = self.after(line)
        if error is not None:
            raise error
        return completed


class MortalHost(PromptHost):
    """Kills the run at its `cut`th changing line, before it is carried out or after."""

    def __init__(self, on: Machine, cut: int = 0, carried_out: bool = False) -> None:
        super().__init__(on)
        self.cut, self.carried_out, self.changing = cut, carried_out, 0

    def run(self, line: str, **options: Any) -> Completed:
        counts = CHANGES.search(line) is not None
        self.changing += counts
        deadly = counts and self.changing == self.cut
        if deadly and not self.carried_out:
            raise Killed
        completed = super().run(line, **options)
        if deadly:
            raise Killed
        return completed


def one_by_one(operation: Operation[T]) -> Operation[T]:
    """Each command that changes in a line of its own, to cut a run between any two; those that read stay together."""
    return intercept(operation, _singly)


def hurried(operation: Operation[T], pauses: list[float] | None = None) -> Operation[T]:
    """The operation without its pauses, which are added to the list."""

    def carry(ask: Ask) -> Operation[Answer]:
        if ask.pause and pauses is not None:
            pauses.append(ask.pause)
        return (yield replace(ask, pause=0.0))

    return intercept(operation, carry)


def _singly(ask: Ask) -> Operation[Answer]:
    if ask.stdin is not None or not any(CHANGES.search(command.text) for command in ask.commands.values()):
        return (yield replace(ask, pause=0.0))
    outcomes: dict[str, Outcome] = {}
    truncated, skew = False, None
    # Commands that read stand together: one proves what another says.
    for _unused, group in itertools.groupby(ask.commands.items(), lambda one: CHANGES.search(one[1].text) or "reads"):
        answer = yield Ask(
            dict(group), timeout=ask.timeout, max_bytes=ask.max_bytes, retry_on_disconnect=ask.retry_on_disconnect
        )
        outcomes.update(answer.outcomes)
        truncated, skew = truncated or answer.truncated, answer.clock_skew
    return Answer(outcomes, truncated, skew)


class Journal:
    """A journal in a folder, and what is done with it on one host."""

    def __init__(self, folder: pathlib.Path, run: str = "run-1", address: str = "192.0.2.7", seal: Seal = SEAL) -> None:
        self.seal = seal
        self.store = Store(str(folder), address)
        self.run = run
        self.address = address

    def writer(self, module: str = "maps_connection") -> Writer:
        return Writer(
            run=self.run,
            module=module,
            host="pc",
            address=self.address,
            ledger=self.store,
            seal=lambda: self.seal,
            clock=lambda: dt.datetime.fromtimestamp(NOW, dt.UTC),
        )

    def journaled(self, operation: Operation[T]) -> Operation[T]:
        module = MODULES[pathlib.Path(operation.gi_code.co_filename).stem]
        return journaled(operation, self.writer(module))

    def drive(self, host: SimulatedHost, operation: Operation[T]) -> T:
        """An operation with this journal, each of its commands in a line of its own."""
        return run_operation(host, one_by_one(self.journaled(operation)))

    def rollback(self, host: SimulatedHost, **request: Any) -> dict[str, Any]:
        """Takes back; `warnings` are in the result."""
        options: dict[str, Any] = {"run": "last", "source": "auto", "force": False, "check_mode": False, "now": LATER}
        options |= {"seal": self.seal, "allow_loosening": True, **request}
        warnings: list[str] = []
        announce = options.pop("announce", warnings.append)
        ledger = None if options["source"] == "host" else self.store
        result = run_operation(host, one_by_one(rollback(RollbackRequest(**options), ledger, announce)), warnings)
        return {**plain(result), "warnings": warnings}


def spynet_operation(**requested: Any) -> Operation[dict[str, Any]]:
    """spynet.configure, of whose options only the given ones are desired."""
    options: dict[str, Any] = dict.fromkeys(
        ("ssl_options", "certificate_pinning", "revocation_check", "reporting", "submit_samples")
    )
    return spynet.configure(**{**options, "absent": (), "check_mode": False, **requested})


def request(
    variables: Mapping[str, Any] | None = None, check_mode: bool = False, seal: Seal = SEAL
) -> RemediationRequest:
    """What maps_connection is asked for with its defaults, the company's proxy and `variables` by its options."""
    defaults = {name: option.get("default") for name, option in remediation_request.OPTIONS.items()}
    given = {name.removeprefix("remediate_"): value for name, value in (variables or {}).items()}
    options = {**defaults, "winhttp_proxy": PROXY, "timeout": 5, **given}
    identity = RunIdentity(f"windefend-maps-{int(NOW):x}-0a1b2c3d4e5f", NOW)
    keys = history.Keys(lambda: seal, lambda: seal)
    return remediation_request.remediation_request(options, identity, keys, lambda: NOW, check_mode)


def remediate(host: SimulatedHost, journal: Journal, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What maps_connection does, each command in a line of its own; returns the host's report."""
    repair = remediation_remediate(request(variables, seal=journal.seal), JournalWriter(journal.writer()))
    return dict(run_operation(host, one_by_one(repair))["report"])


def repair(
    host: SimulatedHost,
    variables: Mapping[str, Any] | None = None,
    journal: Journal | None = None,
    *,
    check_mode: bool = False,
    time_left: Callable[[], float] = lambda: float("inf"),
    warnings: list[str] | None = None,
    pauses: list[float] | None = None,
) -> dict[str, Any]:
    """What maps_connection does in as few lines as it takes, without pauses; its whole result, as plain values."""
    asked = request(variables, check_mode, SEAL if journal is None else journal.seal)
    writer = None if journal is None else JournalWriter(journal.writer())
    operation = remediation_remediate(remediation_request.within(asked, time_left), writer)
    return dict(plain(run_operation(host, hurried(operation, pauses), warnings)))


def state(machine: Machine) -> dict[str, Any]:
    """A machine's state, the GUIDs of firewall rules apart: netsh writes a rule under another one each time."""
    found: dict[str, Any] = dict(snapshot(machine))
    found.pop("firewall_rules_made")
    for key in [key for key in found["registry"] if key.endswith("FirewallPolicy\\FirewallRules")]:
        found["registry"][key] = sorted(value[1] for value in found["registry"][key].values())
    # A file that was replaced is listed under the spelling of who replaced it; Windows knows one name.
    found["files"] = {path.lower(): node for path, node in found["files"].items()}
    return found


def changed(before: dict[str, Any], machine: Machine) -> list[str]:
    """What differs from a state, one line each."""
    return difference(before, state(machine))


def changed_in_effect(before: dict[str, Any], machine: Machine) -> list[str]:
    """What differs from a state and means something else: where there was no WinHTTP setting, `netsh winhttp reset
    proxy` writes one without a proxy."""
    without = f': added {{"WinHttpSettings": ["BINARY", "{WITHOUT_PROXY}"]}}'
    return [line for line in changed(before, machine) if not line.endswith(without)]
