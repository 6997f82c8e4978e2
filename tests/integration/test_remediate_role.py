"""The role remediate by itself: what it costs a host that is well, and that one time leaves nothing to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import Run, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
REPAIR, SHOWN = "Repair the connection to MAPS", "Show how the host ended"
BROKEN = {"name": "pc", "scenario": "no_winhttp_proxy_72efe"}


def role(**variables: Any) -> dict[str, Any]:
    given = {"remediate_winhttp_proxy": "proxy.corp.example:3128", **variables}
    return {"ansible.builtin.include_role": {"name": "windefend.maps.remediate"}, "vars": given}


def reports(run: Run) -> list[dict[str, Any]]:
    """What each time that the role ran left, in turn."""
    return [row["result"]["report"] for row in run.results if row["task"] == REPAIR]


def test_a_host_that_is_well_passes_in_two_tasks(host: SimulatedFleet) -> None:
    run = host.play([], roles=[{"role": "windefend.maps.remediate"}])
    assert run.stats["pc"]["ok"] == 2, run.output
    assert [row["task"] for row in run.results if row["kind"] == "ok"][1:] == [REPAIR]
    (report,) = reports(run)
    assert report["outcome"] == "healthy"
    assert report["started"] <= report["finished"]
    assert run.kind(SHOWN) == "skipped"


def test_one_time_leaves_nothing_to_the_next(start_fleet: StartFleet) -> None:
    run = start_fleet({"hosts": [BROKEN]}).play([role(), role(), role(remediate_detection_test=True), role()])
    assert run.status == 0, run.output
    repaired, well, proven, still = reports(run)
    assert (repaired["outcome"], [step["id"] for step in repaired["steps"]]) == ("repaired", ["winhttp_proxy"])
    assert (well["outcome"], well["steps"], well["before"]["connected"]) == ("healthy", [], True)
    assert (proven["outcome"], proven["detection"]["proven"]) == ("healthy", True)
    assert (still["outcome"], still["steps"], "detection" in still) == ("healthy", [], "detection" in well)
    shown = [row["result"].get("msg", "") for row in run.results if row["task"] == SHOWN and row["kind"] == "ok"]
    assert [text.partition(":")[0] for text in shown] == ["repaired"]


@pytest.mark.parametrize("raised", [True, False])
def test_a_request_that_cannot_be_is_a_failure_with_its_reason(start_fleet: StartFleet, raised: bool) -> None:
    fleet = start_fleet({"hosts": [BROKEN]})
    before = fleet.states()
    run = fleet.play([role(remediate_winhttp_proxy="http://a b", remediate_fail_on_error=str(raised).lower())])
    assert run.status == (2 if raised else 0), run.output
    (report,) = reports(run)
    assert report["outcome"] == "failed"
    assert "a b" in report["reason"]
    assert run.kind(REPAIR) == ("failed" if raised else "ok")
    assert raised or report["reason"] in run.of(SHOWN)["msg"]
    assert fleet.states() == before


def test_no_on_the_command_line_is_no(start_fleet: StartFleet) -> None:
    """By -e name=value every value is a text."""
    fleet = start_fleet({"hosts": [BROKEN, {"name": "blocked", "scenario": "outbound_block"}]})
    before = fleet.states()
    said = "remediate_winhttp_proxy=false remediate_firewall=no remediate_detection_test=false remediate_probe=never"
    run = fleet.play([{"ansible.builtin.include_role": {"name": "windefend.maps.remediate"}}], "-e", said)
    assert run.status == 0, run.output
    assert [report["outcome"] for report in reports(run)] == ["not_repairable", "not_repairable"]
    assert [report["steps"] for report in reports(run)] == [[], []]
    assert fleet.states() == before


def test_a_host_that_is_off_is_told_so(start_fleet: StartFleet) -> None:
    run = start_fleet({"hosts": [{"name": "pc", "scenario": "unreachable"}]}).play([role()])
    (report,) = reports(run)
    assert report["outcome"] == "unreachable"
    assert run.of(SHOWN)["msg"].startswith("unreachable: ")
