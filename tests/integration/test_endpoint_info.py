"""windefend.maps.endpoint_info through real ansible-playbook runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]

EXPECTED = {
    "healthy": ("excluded", "lists_arrive", ""),
    "no_winhttp_proxy_72f8f": ("proven", "lists_out_of_reach", "revocation_offline"),
    "crl_blocked": ("proven", "lists_out_of_reach", "revocation_offline"),
    "tls_inspection": ("excluded", "certificate_names_no_list", "no_revocation_check"),
    "proxy_authentication": ("unknown", "not_reached", "proxy_password"),
    "proxy_dead": ("unknown", "not_reached", "timed_out"),
}


def fleet_of(start: StartFleet, **every: Any) -> SimulatedFleet:
    hosts = [{"name": f"pc-{number}", "scenario": name, **every} for number, name in enumerate(EXPECTED)]
    return start({"hosts": hosts})


def check(fleet: SimulatedFleet, **arguments: Any) -> None:
    before = fleet.states()
    run = fleet.module("endpoint_info", **arguments)
    assert run.status == 0, run.output
    for number, (scenario, expected) in enumerate(EXPECTED.items()):
        result = run.of("it", f"pc-{number}")
        revocation = result["revocation"]
        seen = (revocation["crl_out_of_reach"], revocation["finding"], result["endpoints"][0]["failure"])
        assert seen == expected, scenario
        assert not result["changed"]
    assert fleet.states() == before


def test_scenarios_as_the_caller(start_fleet: StartFleet) -> None:
    fleet = fleet_of(start_fleet)
    check(fleet)
    assert max(len(machine.log) for machine in fleet.machines.values()) == 4


def test_scenarios_as_system_in_japanese(start_fleet: StartFleet) -> None:
    check(fleet_of(start_fleet, locale="ja"), run_as="system")


def test_what_a_proof_shows(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "no_winhttp_proxy_72f8f"}]})
    result = fleet.module("endpoint_info", "--check").of("it")
    assert result["revocation"]["codes"] == ["0x80092013", "0x80072EE2"]
    assert result["revocation"]["certutil"]["verdict"] == "offline"
    assert "root cause of Microsoft's article" in result["revocation"]["message"]
    assert [one["tls"] for one in result["revocation"]["without_checking"]] == [True, True, True]
    assert {one["issuer"] for one in result["revocation"]["without_checking"]} == {
        "C=US, O=Microsoft Corporation, CN=Microsoft Secure Server CA 2011"
    }
    assert result["not_reached"] == [one["url"] for one in result["endpoints"]]
    assert result["traffic"]["requests"] > 0


def test_a_host_without_curl_is_said_and_not_guessed(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "old", "scenario": "old_build"}]})
    run = fleet.module("endpoint_info")
    assert run.status == 0
    result = run.of("it")
    assert result["curl"] == {"present": False, "version": "", "schannel": None}
    assert [one["reachable"] for one in result["endpoints"]] == [None, None, None]
    assert (result["revocation"]["crl_out_of_reach"], result["revocation"]["finding"]) == ("unknown", "no_curl")
    assert result["not_known"] == [one["url"] for one in result["endpoints"]]
    fleet.machines["old"].log.clear()  # curl is unknown there, as it should be


def test_the_whole_catalogue_in_few_lines(start_fleet: StartFleet) -> None:
    """Every address of the article that can be asked, with the lookup's own words; they do not fit in one line."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "healthy_behind_proxy"}]})
    urls = "{{ query('windefend.maps.endpoints', edition='2023-06', result='probes') | map(attribute='url') }}"
    result = fleet.module("endpoint_info", urls=urls, crl_urls=[], revocation=False).of("it")
    assert len(result["endpoints"]) > 40
    assert result["not_reached"] == []
    assert {one["proxy"] for one in result["endpoints"]} == {"proxy.corp.example:3128"}
    lines = [command.line for command in fleet.machines["pc"].log]
    assert 2 < len(lines) <= 5
    assert max(map(len, lines)) < 8191


def test_an_onboarded_host_is_asked_what_it_asks(start_fleet: StartFleet) -> None:
    """A1: the perimeter lets out the names of the article alone, or the domain of streamlined connectivity alone."""
    article, domain = "*.wdcp.microsoft.com:443", "*.endpoint.security.microsoft.com:443"
    hosts = [
        {
            "name": name,
            "scenario": "healthy",
            "overrides": {"onboarding": kind, "network": {"direct": {"blocked": {closed: "drop"}}}},
        }
        for name, kind, closed in (
            ("streamlined", "streamlined", article),
            ("closed", "streamlined", domain),
            ("standard", "standard", domain),
        )
    ]
    fleet = start_fleet({"hosts": hosts})
    run = fleet.play(
        [
            {"name": "read", "windefend.maps.host_info": {}},
            {"name": "ask", "windefend.maps.endpoint_info": {}},
            {"name": "assess", "windefend.maps.maps_connection_info": {}},
        ]
    )
    assert run.status == 0, run.output
    kinds = {name: run.of("read", name)["onboarding"]["kind"] for name in ("streamlined", "closed", "standard")}
    assert kinds == {"streamlined": "streamlined", "closed": "streamlined", "standard": "standard"}
    asked = ["https://mdav.eu.endpoint.security.microsoft.com/mdav/test"]
    assert [one["url"] for one in run.of("ask", "streamlined")["endpoints"]] == asked
    assert run.of("ask", "streamlined")["not_reached"] == []
    assert run.of("ask", "closed")["not_reached"] == asked
    assert run.of("ask", "standard")["not_reached"] == []
    connected = {name: run.of("assess", name)["connected"] for name in kinds}
    assert connected == {"streamlined": True, "closed": False, "standard": True}


def test_bad_input_names_the_option_and_sends_nothing(host: SimulatedFleet) -> None:
    wrong = {"urls": ["https://a.example/%20"], "crl_urls": ["https://x/"], "proxy": "http://a:1", "timeout": 0}
    run = host.play(
        [
            {"name": name, "windefend.maps.endpoint_info": {name: value}, "ignore_errors": True}
            for name, value in wrong.items()
        ]
    )
    for name in wrong:
        assert run.of(name)["msg"].startswith(f"pc: {name}")
    assert "Traceback" not in run.output
    assert host.machines["pc"].log == []
