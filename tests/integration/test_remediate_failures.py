"""The role remediate when a validation fails or the host is lost right after a loosening."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet
from ansible_collections.windefend.maps.winsim.machine.defender import Defender
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import Data, ValueType

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


class HangsWhenLoosened(Defender):
    """Validates at once until the revocation check is switched off; then it takes for ever."""

    machine: Machine

    def __getattribute__(self, name: str) -> Any:
        if name == "validation_seconds" and self.machine.registry.number(SPYNET, "SSLOptions", 3) == 2:
            return 120.0
        return super().__getattribute__(name)


def test_a_loosening_that_cannot_be_judged_is_taken_back(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked"}]})
    machine = fleet.machines["pc"]
    defender = HangsWhenLoosened(**vars(machine.defender))
    defender.machine = machine
    machine.defender = defender
    report = fleet.folder / "report.json"
    run = fleet.playbook(
        ROOT / "playbooks" / "remediate.yml",
        variables={
            "remediate_ssl_options_workaround": "no_revocation",
            "remediate_timeout": 2,
            "maps_report_path": str(report),
        },
    )
    assert run.status == 2, run.output
    assert machine.registry.get(SPYNET, "SSLOptions") is None, "never left behind unproven"
    ended = json.loads(report.read_text())["hosts"]["pc"]
    assert ended["outcome"] == "failed"
    assert "the loosening was taken back" in ended["reason"]
    assert "did not finish within 2 seconds" in ended["reason"]
    (step,) = ended["steps"]
    assert (step["id"], step["changed"], step["taken_back"]) == ("ssl_options", True, True)
    assert (step["before"]["ssl_options"], step["after"]["ssl_options"]) == (None, 2), "the step, not its undoing"
    assert ended["changes"] == 0


def test_a_loosening_after_which_the_connection_broke_is_taken_back(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the write come its answer and the Command of the validation. There it breaks."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked"}]})
    registry = fleet.machines["pc"].registry
    write = registry.set

    def cutting(key: str, name: str, kind: ValueType, data: Data, view: int = 64) -> None:
        write(key, name, kind, data, view)
        if (name, data) == ("SSLOptions", 2):
            fleet.server.cut_after(fleet.address("pc"), 2)

    monkeypatch.setattr(registry, "set", cutting)
    report = fleet.folder / "report.json"
    run = fleet.playbook(
        ROOT / "playbooks" / "remediate.yml",
        variables={"remediate_ssl_options_workaround": "no_revocation", "maps_report_path": str(report)},
    )
    assert run.status != 0, run.output
    assert registry.get(SPYNET, "SSLOptions") is None, "never left behind unproven"
    ended = json.loads(report.read_text())["hosts"]["pc"]
    assert ended["outcome"] == "failed"
    assert "the loosening was taken back" in ended["reason"]
