"""The module defender_proxy: what it writes, what it refuses, and what it says (defender-2026 A4)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import own_proxy
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import HostError, Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

ONE, OTHER = "http://one.corp.example:3128", "https://other.corp.example:8443"
ATP = r"HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status"


@pytest.fixture
def host() -> SimulatedHost:
    return SimulatedHost(machine())


def change(
    host: SimulatedHost, *, force: bool = False, check_mode: bool = False, **values: Any
) -> tuple[dict[str, Any], list[str]]:
    warnings: list[str] = []
    wanted = own_proxy.wanted_from(*(values.get(name) for name in ("server", "pac_url", "bypass")))
    result = plain(run_operation(host, own_proxy.configure(wanted, force, check_mode), warnings))
    return result, warnings


def stored(host: SimulatedHost, name: str) -> Any:
    return host.machine.registry.data(POLICY_KEY, name)


def test_values_are_written_as_the_policy_wants_them_and_the_second_time_nothing_is(host: SimulatedHost) -> None:
    result, warnings = change(host, server=ONE, bypass=["http://update.corp.example"])
    assert (result["changed"], result["changed_values"], warnings) == (True, ["ProxyBypass", "ProxyServer"], [])
    assert (result["before"]["policy"]["server"], result["after"]["policy"]["server"]) == ("", ONE)
    value = host.machine.registry.get(POLICY_KEY, "ProxyServer")
    assert value is not None
    assert (value.type, value.data, stored(host, "ProxyBypass")) == (ValueType.SZ, ONE, "http://update.corp.example")
    for again in (
        {"server": ONE},
        {"server": "HTTP://One.corp.example:3128/"},
        {"bypass": ["HTTP://update.corp.example"]},
    ):
        assert not change(host, **again)[0]["changed"], again
    assert host.unknown == []


def test_what_is_not_given_stays_and_what_is_empty_goes(host: SimulatedHost) -> None:
    change(host, server=ONE, pac_url="http://pac.corp.example/p.pac", bypass=["a.corp.example"])
    assert change(host, pac_url="")[0]["changed_values"] == ["ProxyPacUrl"]
    assert (stored(host, "ProxyServer"), stored(host, "ProxyPacUrl")) == (ONE, None)
    result, _unused = change(host, server="", pac_url="", bypass=[])
    assert result["after"]["policy"] == {"server": "", "pac_url": "", "bypass": ""}
    assert stored(host, "ProxyServer") is stored(host, "ProxyBypass") is None


def test_check_mode_says_the_same_and_writes_nothing(host: SimulatedHost) -> None:
    foretold, _unused = change(host, server=ONE, check_mode=True)
    assert stored(host, "ProxyServer") is None
    assert foretold == change(host, server=ONE)[0]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"server": "proxy.corp.example:3128"}, "http:// or https:// before the name"),
        ({"server": "ftp://proxy.corp.example:3128"}, "http:// or https:// before the name"),
        ({"server": "http://proxy.corp.example"}, "must be host:port"),
        ({"server": "http://proxy.corp.example:3128/path"}, "must be host:port"),
        ({"server": "http://proxy.corp.example:0"}, "not between 1 and 65535"),
        ({"server": "http://user:secret@proxy.corp.example:3128"}, "must not contain credentials"),
        ({"pac_url": "proxy.pac"}, "pac_url must be an http or https URL"),
        ({"bypass": ["10.0.0.0/8"]}, "bypass: '10.0.0.0/8' is a subnet"),
        ({"bypass": ["a.example b.example"]}, "contains characters"),
    ],
)
def test_what_the_policy_does_not_take_is_refused_before_anything_is_sent(values: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says) as caught:
        own_proxy.wanted_from(*(values.get(name) for name in ("server", "pac_url", "bypass")))
    assert "secret" not in str(caught.value)


def test_tamper_protection_is_a_reason_to_change_nothing(host: SimulatedHost) -> None:
    host.machine.registry.set_dword(STATE_KEY + r"\Features", "TamperProtection", 5)
    with pytest.raises(HostError, match="tamper protection is on, which blocks changes"):
        change(host, server=ONE)
    assert stored(host, "ProxyServer") is None
    with pytest.raises(HostError, match="tamper protection is on"):
        change(host, server=ONE, check_mode=True)
    result, warnings = change(host, server=ONE, force=True)
    assert result["changed"]
    assert any("tamper protection is on" in one for one in warnings)
    assert not change(host, server=ONE)[0]["changed"], "where nothing is to be changed there is nothing to refuse"


@pytest.mark.parametrize(
    ("platform", "onboarded", "warns"),
    [
        ("4.18.26060.3004-0", 1, True),
        ("4.18.26080.1-0", 1, True),
        ("4.18.26050.9-0", 1, False),
        ("4.18.26060.3004-0", 0, False),
    ],
)
def test_controlled_configuration_is_named_where_it_may_be_on(
    host: SimulatedHost, platform: str, onboarded: int, warns: bool
) -> None:
    """defender-2026 A5: it would ignore the policy key, and where Windows stores that it is on is not documented."""
    service = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
    folder = r"C:\ProgramData\Microsoft\Windows Defender\Platform"
    host.machine.registry.set_text(service, "ImagePath", f'"{folder}\\{platform}\\MsMpEng.exe"')
    host.machine.registry.set_dword(ATP, "OnboardingState", onboarded)
    warnings = change(host, server=ONE)[1]
    assert any("controlled configuration may be on" in one for one in warnings) is warns


def test_other_stores_and_an_older_policy_are_named(host: SimulatedHost) -> None:
    host.machine.registry.set_text(MANAGER_KEY, "ProxyServer", OTHER)
    host.machine.registry.set_text(POLICY_KEY, "ProxyServer", OTHER)
    result, warnings = change(host, server=ONE)
    assert result["after"]["policy_manager"]["server"] == OTHER
    assert any("Policy Manager (Intune) holds values" in one for one in warnings)
    assert any("unknown who wrote it" in one for one in warnings)


def test_several_addresses_are_stored_with_the_doubt_told(host: SimulatedHost) -> None:
    _result, warnings = change(host, bypass=["a.corp.example", "b.corp.example"])
    assert stored(host, "ProxyBypass") == "a.corp.example;b.corp.example"
    assert any("no source says what separates" in one for one in warnings)


@pytest.mark.parametrize("wanted", [ONE, ""])
def test_a_value_of_an_odd_type_is_replaced(host: SimulatedHost, wanted: str) -> None:
    host.machine.registry.set_dword(POLICY_KEY, "ProxyServer", 7)
    assert change(host, server=wanted)[0]["changed"]
    assert stored(host, "ProxyServer") == (wanted or None)


def test_a_write_that_is_not_kept_is_a_failure(host: SimulatedHost) -> None:
    host.machine.registry.protect(POLICY_KEY, frozenset())
    with pytest.raises(HostError, match=r"ProxyServer should be http://one\.corp\.example:3128 but is absent"):
        change(host, server=ONE)


def test_an_unreadable_policy_key_is_no_absent_one(host: SimulatedHost) -> None:
    host.machine.registry.deny(POLICY_KEY)
    with pytest.raises(HostError, match="could not be read"):
        change(host, server=ONE)
