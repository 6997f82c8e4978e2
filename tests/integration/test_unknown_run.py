"""A rollback and a validation end with the same block as every playbook, and red where they must."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
HOSTS = {"hosts": [{"name": "pc"}, {"name": "other"}, {"name": "gone", "scenario": "unreachable"}]}


def run_of(fleet: SimulatedFleet, playbook: str, *options: str, **variables: Any) -> Run:
    return fleet.playbook(ROOT / "playbooks" / f"{playbook}.yml", *options, variables=variables)


def change(fleet: SimulatedFleet, host: str, run: str) -> None:
    task = {"windefend.maps.spynet": {"ssl_options": 2, "journal": str(fleet.folder / "journal"), "journal_run": run}}
    done = fleet.play([task], hosts=host)
    assert done.status == 0, done.output


def test_a_run_that_no_journal_knows_ends_red_and_shows_those_that_exist(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    change(fleet, "pc", "monday")
    run = run_of(fleet, "rollback", "--limit", "!gone", rollback_run="mondy")
    assert run.status == 2
    assert "  2  run not in journal  " in run.output
    assert "  you: name a run that the journal has: monday (2 hosts: pc, other)" in run.output
    assert "unknown_run: 2" in run.output


def test_a_run_that_one_host_knows_is_undone_there(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    change(fleet, "pc", "monday")
    run = run_of(fleet, "rollback", "--limit", "!gone", rollback_run="monday")
    assert run.status == 0, run.output
    assert "  1  restored         " in run.output
    assert "  1  nothing to undo  " in run.output
    assert "  1  undo the run: pc" in run.output
    again = run_of(fleet, "rollback", "--limit", "!gone", rollback_run="monday")
    assert again.status == 0, "undone, and not unknown"
    assert "Changed: nothing" in again.output


def test_a_host_that_is_not_reached_is_in_the_block_and_makes_it_red(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    change(fleet, "pc", "monday")
    run = run_of(fleet, "rollback", rollback_run="monday")
    assert run.status == 2
    assert "  1  not reached      " in run.output
    assert "the host's owner: let Ansible connect to the host and run again: " in run.output


def test_a_validation_ends_with_the_block(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [*HOSTS["hosts"], {"name": "np", "scenario": "no_winhttp_proxy_72efe"}]})
    run = run_of(fleet, "validate", "--limit", "!gone")
    assert run.status == 0, run.output
    assert "  2  healthy        " in run.output
    assert "  1  not reachable  MAPS is not reachable from the host." in run.output
    assert "  1  no system-wide WinHTTP proxy, for example np" in run.output
    assert "(windefend.maps.winhttp_proxy) (1 host: np)" in run.output
    assert "assess.yml --limit np " in run.output
    japanese = run_of(fleet, "validate", "--limit", "np", validate_language="ja", validate_fail=True)
    assert japanese.status == 2
    assert "  1  接続不可  " in japanese.output
    assert "open: 1" in japanese.output
    lost = run_of(fleet, "validate", "--limit", "gone")
    assert lost.status == 2
    assert "  1  not reached  " in lost.output
