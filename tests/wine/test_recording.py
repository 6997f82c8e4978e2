"""A recording of the Wine host replays to what the Wine host answered, in a task and in a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.windefend.maps.tests.integration.test_replay import recorded, shape
from ansible_collections.windefend.maps.tests.support.fleet import simulated_fleet
from ansible_collections.windefend.maps.tests.wine.test_modules import Ansible, ansible

__all__ = ["ansible"]

pytestmark = [pytest.mark.wine, pytest.mark.usefixtures("clean")]


@pytest.mark.parametrize("by_sweep", [False, True], ids=["task", "sweep"])
def test_a_recording_of_wine_replays_to_the_same(ansible: Ansible, tmp_path: Path, by_sweep: bool) -> None:
    module, options = ("sweep", {"action": "read"}) if by_sweep else ("host_info", {})
    module = f"windefend.maps.{module}"
    task = {module: {**options, "record": str(tmp_path / "rec")}, "run_once": by_sweep}
    first = ansible.play({"it": task}).of("it")
    path = recorded(tmp_path / "rec")
    (tmp_path / "replay").mkdir()
    document = {"network": "127.43.0.0/24", "hosts": [{"name": "wine", "recording": str(path)}]}
    with simulated_fleet(document, tmp_path / "replay") as fleet:
        again = fleet.play([{"name": "it", **task, module: {**options, "record": None}}]).of("it")
        assert fleet.unknown() == []
    one, other = (found["hosts"]["wine"] if by_sweep else found for found in (first, again))
    assert shape(other) == shape(one)
    assert one["system"]["build"]
