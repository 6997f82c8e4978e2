"""The repair as roles one after the other, each step as tasks of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet
from ansible_collections.windefend.maps.tests.support.remediation import state
from ansible_collections.windefend.maps.winsim.tools import mpcmdrun

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PLAYBOOK = ROOT / "playbooks" / "remediate_by_roles.yml"
LAPTOP = {"remediate_winhttp_proxy": False, "remediate_ssl_options_workaround": "never"}
FLEET = {
    "hosts": [
        {"name": "fine"},
        {"name": "no-proxy", "scenario": "no_winhttp_proxy_72f8f"},
        {
            "name": "laptop",
            "scenario": "no_winhttp_proxy_72efe",
            "variables": LAPTOP,
        },
        {"name": "rules", "scenario": "outbound_block"},
        {"name": "lists", "scenario": "crl_blocked"},
        {"name": "inspected", "scenario": "tls_inspection"},
        {"name": "other", "scenario": "other_antivirus"},
    ]
}
FOR_ALL = {"remediate_winhttp_proxy": "proxy.corp.example:3128", "remediate_ssl_options_workaround": "no_revocation"}
END = "Show how the host ended"


def repaired(fleet: SimulatedFleet, *options: str) -> Run:
    """With the variables in the inventory, because `-e` would reach the laptop too."""
    folder = fleet.inventory.parent / "group_vars"
    folder.mkdir(exist_ok=True)
    (folder / "all.yml").write_text(json.dumps(FOR_ALL), encoding="utf-8")
    run = fleet.playbook(PLAYBOOK, *options, variables={"maps_run": "roles"})
    assert run.status == 0, run.output
    return run


def states(fleet: SimulatedFleet) -> dict[str, Any]:
    return {name: state(machine) for name, machine in fleet.machines.items()}


def ended(run: Run) -> dict[str, bool]:
    """Host -> whether MAPS is reachable at the end."""
    rows = [row for row in run.results if row["task"] == END]
    return {row["host"]: row["result"]["msg"] == "MAPS is reachable." for row in rows}


def test_each_solution_helps_where_it_can_and_the_rollback_undoes_all(start_fleet: StartFleet) -> None:
    fleet = start_fleet(FLEET)
    before = states(fleet)
    repaired(fleet, "--check")
    assert states(fleet) == before, "check mode writes nothing"

    run = repaired(fleet)
    connected = {name for name, reachable in ended(run).items() if reachable}
    assert connected == {"fine", "no-proxy", "rules", "lists"}
    assert ended(run).keys() - connected == {"laptop", "inspected", "other"}
    changed = {row["host"] for row in run.results if row["kind"] == "ok" and row["result"].get("changed")}
    assert changed == {"no-proxy", "rules", "lists"}
    after = states(fleet)

    again = repaired(fleet)
    assert states(fleet) == after
    assert [row for row in again.results if row["result"].get("changed")] == []

    undone = fleet.playbook(ROOT / "playbooks" / "rollback.yml", variables={"rollback_run": "roles"})
    assert undone.status == 0, undone.output
    assert states(fleet) == before


def test_a_relaxed_check_that_does_not_help_is_restored(start_fleet: StartFleet) -> None:
    host = {"name": "pc", "scenario": "no_winhttp_proxy_70006", "variables": {"remediate_winhttp_proxy": False}}
    fleet = start_fleet({"hosts": [host]})
    run = fleet.playbook(PLAYBOOK, variables={"remediate_ssl_options_workaround": "no_revocation", "maps_journal": ""})
    assert run.status == 0, run.output
    assert ended(run) == {"pc": False}
    values = [
        row["result"]["after"]["ssl_options"] for row in run.results if row["task"] == "Set the Spynet policy values"
    ]
    assert values == [2, None]


SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
SET, JUDGED = "Set the Spynet policy values", "Assess the connection to MAPS"
CONSENT = {"remediate_winhttp_proxy": False, "remediate_ssl_options_workaround": "no_revocation"}


def loosened(fleet: SimulatedFleet) -> bool:
    return fleet.machines["pc"].registry.number(SPYNET, "SSLOptions", 3) == 2


def kinds(run: Run, task: str) -> list[str]:
    return [row["kind"] for row in run.results if (row["task"], row["host"]) == (task, "pc")]


def cut(fleet: SimulatedFleet) -> None:
    """Cuts the connection before what runs now can be answered: a request that waits already would get the answer."""
    address = fleet.address("pc")
    before = fleet.server.traffic(address).requests
    fleet.server.cut_after(address, 1)
    for _unused in range(1200):
        if fleet.server.traffic(address).requests > before:
            return
        time.sleep(0.05)


@pytest.mark.parametrize(("how", "kind"), [("cut", "unreachable"), ("slow", "failed")])
def test_a_relaxed_check_whose_validation_is_lost_is_restored(
    how: str, kind: str, start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would have helped, but nobody knows."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked"}]})
    validate = mpcmdrun._validate

    def lost(process: Any, arguments: str) -> int:
        if loosened(fleet) and how == "cut":
            cut(fleet)
        elif loosened(fleet):
            process.sleep(60.0)
        return validate(process, arguments)

    monkeypatch.setattr(mpcmdrun, "_validate", lost)
    run = fleet.playbook(PLAYBOOK, variables={**CONSENT, "remediate_timeout": 3})
    assert (kinds(run, SET), kinds(run, JUDGED)) == (["ok", "ok"], ["ok", kind]), run.output
    assert fleet.machines["pc"].registry.get(SPYNET, "SSLOptions") is None
    assert (run.status, ended(run)) == ((0, {"pc": False}) if how == "cut" else (2, {}))


def test_a_relaxed_check_of_which_the_answer_is_lost_is_judged_all_the_same(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "no_winhttp_proxy_70006"}]})
    registry = fleet.machines["pc"].registry
    write = registry.set

    def cutting(key: str, name: str, *value: Any) -> None:
        if (name, value[1]) == ("SSLOptions", 2):
            cut(fleet)
        write(key, name, *value)

    monkeypatch.setattr(registry, "set", cutting)
    run = fleet.playbook(PLAYBOOK, variables=CONSENT)
    assert (kinds(run, SET), kinds(run, JUDGED)) == (["unreachable", "ok"], ["ok", "ok"]), run.output
    assert registry.get(SPYNET, "SSLOptions") is None
    assert (run.status, ended(run)) == (0, {"pc": False})


def test_an_unreachable_first_host_does_not_end_the_waves_and_one_name_undoes_all(start_fleet: StartFleet) -> None:
    hosts = [{"name": "a-gone", "scenario": "unreachable"}, *FLEET["hosts"][1:2], *FLEET["hosts"][3:4]]
    fleet = start_fleet({"hosts": hosts})
    before = states(fleet)
    run = fleet.playbook(PLAYBOOK, variables={"remediate_winhttp_proxy": FOR_ALL["remediate_winhttp_proxy"]})
    assert run.status == 0, run.output
    assert ended(run) == {"a-gone": False, "no-proxy": True, "rules": True}
    waves = [one for one in run.output.splitlines() if one.startswith("PLAY [Repair the connection")]
    assert len(waves) == 3
    name = run.of("Check the request and name this run")["ansible_facts"]["maps_this_run"]["name"]
    undone = fleet.playbook(ROOT / "playbooks" / "rollback.yml", "--limit", "!a-gone", variables={"rollback_run": name})
    assert undone.status == 0, undone.output
    assert states(fleet) == before
