"""windefend.maps.defender_proxy and its role through real ansible-playbook runs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.integration.conftest import StartFleet
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim.snapshot import difference

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
SERVER = "http://proxy.corp.example:3128"


def stored(fleet: SimulatedFleet, name: str = "ProxyServer") -> Any:
    return fleet.machines["pc"].registry.data(POLICY, name)


def test_set_diff_and_absent(host: SimulatedFleet) -> None:
    before = host.state("pc")
    foretold = host.module("defender_proxy", "--check", "--diff", server=SERVER).of("it")
    assert foretold["changed"]
    assert foretold["diff"]["after"]["policy"]["server"] == SERVER
    assert host.state("pc") == before
    written = host.module("defender_proxy", server=SERVER, bypass=["http://update.corp.example"]).of("it")
    assert (written["changed_values"], stored(host)) == (["ProxyBypass", "ProxyServer"], SERVER)
    assert not host.module("defender_proxy", server=SERVER).of("it")["changed"]
    assert host.module("defender_proxy", state="absent").of("it")["changed"]
    assert (stored(host), stored(host, "ProxyBypass")) == (None, None)
    assert not host.module("defender_proxy", state="absent").of("it")["changed"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "state=present requires one of server, pac_url, bypass"),
        ({"state": "absent", "server": SERVER}, "cannot be combined with server"),
        ({"server": "proxy.corp.example:3128"}, "http:// or https:// before the name"),
    ],
)
def test_requests_that_cannot_be_fulfilled(host: SimulatedFleet, arguments: dict[str, Any], says: str) -> None:
    before = host.state("pc")
    refused = host.module("defender_proxy", **arguments)
    assert refused.kind("it") == "failed"
    assert says in refused.of("it")["msg"]
    assert host.state("pc") == before


def test_tamper_protection(host: SimulatedFleet) -> None:
    machine = host.machines["pc"]
    machine.registry.set_dword(r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features", "TamperProtection", 5)
    refused = host.module("defender_proxy", server=SERVER)
    assert "tamper protection is on" in refused.of("it")["msg"]
    assert stored(host) is None
    assert host.module("defender_proxy", server=SERVER, force=True).of("it")["changed"]


def test_the_role_and_a_rollback(host: SimulatedFleet) -> None:
    host.machines["pc"].registry.set_text(POLICY, "ProxyServer", "http://old.corp.example:8080")
    before = host.state("pc")["registry"]
    journal = {"journal": str(host.folder / "journal")}
    role = {"ansible.builtin.include_role": {"name": "windefend.maps.defender_proxy"}}
    given = {"defender_proxy_server": SERVER, "defender_proxy_bypass": ["http://update.corp.example"]}
    defaults = {"group/windefend.maps.changing": {**journal, "journal_run": "monday"}}
    host.play([{**role, "vars": given}], module_defaults=defaults)
    assert (stored(host), stored(host, "ProxyBypass")) == (SERVER, "http://update.corp.example")
    undone = host.module("rollback", run="monday", **journal)
    assert undone.kind("it") == "ok"
    assert stored(host) == "http://old.corp.example:8080"
    assert [
        line
        for line in difference({"registry": before}, {"registry": host.state("pc")["registry"]})
        if "windows defender" in line.lower()
    ] == []


def test_remediate_sets_it_where_it_is_given(start_fleet: StartFleet) -> None:
    proxies = {"network": {"direct": {"blocked": {"*:443": "drop"}}, "proxies": {"proxy.corp.example:3128": {}}}}
    fleet = start_fleet({"hosts": [{"name": "pc", "overrides": proxies}]})
    role = {"ansible.builtin.include_role": {"name": "windefend.maps.remediate"}}
    fleet.play([{**role, "vars": {"remediate_defender_proxy": SERVER}}])
    assert stored(fleet) == SERVER
