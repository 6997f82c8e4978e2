"""playbooks/rollback.yml after playbooks/remediate.yml, through real ansible-playbook runs and real WS-Management."""

from __future__ import annotations

import json
import pathlib
import shutil
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet, simulated_fleet
from ansible_collections.windefend.maps.tests.support.remediation import changed, state

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PROXY = "proxy.corp.example:3128"
DEMO = yaml.safe_load((ROOT / "demo" / "fleet.yml").read_text())
REPAIRED = {
    "no-proxy-72f8f",
    "ja-70006",
    "admin-proxy",
    "crl-blocked",
    "outbound-block",
    "proxy-dead",
    "advanced-proxy",
}
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
OWN = r"HKLM\SOFTWARE\windefend.maps"


def some_of_the_demo() -> dict[str, Any]:
    hosts = [host for host in DEMO["hosts"] if host["name"] in {*REPAIRED, "healthy", "tls-inspection"}]
    return {**DEMO, "port": 0, "hosts": hosts}


def remediate(fleet: SimulatedFleet, *options: str, **variables: Any) -> Run:
    requested = {"remediate_winhttp_proxy": PROXY, **variables}
    return fleet.playbook(ROOT / "playbooks" / "remediate.yml", *options, variables=requested)


def rollback(fleet: SimulatedFleet, *options: str, **variables: Any) -> Run:
    return fleet.playbook(ROOT / "playbooks" / "rollback.yml", *options, variables=variables)


def states(fleet: SimulatedFleet) -> dict[str, dict[str, Any]]:
    return {name: state(machine) for name, machine in fleet.machines.items()}


def differing(before: Mapping[str, dict[str, Any]], fleet: SimulatedFleet) -> dict[str, list[str]]:
    found = {name: changed(before[name], machine) for name, machine in fleet.machines.items()}
    return {name: lines for name, lines in found.items() if lines}


def forget(fleet: SimulatedFleet) -> None:
    """What an execution environment does with its files."""
    shutil.rmtree(fleet.folder / "journal")


def test_a_fleet_is_repaired_and_brought_back(start_fleet: StartFleet) -> None:
    fleet = start_fleet(some_of_the_demo())
    before = states(fleet)
    assert remediate(fleet, maps_run="monday").status == 0
    assert set(differing(before, fleet)) == REPAIRED
    files = sorted((fleet.folder / "journal").iterdir())
    assert [path.name for path in files] == sorted(f"{fleet.address(name)}.jsonl" for name in REPAIRED)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)

    repaired = states(fleet)
    predicted = rollback(fleet, "--check", "--diff", rollback_run="monday")
    assert predicted.status == 0, predicted.output
    assert differing(repaired, fleet) == {}
    assert f"  {len(REPAIRED)}  to be restored " in predicted.output
    assert "Would change" in predicted.output

    done = rollback(fleet, rollback_run="monday")
    assert done.status == 0, done.output
    assert differing(before, fleet) == {}
    assert {host for host, stats in done.stats.items() if stats["changed"]} == REPAIRED
    again = rollback(fleet)
    assert again.status == 0, again.output
    assert all(stats["changed"] == 0 for stats in again.stats.values())
    assert differing(before, fleet) == {}


def test_the_copies_on_the_hosts_are_enough(start_fleet: StartFleet) -> None:
    fleet = start_fleet(some_of_the_demo())
    before = states(fleet)
    remediate(fleet)
    forget(fleet)
    run = rollback(fleet)
    assert run.status == 0, run.output
    assert differing(before, fleet) == {}


def test_the_journals_are_enough(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked"}]})
    before = states(fleet)
    remediate(fleet)
    fleet.machines["pc"].registry.delete_key(OWN)
    assert rollback(fleet, rollback_source="controller").status == 0
    assert differing(before, fleet) == {}


def test_repairs_whose_connections_are_cut(tmp_path: pathlib.Path) -> None:
    """Three ways to be repaired, each cut at four requests; some find the task that changes, others the end of a shell,
    which then stays on the host until it is idle for too long."""
    scenarios = ("crl_blocked", "outbound_block", "no_winhttp_proxy_72f8f")
    hosts = [
        {"name": f"pc-{number}-{cut}", "scenario": scenario}
        for number, scenario in enumerate(scenarios)
        for cut in range(4)
    ]
    with simulated_fleet({"hosts": hosts}, tmp_path) as fleet:
        before = states(fleet)
        for name in fleet.machines:
            fleet.server.cut_after(fleet.address(name), 4 + 3 * int(name[-1]))
        run = remediate(fleet, maps_waves=["100%"], remediate_probe="never", maps_use_sweep=False)
        ends = {
            row["host"]: row["result"]["msg"] for row in run.results if row["task"].endswith("Show how the host ended")
        }
        assert sum(end.partition(":")[0] in ("failed", "unreachable") for end in ends.values()) >= 4, run.output
        for name in fleet.machines:
            fleet.server.cut_after(fleet.address(name), 10_000)
        run = rollback(fleet)
        assert run.status == 0, run.output
        assert differing(before, fleet) == {}


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_change_whose_connection_is_cut_at_any_request(tmp_path: pathlib.Path, carried_out: bool) -> None:
    """Logon, shell, reading, change: the host's answer to one of these requests never comes, or the request itself."""
    names = [f"pc-{number}" for number in range(1, 11)]
    with simulated_fleet({"hosts": [{"name": name} for name in names]}, tmp_path) as fleet:
        before = states(fleet)
        for number, name in enumerate(names, 1):
            fleet.server.cut_after(fleet.address(name), number, carried_out=carried_out)
        journal = {"journal": str(tmp_path / "journal"), "journal_run": "cut"}
        run = fleet.module("winhttp_proxy", proxy=PROXY, **journal)
        ended = {row["host"]: row["kind"] for row in run.results}
        assert list(ended.values()).count("unreachable") >= 6, run.output
        assert len(differing(before, fleet)) >= 2
        for name in names:
            fleet.server.cut_after(fleet.address(name), 10_000)  # those that had not come to their request
        assert rollback(fleet).status == 0
        assert differing(before, fleet) == {}


def test_somebody_else_changed_it_since(start_fleet: StartFleet) -> None:
    fleet = start_fleet(
        {"hosts": [{"name": "pc", "scenario": "crl_blocked"}, {"name": "other", "scenario": "crl_blocked"}]}
    )
    before = states(fleet)
    remediate(fleet)
    fleet.machines["pc"].registry.set_dword(SPYNET, "SSLOptions", 1)
    meddled = state(fleet.machines["pc"])
    run = rollback(fleet)
    assert run.status == 2
    refused = run.of("Take back what the run changed", "pc")
    assert "others have since changed" in refused["msg"]
    assert refused["conflicts"][0]["now"]["value"]["data"] == 1
    assert not refused["changed"]
    assert changed(meddled, fleet.machines["pc"]) == []
    assert changed(before["other"], fleet.machines["other"]) == []
    assert rollback(fleet, rollback_force=True).status == 0
    assert differing(before, fleet) == {}


def test_the_journal_is_of_the_host_that_the_task_went_to(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}, {"name": "other"}]})
    text = fleet.inventory.read_text(encoding="utf-8")
    fleet.inventory.write_text(text.replace("other:", "日本:"), encoding="utf-8")
    folder = str(fleet.folder / "journal")
    task = {
        "name": "it",
        "windefend.maps.spynet": {"ssl_options": 2, "journal": folder, "journal_run": "one"},
        "delegate_to": "日本",
    }
    run = fleet.play([task], hosts="pc")
    assert run.status == 0, run.output
    (file,) = (fleet.folder / "journal").iterdir()
    assert file.name == f"{fleet.address('other')}.jsonl"
    record = json.loads(file.read_text())
    assert (record["host"], record["address"], record["module"]) == ("日本", fleet.address("other"), "spynet")
    assert not fleet.machines["pc"].registry.exists(OWN)
    assert fleet.machines["other"].registry.exists(OWN)


def test_bad_input_is_refused_before_anything_is_sent(host: SimulatedFleet) -> None:
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("spynet", {"ssl_options": 2, "journal_run": "x"}, "journal_run requires journal"),
        ("spynet", {"ssl_options": 2, "journal": "relative", "journal_run": "x"}, "not an absolute path"),
        ("spynet", {"ssl_options": 2, "journal": "/j", "journal_run": "a b"}, "journal_run: 'a b' is not a valid name"),
        ("rollback", {"run": "../x"}, "run: '../x' is not a valid name"),
        ("rollback", {"source": "controller"}, "journal"),
        ("rollback", {"journal": "relative"}, "not an absolute path"),
    ]
    tasks = [
        {"name": str(number), f"windefend.maps.{module}": arguments, "ignore_errors": True}
        for number, (module, arguments, _message) in enumerate(cases)
    ]
    run = host.play(tasks)
    for number, (_module, _arguments, message) in enumerate(cases):
        assert run.kind(str(number)) == "failed"
        assert message in run.of(str(number))["msg"]
    assert host.machines["pc"].log == []


def test_every_changing_module_keeps_a_journal(host: SimulatedFleet) -> None:
    before = states(host)
    folder = str(host.folder / "journal")
    journal = {"journal": folder, "journal_run": "all"}
    tasks = [
        {"windefend.maps.spynet": {"ssl_options": 2, **journal}},
        {"windefend.maps.winhttp_proxy": {"proxy": PROXY, **journal}},
        {"windefend.maps.winhttp_proxy": {"proxy": PROXY, "store": "advanced", **journal}},
        {"windefend.maps.firewall_rule": {"name": "規則", "service": "WinDefend", **journal}},
        {"windefend.maps.root_update": {"root_dir_url": "http://a.example/b", **journal}},
        {"windefend.maps.publisher_evidence": {**journal}},
        {"windefend.maps.rollback": {"journal": folder}, "name": "it"},
    ]
    run = host.play(tasks)
    assert run.status == 0, run.output
    result = run.of("it")
    assert result["runs"] == [{**result["runs"][0], "run": "all", "changes": 7, "undone": False}]
    assert differing(before, host) == {}
