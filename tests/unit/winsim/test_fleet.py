"""The fleet file: what it says, and what it is told when it says something wrong."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.winsim import fleet
from ansible_collections.windefend.maps.winsim.machine.services import State
from ansible_collections.windefend.maps.winsim.overrides import Invalid
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS, Cause, Expectation, Outcome
from ansible_collections.windefend.maps.winsim.snapshot import dump

DEMO = pathlib.Path(fleet.__file__).parent.parent / "demo" / "fleet.yml"
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def hosts(*entries: dict[str, Any], **top: Any) -> tuple[fleet.FleetHost, ...]:
    return fleet.parse({"hosts": list(entries), **top}).hosts


class TestNamesAndAddresses:
    def test_a_count_expands_a_name_and_allots_addresses_in_order(self) -> None:
        found = hosts({"name": "pc-{n:03}", "count": 3}, {"name": "srv"})
        assert [(host.name, host.address) for host in found] == [
            ("pc-001", "127.16.0.1"),
            ("pc-002", "127.16.0.2"),
            ("pc-003", "127.16.0.3"),
            ("srv", "127.16.0.4"),
        ]

    def test_a_fixed_address_is_not_allotted_again(self) -> None:
        found = hosts({"name": "a"}, {"name": "b", "address": "127.16.0.1"}, {"name": "c"})
        assert [host.address for host in found] == ["127.16.0.2", "127.16.0.1", "127.16.0.3"]

    def test_another_network(self) -> None:
        assert hosts({"name": "a"}, network="127.99.0.0/30")[0].address == "127.99.0.1"

    def test_five_hundred(self) -> None:
        found = hosts({"name": "pc-{n:04}", "count": 500, "scenario": "defender_proxy_only"})
        machines = [host.build() for host in found]
        assert len({machine.name for machine in machines}) == len({host.address for host in found}) == 500
        assert len({machine.accounts[0].sid for machine in machines}) == 500


class TestShared:
    def test_the_hosts_own_word_goes_before_the_defaults(self) -> None:
        one, two = hosts(
            {"name": "a"},
            {"name": "b", "locale": "en", "os": "windows_server_2019", "site": "tokyo"},
            defaults={"locale": "ja", "os": "windows_10_22h2", "site": "osaka"},
        )
        assert (one.locale, one.os, one.site) == ("ja", "windows_10_22h2", "osaka")
        assert (two.locale, two.os, two.site) == ("en", "windows_server_2019", "tokyo")

    def test_a_scenario_that_needs_a_system_goes_before_the_defaults(self) -> None:
        (host,) = hosts({"name": "a", "scenario": "old_build"}, defaults={"os": "windows_10_22h2"})
        assert host.build().os.build == 14393

    def test_overrides_of_both_apply_and_the_hosts_come_last(self) -> None:
        (host,) = hosts(
            {"name": "a", "overrides": {"defender": {"choice": 2}, "registry": {SPYNET: {"SSLOptions": None}}}},
            defaults={"overrides": {"defender": {"choice": 1, "validation_seconds": 3}}},
        )
        defender = host.build().defender
        assert (defender.choice, defender.validation_seconds) == (2, 3.0)

    def test_overrides_come_after_the_scenario(self) -> None:
        (host,) = hosts({"name": "a", "scenario": "no_winhttp_proxy_70006", "overrides": {"defender": {"choice": 5}}})
        assert host.build().defender.choice == 5

    def test_account(self) -> None:
        (host,) = hosts({"name": "a", "account": {"user": "kim", "password": "p", "domain": "CORP"}})
        machine = host.build()
        assert machine.logon("CORP\\kim", "p") is not None
        assert machine.logon("CORP\\kim", "q") is None

    def test_expectation(self) -> None:
        one, two = hosts(
            {"name": "a", "scenario": "crl_blocked"},
            {"name": "b", "scenario": "crl_blocked", "expect": {"outcome": "not_repairable"}},
        )
        assert one.expect == Expectation(Outcome.REPAIRED, Cause.CRL_UNREACHABLE)
        assert two.expect == Expectation(Outcome.NOT_REPAIRABLE, Cause.CRL_UNREACHABLE)


def test_every_kind_of_override() -> None:
    (host,) = hosts(
        {
            "name": "a",
            "overrides": {
                "winrm": {"allow_basic": True, "max_shells_per_user": 2},
                "clock_offset": -3600,
                "services": {"Spooler": {"state": "stopped", "start": "disabled"}},
                "network": {
                    "profile": "public",
                    "resolves_external_names": False,
                    "wpad": "p:1",
                    "direct": {"blocked": {"*:80": "drop"}, "inspects_tls": True},
                    "proxies": {"P:1": {"requires_password": True}, "q:2": None},
                    "pac_files": {"http://x/": "p:1"},
                    "internal_servers": {"WSUS.example:8530": 403},
                },
                "registry": {
                    SPYNET: {
                        "SSLOptions": 2,
                        "text": "t",
                        "many": ["a", "b"],
                        "blob": {"type": "binary", "data": "0102ff"},
                        "path": {"type": "expand_sz", "data": "%windir%"},
                        "big": {"type": "qword", "data": 2**40},
                    }
                },
            },
        }
    )
    machine = host.build()
    assert (machine.winrm.allow_basic, machine.winrm.max_shells_per_user) == (True, 2)
    assert machine.clock_offset.total_seconds() == -3600
    assert machine.services.running["spooler"].state is State.STOPPED
    assert machine.services.start_type("Spooler") == 4
    network = machine.network
    assert (network.profile, network.resolves_external_names, network.wpad) == ("public", False, "p:1")
    assert (dict(network.direct.blocked), network.direct.inspects_tls) == ({"*:80": "drop"}, True)
    assert network.proxies["p:1"].requires_password
    assert network.internal_status("wsus.example", 8530) == 403
    assert network.proxies["q:2"].reachable
    data = {name: machine.registry.data(SPYNET, name) for name in ("SSLOptions", "text", "many", "blob", "path", "big")}
    assert data == {
        "SSLOptions": 2,
        "text": "t",
        "many": ("a", "b"),
        "blob": b"\x01\x02\xff",
        "path": "%windir%",
        "big": 2**40,
    }


def test_a_registry_key_is_removed_and_one_that_is_not_there_is_no_fault() -> None:
    key = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
    gone = {key: None, "HKLM\\SOFTWARE\\Nowhere": None}
    clean, host = hosts({"name": "b"}, {"name": "a", "overrides": {"registry": gone}})
    before = clean.build()
    assert before.registry.exists(key)
    machine = host.build()
    assert not machine.registry.exists(key)
    assert machine.registry.exists(key.rpartition("\\")[0])


OK = {"name": "a"}
WRONG: dict[str, tuple[object, str, str]] = {
    # what is wrong -> document, place, part of the problem
    "no mapping": ([], "the file", "must be a mapping"),
    "unknown key": ({"hosts": [OK], "host": 1}, "host", "allowed: seed, port"),
    "no hosts": ({}, "hosts", "list of at least one"),
    "host is text": ({"hosts": ["a"]}, "hosts[0]", "must be a mapping"),
    "host key": ({"hosts": [OK, {"name": "b", "scenari": "x"}]}, "hosts[1].scenari", "allowed: name, count"),
    "no name": ({"hosts": [{"count": 2}]}, "hosts[0].name", "must be text"),
    "tls": ({"hosts": [{"name": "a", "tls": "bad"}]}, "hosts[0].tls", "allowed: good, wrong_name"),
    "tls is not a switch": ({"hosts": [{"name": "a", "tls": True}]}, "hosts[0].tls", "allowed: good"),
    "certificate without https": (
        {"hosts": [{"name": "a", "account": {"certificate": True}}]},
        "hosts[0].tls",
        "needs HTTPS",
    ),
    "certificate of a domain": (
        {"hosts": [{"name": "a", "tls": "good", "account": {"certificate": True, "domain": "CORP"}}]},
        "hosts[0].account.certificate",
        "local accounts only",
    ),
    "certificate for no file name": (
        {"defaults": {"tls": "good", "account": {"certificate": True, "user": "../a"}}, "hosts": [OK]},
        "defaults.account.certificate",
        "letters, digits",
    ),
    "scenario": ({"hosts": [{"name": "a", "scenario": "x"}]}, "hosts[0].scenario", "allowed: admin_own_proxy"),
    "count": ({"hosts": [{"name": "a{n}", "count": 0}]}, "hosts[0].count", "at least 1"),
    "count is text": ({"hosts": [{"name": "a{n}", "count": "2"}]}, "hosts[0].count", "whole number"),
    "count is true": ({"hosts": [{"name": "a{n}", "count": True}]}, "hosts[0].count", "whole number"),
    "name without number": ({"hosts": [{"name": "a", "count": 2}]}, "hosts[0].name", "{n:03}"),
    "name with another field": ({"hosts": [{"name": "a{x}"}]}, "hosts[0].name", "only {n}"),
    "name too long": ({"hosts": [{"name": "a" * 16}]}, "hosts[0].name", "no computer name"),
    "name with a blank": ({"hosts": [{"name": "a b"}]}, "hosts[0].name", "no computer name"),
    "same name": ({"hosts": [OK, {"name": "A"}]}, "hosts", "twice"),
    "too many": ({"hosts": [{"name": "a{n}", "count": 10**9}]}, "hosts[0].count", "more than 5000"),
    "same address": (
        {"hosts": [{"name": "a", "address": "127.0.0.5"}, {"name": "b", "address": "127.0.0.5"}]},
        "hosts",
        "twice",
    ),
    "not loopback": ({"hosts": [{"name": "a", "address": "192.0.2.1"}]}, "hosts", "not loopback"),
    "no address": ({"hosts": [{"name": "a", "address": "x"}]}, "hosts", "a: "),
    "address for several": (
        {"hosts": [{"name": "a{n}", "count": 2, "address": "127.0.0.5"}]},
        "hosts[0].address",
        "single",
    ),
    "network": ({"hosts": [OK], "network": "10.0.0.0/8"}, "network", "not loopback"),
    "no network": ({"hosts": [OK], "network": "127.0.0.1/8"}, "network", "host bits"),
    "small network": ({"hosts": [{"name": "a{n}", "count": 3}], "network": "127.9.0.0/30"}, "network", "too few"),
    "port": ({"hosts": [OK], "port": 70000}, "port", "65535"),
    "os": ({"hosts": [{"name": "a", "os": "dos"}]}, "hosts[0].os", "allowed: windows_10_1607"),
    "os in the defaults": ({"hosts": [OK], "defaults": {"os": "dos"}}, "defaults.os", "allowed: windows_10_1607"),
    "locale": ({"hosts": [{"name": "a", "locale": "xx"}]}, "hosts[0].locale", "allowed: en, ja"),
    "platform": ({"hosts": [{"name": "a", "platforms": ["1"]}]}, "hosts[0].platforms", "allowed: 4.18.1906.3-0"),
    "group": ({"hosts": [{"name": "a", "groups": ["A-B"]}]}, "hosts[0].groups", "no name of an inventory group"),
    "account": ({"hosts": [{"name": "a", "account": {"name": "x"}}]}, "hosts[0].account.name", "allowed: user"),
    "outcome": ({"hosts": [{"name": "a", "expect": {"outcome": "x"}}]}, "hosts[0].expect.outcome", "allowed: healthy"),
    "cause": ({"hosts": [{"name": "a", "expect": {"cause": "x"}}]}, "hosts[0].expect.cause", "allowed: none"),
}
OVERRIDES: dict[str, tuple[object, str, str]] = {
    # what is wrong -> overrides, place below them, part of the problem
    "section": ({"x": 1}, ".x", "allowed: applocker, autorun, clock_offset, defender"),
    "attribute": ({"defender": {"choic": 1}}, ".defender.choic", "allowed: action_seconds, choice"),
    "kind": ({"defender": {"choice": "1"}}, ".defender.choice", "whole number"),
    "true for a number": ({"defender": {"choice": True}}, ".defender.choice", "whole number"),
    "number for true": ({"winrm": {"allow_basic": 1}}, ".winrm.allow_basic", "true or false"),
    "channel binding": ({"winrm": {"channel_binding": "on"}}, ".winrm.channel_binding", "allowed: none, relaxed"),
    "lockout": ({"lockout_after": True}, ".lockout_after", "whole number"),
    "barrier": ({"network": {"direct": {"blocked": {"*:80": "x"}}}}, ".network.direct.blocked.*:80", "allowed: drop"),
    "profile": ({"network": {"profile": "x"}}, ".network.profile", "allowed: domain"),
    "proxy": ({"network": {"proxies": {"p:1": {"x": 1}}}}, ".network.proxies.p:1.x", "allowed: blocked"),
    "internal": ({"network": {"internal_servers": {"a:1": "x"}}}, ".network.internal_servers.a:1", "whole number"),
    "service": ({"services": {"x": {}}}, ".services.x", "no such service"),
    "service state": ({"services": {"Spooler": {"state": "x"}}}, ".services.Spooler.state", "allowed: stopped"),
    "service option": ({"services": {"Spooler": {"x": 1}}}, ".services.Spooler.x", "allowed: start"),
    "hive": ({"registry": {"HKXX\\A": {"b": 1}}}, ".registry.HKXX\\A.b", "HKLM"),
    "value": ({"registry": {"HKLM\\A": {"b": 1.5}}}, ".registry.HKLM\\A.b", "must be a mapping"),
    "type": ({"registry": {"HKLM\\A": {"b": {"type": "x"}}}}, ".registry.HKLM\\A.b.type", "allowed: sz"),
    "hex": ({"registry": {"HKLM\\A": {"b": {"type": "binary", "data": "xy"}}}}, ".registry.HKLM\\A.b.data", "hexa"),
    "clock": ({"clock_offset": "1h"}, ".clock_offset", "a number"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_told_where_and_what_is_allowed(what: str) -> None:
    document, where, problem = WRONG[what]
    with pytest.raises(Invalid) as raised:
        fleet.parse(document)
    assert raised.value.where == where
    assert problem in raised.value.problem


@pytest.mark.parametrize("what", OVERRIDES)
@pytest.mark.parametrize("place", ["hosts[1]", "defaults"])
def test_a_wrong_override_is_told_before_anything_is_served(what: str, place: str) -> None:
    given, where, problem = OVERRIDES[what]
    other: dict[str, Any] = {"name": "b"}
    document = {"hosts": [OK, other]}
    document.update({"defaults": {"overrides": given}} if place == "defaults" else {})  # type: ignore[dict-item]
    if place != "defaults":
        other["overrides"] = given
    with pytest.raises(Invalid) as raised:
        fleet.parse(document)
    assert raised.value.where == f"{place}.overrides{where}"
    assert problem in raised.value.problem


class TestFile:
    def test_missing(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(fleet.FleetError, match=r"none\.yml: No such file"):
            fleet.load(tmp_path / "none.yml")

    @pytest.mark.parametrize("text", ["hosts: [", "\t- a", "a: !!python/object:os.system {}"])
    def test_no_yaml(self, tmp_path: pathlib.Path, text: str) -> None:
        path = tmp_path / "fleet.yml"
        path.write_text(text)
        with pytest.raises(fleet.FleetError, match=r"fleet\.yml: no YAML"):
            fleet.load(path)

    def test_the_place_follows_the_files_name(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "fleet.yml"
        path.write_text("hosts: [{name: a, os: dos}]\n")
        with pytest.raises(fleet.FleetError, match=r"fleet\.yml: hosts\[0\]\.os: 'dos' is unknown"):
            fleet.load(path)


class TestDemoFleet:
    def test_it_holds_every_scenario_that_a_file_can_show(self) -> None:
        demo = fleet.load(DEMO)
        assert SCENARIOS.keys() - {host.scenario.name for host in demo.hosts} == {
            "maps_off", "remote_user_with_shell", "no_external_names", "server_2016_no_proxy", "wsus_by_full_name",
            "proxy_service_disabled", "defender_proxy_local", "smart_quotes", "key_denied", "wpad_disabled",
        }  # fmt: skip

    def test_one_host_lets_simple_clients_in_and_no_other_does(self) -> None:
        open_hosts = [
            host.name for host in fleet.load(DEMO).hosts if host.build().winrm.allow_basic
        ]  # fmt: skip
        assert open_hosts == ["judge-friendly"]

    def test_japanese_hosts(self) -> None:
        demo = fleet.load(DEMO)
        japanese = [host.build().locale for host in demo.hosts if host.language.language == "ja"]
        assert {locale.oem_code_page for locale in japanese} == {932}
        assert sorted(locale.english_under_utf8 for locale in japanese) == [False, False, False, False, True]

    def test_the_same_seed_gives_the_same_fleet(self) -> None:
        states = [[dump(host.build()) for host in fleet.load(DEMO).hosts] for _unused in range(2)]
        assert states[0] == states[1]
