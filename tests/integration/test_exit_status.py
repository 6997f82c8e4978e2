"""The exit status of each playbook over a fleet with a host that cannot be repaired and one that cannot be reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
FLEET = {
    "hosts": [
        {"name": "fine"},
        {"name": "blocked", "scenario": "gpo_block_rule"},
        {"name": "gone", "scenario": "unreachable"},
    ]
}
EXPECTED: list[tuple[str, dict[str, Any], int]] = [
    ("assess", {"maps_use_sweep": True}, 0),
    ("assess", {"maps_use_sweep": False}, 0),
    ("assess", {"assess_fail_on": ["unreachable"]}, 2),
    ("remediate", {"maps_use_sweep": True}, 0),
    ("remediate", {"maps_use_sweep": False}, 0),
    ("remediate", {"maps_use_sweep": True, "remediate_fail_on": ["not_repairable"]}, 2),
    ("sweep", {}, 0),
    ("sweep", {"assess_fail_on": ["open"]}, 2),
    ("validate", {}, 2),
    ("rollback", {}, 2),
    ("remediate", {"remediate_winhttp_prxy": "proxy.corp.example:3128"}, 4),
]


def test_a_run_ends_with_0_or_2_and_a_refused_one_with_4(start_fleet: StartFleet) -> None:
    fleet = start_fleet(FLEET)
    found = []
    for playbook, variables, _status in EXPECTED:
        run = fleet.playbook(ROOT / "playbooks" / f"{playbook}.yml", variables=variables)
        found.append((playbook, variables, run.status))
    assert found == EXPECTED
