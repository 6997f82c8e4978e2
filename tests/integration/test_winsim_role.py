"""The role that starts and stops winsim for Molecule, here without Molecule: files lie where the command was typed."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, run_playbook
from ansible_collections.windefend.maps.winsim import background, control, pidfile

CHANGE = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: windefend.maps.winsim, tasks_from: change}
"""
FLEET = "network: 127.18.6.0/24\nhosts: [{name: one}, {name: two, locale: ja}]\n"
START, STOP = ROOT / "playbooks" / "winsim_start.yml", ROOT / "playbooks" / "winsim_stop.yml"


@pytest.fixture
def place(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    (tmp_path / "fleet.yml").write_text(FLEET)
    (tmp_path / "change.yml").write_text(CHANGE)
    (tmp_path / "nobody.yml").write_text("all: {hosts: {}}")
    yield tmp_path
    background.stop(tmp_path / "winsim")


def play(place: pathlib.Path, playbook: pathlib.Path, *options: str, **variables: Any) -> Run:
    return run_playbook(playbook, place, place / "nobody.yml", *options, variables=variables)


def changed(run: Run) -> int:
    assert run.status == 0, run.output
    return run.stats["localhost"]["changed"]


def complaint(run: Run) -> str:
    """What the task that failed printed."""
    (failed,) = [row["result"] for row in run.results if row["kind"] == "failed"]
    results = failed.get("results", [failed])
    return str(results[-1]["stderr"])


def headline(run: Run) -> str:
    """The message of the task that failed."""
    (failed,) = [row["result"] for row in run.results if row["kind"] == "failed"]
    return str(failed["msg"])


def running(place: pathlib.Path) -> bool:
    return pidfile.holder(place / "winsim" / "winsim.pid") is not None


def test_started_used_changed_and_stopped(place: pathlib.Path) -> None:
    assert changed(play(place, START)) == 1
    assert changed(play(place, START)) == 0, "it already runs"
    assert play(place, START, "--check").status == 0

    (place / "use.yml").write_text(
        yaml.safe_dump([{"hosts": "winsim", "gather_facts": False, "tasks": [{"windefend.maps.host_info": {}}]}])
    )
    used = run_playbook(place / "use.yml", place, place / "winsim" / "inventory.yml")
    assert {name: stats["ok"] for name, stats in used.stats.items()} == {"one": 1, "two": 1}

    changes = [{"host": "one", "scenario": "proxy_dead"}, {"host": "two", "overrides": {"clock_offset": -86400}}]
    socket = place / "winsim" / "control.sock"
    before = [control.ask(socket, "state", host=name) for name in ("one", "two")]
    assert changed(play(place, place / "change.yml", winsim_changes=changes)) == 1
    after = [control.ask(socket, "state", host=name) for name in ("one", "two")]
    assert [old != new for old, new in zip(before, after, strict=True)] == [True, True]

    assert play(place, STOP, "--check").status == 0
    assert running(place), "check mode stops nothing"
    assert changed(play(place, STOP)) == 2
    assert not running(place)
    assert not (place / "winsim" / "inventory.yml").exists()
    assert changed(play(place, STOP)) == 0


def test_what_is_wrong_with_the_fleet_is_told(place: pathlib.Path) -> None:
    (place / "other.yml").write_text("hosts: [{name: one, scenario: nowhere}]")
    run = play(place, START, winsim_fleet_file="other.yml")
    assert f"{place}/other.yml: hosts[0].scenario: 'nowhere' is unknown" in headline(run)
    assert not running(place)


def test_another_fleet_in_the_same_folder_is_told(place: pathlib.Path) -> None:
    """N23: the headline was "non-zero return code"."""
    changed(play(place, START))
    (place / "other.yml").write_text("network: 127.18.7.0/24\nhosts: [{name: three}]\n")
    assert "another fleet" in headline(play(place, START, winsim_fleet_file="other.yml"))


def test_a_wrong_change_is_told(place: pathlib.Path) -> None:
    changed(play(place, START, winsim_directory=str(place / "winsim")))
    run = play(place, place / "change.yml", winsim_changes=[{"host": "three"}])
    assert "there is no host 'three'" in complaint(run)
