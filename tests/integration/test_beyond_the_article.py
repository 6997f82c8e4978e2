"""What goes beyond the article, in real runs: owners and baselines, evidence that needs no run, the
log of fetched revocation lists, signatures from a share, and a detection test that proves only what it can."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.integration.conftest import StartFleet
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.machine import neighbours
from ansible_collections.windefend.maps.winsim.snapshot import difference
from ansible_collections.windefend.maps.winsim.tools import capi2

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
ROOTS = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
SHARE = r"\\srv.corp.example\defender"


def task(module: str, name: str = "it", **arguments: Any) -> dict[str, Any]:
    return {"name": name, f"windefend.maps.{module}": arguments}


def test_who_owns_a_setting_and_which_baseline_asks_for_it(start_fleet: StartFleet) -> None:
    overrides = {"registry": {SPYNET: {"SpynetReporting": 0}, ROOTS: {"DisableRootAutoUpdate": 1}}}
    fleet = start_fleet({"hosts": [{"name": "pc", "os": "windows_server_2022", "overrides": overrides}]})
    found = fleet.module("maps_connection_info").of("it")
    owners = {one["setting"]: one for one in found["owners"]}
    assert (owners["SpynetReporting"]["in_force"], owners["DisableRootAutoUpdate"]["in_force"]) == ("policy", "policy")
    assert owners["DisableRootAutoUpdate"]["undone_by"] == ["group_policy"]
    assert "WinHttpSettings" in owners
    (off,) = [one for one in found["causes"] if one["id"] == "maps_off"]
    assert "CIS 18.10.43.5.2" in off["hardening"]["exception_request"]


def test_nothing_is_run_where_that_is_asked_for(start_fleet: StartFleet) -> None:
    overrides = {"defender": {"keeps_record": True}, "network": {"direct": {"blocked": {"*:443": "drop"}}}}
    fleet = start_fleet({"hosts": [{"name": "pc", "overrides": overrides}]})
    fleet.module("defender_info")
    found = fleet.module("maps_connection_info", passive=True).of("it")
    assert found["maps_record"]["last_failure"] is not None
    assert found["run_as"] == ""
    assert not any("-ValidateMapsConnection" in one.line for one in fleet.machines["pc"].log)


def test_the_log_of_fetched_lists_is_on_for_one_validation(host: SimulatedFleet) -> None:
    journal = {"journal": str(host.folder / "journal"), "journal_run": "who-fetches"}
    before = host.state("pc")["registry"]
    steps = [
        task("capi2_log", "on", enabled=True, within=0, **journal),
        task("maps_connection_info", "validate"),
        task("capi2_log", "read", within=5),
    ]
    run = host.play(steps)
    assert run.of("on")["changed"]
    read = run.of("read")
    assert (read["processes"], read["failed_urls"], read["after"]) == (["svchost.exe"], [], {"enabled": True})
    assert host.module("rollback", run="who-fetches", journal=journal["journal"]).of("it")["changed"]
    assert not capi2.is_on(host.machines["pc"])
    after = host.state("pc")["registry"]
    assert difference({"registry": before}, {"registry": after}) == []


def test_signatures_from_a_share_and_the_order_of_sources(start_fleet: StartFleet) -> None:
    offline = {"network": {"direct": {"blocked": {"*:443": "drop", "*:80": "drop"}}}}
    fleet = start_fleet({"hosts": [{"name": "srv"}, {"name": "pc", "overrides": offline}]})
    server, pc = fleet.machines["srv"], fleet.machines["pc"]
    server.files.make_directory(r"C:\defender\x64")
    server.files.write(r"C:\defender\x64\mpam-fe.exe", b"MZ")
    neighbours.add_share(server, neighbours.Share("defender", r"C:\defender", (("S-1-5-11", "R"),)))
    pc.defender.offered_signatures = "1.450.10.0"
    asked = fleet.play([task("signature_update")], "--check", hosts="pc").of("it", "pc")
    assert asked["sources"]["would_use"] == "MicrosoftUpdateServer"
    failed = fleet.play([{**task("signature_update"), "ignore_errors": True}], hosts="pc").of("it", "pc")
    assert "the signatures were not updated" in failed["msg"]
    updated = fleet.play([task("signature_update", source="unc", path=SHARE)], hosts="pc").of("it", "pc")
    assert (updated["changed"], updated["used"], updated["after"]["antivirus"]) == (True, SHARE, "1.450.10.0")


@pytest.mark.parametrize(("name", "value"), [("SubmitSamplesConsent", 2), ("DisableBlockAtFirstSeen", 1)])
def test_a_detection_test_proves_only_what_it_can(start_fleet: StartFleet, name: str, value: int) -> None:
    host = {"name": "pc", "scenario": "maps_off", "overrides": {"registry": {SPYNET: {name: value}}}}
    found = start_fleet({"hosts": [host]}).module("detection_test", timeout=1).of("it")
    assert (found["outcome"], found["proven"]) == ("not_detected", None)
    assert name in found["message"]
