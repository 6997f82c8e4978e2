"""The playbook fetched_lists: the CAPI2 log is on for one validation, and off again whatever happens in between."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.snapshot import difference
from ansible_collections.windefend.maps.winsim.tools import capi2

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
COMMAND = "ansible-playbook windefend.maps.fetched_lists"
PLAYBOOK = pathlib.Path(COMMAND.split()[1])
SHOWN = "Show who fetched which list"
BLOCKED = {"network": {"direct": {"blocked": {"crl.microsoft.com:80": "drop"}}}}


def run(fleet: SimulatedFleet, *options: str) -> Any:
    return fleet.playbook(PLAYBOOK, *options, variables={"maps_journal": str(fleet.folder / "journal")})


def registry(fleet: SimulatedFleet, name: str) -> dict[str, Any]:
    return {"registry": fleet.state(name)["registry"]}


def test_a_list_that_fails_is_named_with_its_process_and_nothing_stays(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}, {"name": "cut", "overrides": BLOCKED}]})
    before = {name: registry(fleet, name) for name in fleet.machines}
    played = run(fleet)
    assert played.status == 0, played.output
    fine, cut = (played.of(SHOWN, name)["msg"] for name in ("pc", "cut"))
    assert (fine["connected"], fine["processes"], fine["failed_urls"]) == (True, ["svchost.exe"], [])
    assert fine["events"] >= len(fleet.machines["pc"].network.server_lists)
    assert cut["connected"] is False
    assert cut["failed_urls"]
    assert all("crl.microsoft.com" in one for one in cut["failed_urls"])
    assert cut["failures"]
    for name, machine in fleet.machines.items():
        assert not capi2.is_on(machine)
        assert difference(before[name], registry(fleet, name)) == []


def test_check_mode_reads_and_turns_nothing_on(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    before = registry(fleet, "pc")
    played = run(fleet, "--check")
    assert played.status == 0, played.output
    assert (played.of("Turn the CAPI2 log on")["changed"], played.of(SHOWN)["msg"]["events"]) == (True, 0)
    assert difference(before, registry(fleet, "pc")) == []
    assert not any("wevtutil sl" in one.line for one in fleet.machines["pc"].log)


def test_a_log_that_was_on_stays_on(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    assert fleet.module("capi2_log", enabled=True).of("it")["changed"]
    played = run(fleet)
    assert played.status == 0, played.output
    assert not played.of("Turn the CAPI2 log on")["changed"]
    assert capi2.is_on(fleet.machines["pc"])


def test_the_log_goes_off_where_the_validation_fails(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    before = registry(fleet, "pc")
    played = run(fleet, "-e", "fetched_lists_timeout=never")
    assert (played.status, played.of("Turn the CAPI2 log on")["changed"]) == (2, True)
    assert "never" in played.of("Let Defender and Windows fetch the lists")["msg"]
    assert any("wevtutil sl" in one.line and "true" in one.line for one in fleet.machines["pc"].log)
    assert not capi2.is_on(fleet.machines["pc"])
    assert difference(before, registry(fleet, "pc")) == []
