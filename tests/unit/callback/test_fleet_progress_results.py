"""The callback fleet_progress recognizes results by module and content, and never by the name of a task."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.callback import fleet_progress

REPAIRED = {"changed": True, "outcome": "repaired", "cause": "winhttp_proxy_missing"}
DEAD = {"connected": False, "cause": "winhttp_proxy_dead", "probes": ["endpoint_info"]}
PLANNED = {"changed": True, "outcome": "planned", "cause": "winhttp_proxy_missing"}


@pytest.fixture
def callback() -> fleet_progress.CallbackModule:
    found = fleet_progress.CallbackModule()
    found._progress.start_batch("play", ["pc", "other"], ["pc", "other"], 0.0)
    return found


def result(action: str, content: dict[str, Any], host: str = "pc") -> Any:
    """As Ansible hands a result to a callback; the task has a name that says nothing."""
    return SimpleNamespace(
        host=SimpleNamespace(get_name=lambda: host, name=host),
        task=SimpleNamespace(action=action, get_name=lambda: "x"),
        result=content,
    )


def line(callback: fleet_progress.CallbackModule) -> str:
    return str(callback._progress.line(1.0, 200)).partition("  ")[2]


def test_the_module_that_does_all_on_a_host(callback: fleet_progress.CallbackModule) -> None:
    callback.v2_runner_on_start(SimpleNamespace(name="pc"), SimpleNamespace(action="windefend.maps.maps_connection"))
    callback._learn(result("windefend.maps.maps_connection_info", DEAD))
    assert "1 diagnosed, 0 done, 1 failing" in line(callback)
    callback._learn(result("windefend.maps.maps_connection", REPAIRED))
    assert line(callback) == "2 hosts: 1 diagnosed, 1 done, 0 failing | winhttp_proxy_missing 1"


def test_a_result_for_all_hosts(callback: fleet_progress.CallbackModule) -> None:
    hosts = {"pc": REPAIRED, "other": {"unreachable": True, "msg": "down"}, "third": DEAD}
    callback._learn(result("windefend.maps.sweep", {"hosts": hosts}))
    assert line(callback).startswith("3 hosts: 3 done, 1 failing, 1 unreachable | ")
    assert callback._progress.summary() == "3 hosts: 1 failing, 1 repaired, 1 unreachable"


def test_a_planned_host_is_left_to_a_later_play(callback: fleet_progress.CallbackModule) -> None:
    well = {"changed": False, "outcome": "healthy", "cause": "none"}
    callback._learn(result("windefend.maps.sweep", {"hosts": {"pc": PLANNED, "other": well}}))
    callback._progress.start_batch("repair", ["pc"], ["pc"], 0.5)
    assert line(callback) == "2 hosts: 2 diagnosed, 1 done, 1 failing | winhttp_proxy_missing 1"
    callback._learn(result("windefend.maps.sweep", {"hosts": {"pc": REPAIRED}}))
    assert callback._progress.summary() == "2 hosts: 1 healthy, 1 repaired"


def test_in_check_mode_no_play_takes_the_planned_steps(
    callback: fleet_progress.CallbackModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_progress.context, "CLIARGS", {"check": True})
    callback._learn(result("windefend.maps.maps_connection", PLANNED))
    assert line(callback).startswith("2 hosts: 1 done, ")
    assert callback._progress.summary() == "2 hosts: 1 without a diagnosis, 1 planned"


@pytest.mark.parametrize("one", ["x", {"report": REPAIRED}, {"connected": None}, {"outcome": "perfect"}])
def test_a_result_without_a_state_of_the_host_is_nothing(callback: fleet_progress.CallbackModule, one: Any) -> None:
    callback._learn(result("windefend.maps.sweep", {"hosts": {"pc": one, "other": DEAD}}))
    assert line(callback) == "2 hosts: 1 done, 1 failing | winhttp_proxy_dead 1"


@pytest.mark.parametrize("action", ["somebody.elses.module", "ansible.builtin.set_fact", "ansible.builtin.add_host"])
def test_results_of_other_modules_are_nothing(callback: fleet_progress.CallbackModule, action: str) -> None:
    for content in (DEAD, REPAIRED, {"hosts": {"pc": REPAIRED}}, {"ansible_facts": {"assess_result": DEAD}}):
        callback._learn(result(action, content))
    assert line(callback) == "2 hosts: 0 done, 0 failing"
    callback._learn(result("windefend.maps.maps_connection_info", DEAD))
    assert line(callback) != "2 hosts: 0 done, 0 failing"
