"""The role remediate on a simulated machine without wire and Ansible, with a journal, killed where a test wants."""

from __future__ import annotations

import datetime as dt
import pathlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import yaml
from ansible_collections.windefend.maps.plugins.filter.remediation import remediation_plan
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.changing_action import Store
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import validate as diagnosis_validate
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.rollback import RollbackRequest, rollback
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.seal import Seal
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.writer import Writer, journaled
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Answer,
    Ask,
    Operation,
    intercept,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Completed
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.fleet import ROOT
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

T = TypeVar("T")
NOW = 1_800_000_000.0
LATER = NOW + 7200
"""When rollbacks run: what a killed run left behind counts as left behind after an hour."""
PROXY = "proxy.corp.example:3128"
CHANGES = re.compile(
    r"reg (?:add|delete)|netsh \S+ (?:set|reset|import)|netsh advfirewall firewall (?:add|delete)|schtasks /(?!query)"
    r"|mkdir|\brd |icacls|copy |move |del |>(?!nul|&)"
)
"""Lines that may change a machine: to cut between two others is to cut before the next of these."""
DEFAULTS = yaml.safe_load((ROOT / "roles" / "remediate" / "defaults" / "main.yml").read_text())


SEAL = Seal(["0123456789abcdef" * 4])
MODULES = {
    "spynet": "spynet",
    "change": "winhttp_proxy",
    "allow_rule": "firewall_rule",
    "root_lists": "root_update",
    "publisher_evidence": "publisher_evidence",
}
"""File of an operation -> the module that asks for it."""


class Killed(BaseException):
    """The controller is gone: nothing cleans up."""


class MortalHost(SimulatedHost):
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
        for task in self.machine.tasks.values():  # nobody waits: what was asked to run runs with the next line
            if task.due is not None:
                task.due = dt.datetime.min.replace(tzinfo=dt.UTC)
        completed = super().run(line, **options)
        if deadly:
            raise Killed
        return completed


def one_by_one(operation: Operation[T]) -> Operation[T]:
    """Each command in a line of its own, to cut a run between any two; a line that changes nothing stays whole."""
    return intercept(operation, _singly)


def _singly(ask: Ask) -> Operation[Answer]:
    if ask.stdin is not None or not any(CHANGES.search(command.text) for command in ask.commands.values()):
        return (yield replace(ask, pause=0.0))
    outcomes: dict[str, Outcome] = {}
    truncated, skew = False, None
    for name, command in ask.commands.items():
        answer = yield Ask(
            {name: command}, timeout=ask.timeout, max_bytes=ask.max_bytes, retry_on_disconnect=ask.retry_on_disconnect
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

    def writer(self, operation: Operation[T]) -> Writer:
        module = MODULES[pathlib.Path(operation.gi_code.co_filename).stem]
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
        return journaled(operation, self.writer(operation))

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


def remediate(host: SimulatedHost, journal: Journal, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the role does with its defaults, the company's proxy and `variables`; returns the last validation."""
    requested = {**DEFAULTS, "remediate_winhttp_proxy": PROXY, **(variables or {})}
    last = _validate(host)
    bypass = requested["remediate_winhttp_proxy_bypass_list"]
    plan = remediation_plan(
        last,
        requested["remediate_winhttp_proxy"],
        bypass,
        requested["remediate_firewall"],
        requested["remediate_ssl_options_workaround"],
    )
    rules: list[dict[str, Any]] = []
    for step in plan["steps"]:
        if last["connected"] or (step["only_for"] and last["hresult"] not in step["only_for"]):
            continue
        if step["id"] == "firewall":
            for rule in requested["remediate_firewall_rules"]:
                request = allow_rule.RuleSpec(**rule, remote_ports=tuple(step["remote_ports"]))
                rules.append({"request": request, **journal.drive(host, allow_rule.configure(request, True, False))})
        if step["id"] == "winhttp_proxy":
            journal.drive(
                host, proxy_change.configure(proxy_change.ProxySettings(PROXY, PROXY, tuple(bypass)), "winhttp", False)
            )
        if step["id"] == "ssl_options":
            options = {"no_revocation": 2, "no_revocation_no_pinning": 0}[requested["remediate_ssl_options_workaround"]]
            before = journal.drive(host, spynet_operation(ssl_options=options))["before"]["ssl_options"]
        last = _validate(host)
        if step["id"] == "ssl_options" and not last["connected"]:
            back = {"absent": ("ssl_options",)} if before is None else {"ssl_options": before}
            journal.drive(host, spynet_operation(**back))
    if not last["connected"]:
        for rule in rules:
            if rule["changed"]:
                journal.drive(host, allow_rule.configure(rule["request"], False, False))
    return last


def _validate(host: SimulatedHost) -> dict[str, Any]:
    operation = diagnosis_validate.validate(
        run_as="auto", timeout=5, identity=RunIdentity(f"windefend-maps-{int(NOW):x}-0a", NOW)
    )
    return dict(plain(run_operation(host, one_by_one(operation))))


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
