"""defender_info, signature_update and detection_test through real ansible-playbook runs.

The article's row "attempt to download a fake malware file from Microsoft": the file is downloaded and detected, and the
event 1116 shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.snapshot import difference
from ansible_collections.windefend.maps.winsim.tools import realtime

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PROTECTION = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Real-Time Protection"
PROXY = "proxy.corp.example:3128"
HOSTS = [
    {"name": "en", "scenario": "healthy_behind_proxy"},
    {"name": "ja", "scenario": "healthy_behind_proxy", "locale": "ja"},
    {"name": "cloudless", "scenario": "maps_off"},
    {"name": "asleep", "locale": "ja", "overrides": {"registry": {PROTECTION: {"DisableRealtimeMonitoring": 1}}}},
    {
        "name": "filtered",
        "scenario": "healthy_behind_proxy",
        "overrides": {"network": {"proxies": {PROXY: {"blocked": {"aka.ms:*": "page"}}}}},
    },
]
EXPECTED = {
    "en": ("detected", True),
    "ja": ("detected", True),
    "cloudless": ("not_detected", False),
    "asleep": ("real_time_protection_off", None),
    "filtered": ("blocked_upstream", None),
}


def test_the_articles_test_file(start_fleet: StartFleet) -> None:
    """Older events 1116 stand on every host and prove nothing."""
    fleet = start_fleet({"hosts": HOSTS})
    for machine in fleet.machines.values():
        path, now = r"C:\Program Files\windefend-maps-1-0\payload\test-file.exe", machine.now()
        machine.events.append(realtime.record(machine, 1116, "{OLD}", now, now, path, "x"))
    before = fleet.states()
    run = fleet.module("detection_test", form="file", timeout=2)
    assert run.status == 0, run.output
    for name, (outcome, proven) in EXPECTED.items():
        result = run.of("it", name)
        assert (result["outcome"], result["proven"]) == (outcome, proven), name
        assert result["changed"] is bool(proven)
        if outcome == "detected":
            assert result["detection"]["event_id"] == 1116
            assert result["detection"]["id"] != "{OLD}"
            assert result["action"]["event_id"] == 1117
            assert result["quarantined"]
            assert result["proxy_source"] == "winhttp"
        else:
            assert difference(before[name], fleet.state(name)) == []
    assert run.of("it", "ja")["threat"]["severity"] == "重大"
    assert run.of("it", "ja")["threat"]["severity_id"] == run.of("it", "en")["threat"]["severity_id"]


def test_check_mode_does_nothing_and_says_so(host: SimulatedFleet) -> None:
    run = host.module("detection_test", "--check")
    assert run.kind("it") == "skipped"
    assert "check mode" in run.of("it")["message"]
    assert host.machines["pc"].log == []


@pytest.mark.parametrize("carried_out", [False, True])
def test_no_file_stays_when_the_connection_is_cut(start_fleet: StartFleet, carried_out: bool) -> None:
    """At each request of the task in turn that asks something of the host."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "maps_off"}]})
    before = fleet.state("pc")
    kinds = set()
    for request in range(5, 11):  # three of NTLM and Create come before
        fleet.server.cut_after(fleet.address("pc"), request, carried_out=carried_out)
        run = fleet.module("detection_test", form="file", timeout=1)
        kinds.add(run.kind("it"))
        assert "Traceback" not in run.output
        assert fleet.leftovers() == [], request
        assert difference(before, fleet.state("pc")) == []
    assert "unreachable" in kinds


def test_signatures_move_once(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": "ja"}, {"name": "cut-off"}]})
    fleet.machines["pc"].defender.offered_signatures = "1.450.10.0"
    fleet.machines["cut-off"].network.resolves_external_names = False
    fleet.machines["cut-off"].defender.choice = 1
    before = fleet.state("pc")
    foretold = fleet.module("signature_update", "--check")
    assert not foretold.of("it", "pc")["changed"]
    assert "check mode" in foretold.of("it", "pc")["message"]
    assert fleet.state("pc") == before
    first = fleet.module("signature_update", "--diff")
    assert first.of("it", "pc")["changed"]
    assert first.of("it", "pc")["diff"]["after"]["antivirus"] == "1.450.10.0"
    assert first.kind("it", "cut-off") == "failed"
    failed = first.of("it", "cut-off")
    assert "0x80072EE7 (the server's name could not be resolved)" in failed["msg"]
    assert failed["hresult"] == "0x80072EE7"
    assert not failed["changed"]
    assert not fleet.module("signature_update", source="microsoft").of("it", "pc")["changed"]


@pytest.mark.parametrize("locale", ["en", "ja", "ja_english_under_utf8"])
def test_defender_info_in_every_language(start_fleet: StartFleet, locale: str) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": locale, "scenario": "defender_proxy_only"}]})
    before = fleet.state("pc")
    result = fleet.module("defender_info").of("it")
    assert not result["changed"]
    assert result["product"]["running"]
    assert result["product"]["platform_version"]
    assert result["signatures"]["antivirus"] == "1.443.173.0"
    assert result["settings"]["maps_membership"]["source"] == "own"
    assert result["proxy"]["defender"]["server"]
    assert result["proxy"]["winhttp"]["direct"]
    assert len(fleet.machines["pc"].log) == 1
    assert fleet.state("pc") == before


def test_nonsense_is_refused_with_the_options_name(host: SimulatedFleet) -> None:
    bad: dict[str, Any] = {"url": "file:///c:/x", "proxy": "x", "timeout": 0, "archive_url": "https://a/%1"}
    tasks = [
        {"name": option, "windefend.maps.detection_test": {option: value}, "ignore_errors": True}
        for option, value in bad.items()
    ]
    tasks.append({"name": "update", "windefend.maps.signature_update": {"timeout": 3601}, "ignore_errors": True})
    run = host.play(tasks)
    for option in bad:
        assert option in run.of(option)["msg"]
    assert "timeout" in run.of("update")["msg"]
    assert "Traceback" not in run.output
    assert host.machines["pc"].log == []
