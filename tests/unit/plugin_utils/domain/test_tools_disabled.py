"""Hosts whose tools are turned off, denied or contradict each other, as winsim's overrides make them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import LineBroken
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.answers import judged
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome, why_unread
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.registry import query
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.tests.unit.plugin_utils.domain.test_output_limits import READING

SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
STATE = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
RULES = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
READERS = ("host_info", "defender_info", "maps_connection_info", "endpoint_info")


def answer(name: str, scenario: str = "healthy", **entry: Any) -> dict[str, Any]:
    result: dict[str, Any] = plain(run_operation(SimulatedHost(machine(scenario, **entry)), READING[name]()))
    return result


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("name", READERS)
def test_a_registry_that_is_switched_off_fails_the_task_with_the_words(name: str, locale: str) -> None:
    """B01: it was 'another antivirus, certain, not applicable' on a host whose Defender runs."""
    words = "使用不可" if locale == "ja" else "Registry editing has been disabled by your administrator"
    with pytest.raises(HostError, match=f"nothing was read of this host.*{words}"):
        answer(name, locale=locale, overrides={"registry_tools_disabled": True})


def test_a_line_that_autorun_ends_names_autorun() -> None:
    """B35: cmd.exe ends before the line."""
    with pytest.raises(LineBroken, match=r"DisableCMD.*AutoRun.*Command Processor"):
        answer("host_info", overrides={"autorun": "exit 1"})


def test_an_autorun_that_goes_on_changes_nothing() -> None:
    assert answer("host_info", overrides={"autorun": "ver>nul"}) == answer("host_info")


def test_service_manager_and_registry_that_contradict_each_other_prove_nothing() -> None:
    """B01: the service runs and its key cannot be read."""
    found = answer("host_info", overrides={"key_denied": [SERVICE]})
    reasons = {one["fact"]: one["reason"] for one in found["unknown"]}
    assert (found["defender"]["installed"], found["defender"]["applicable"]) == (None, None)
    assert found["defender"]["running"] is True
    assert "contradict each other" in reasons["defender.installed"]
    assert "Access is denied" in reasons["defender.installed"]


def test_a_key_without_its_service_proves_nothing_either() -> None:
    on = machine()
    del on.services.running["windefend"]
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert (found["defender"]["installed"], found["defender"]["running"]) == (None, None)


def test_a_host_without_defender_is_still_known() -> None:
    """Service and key are gone, and both tools could read."""
    on = machine()
    del on.services.running["windefend"]
    on.registry.delete_key(SERVICE)
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert (found["defender"]["installed"], found["defender"]["applicable"], found["unknown"]) == (False, False, [])


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        (STATE, {"defender.passive_mode", "defender.disabled", "defender.applicable", "spynet.effective_reporting"}),
        (r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender", {"defender.proxy_server", "spynet.ssl_options"}),
        (RULES, {"firewall.maps.verdict", "firewall.crl.verdict", "firewall.probe.verdict"}),
        (r"HKU\S-1-5-18", {"proxy.accounts.system", "proxy.caller_differs_from_system"}),
    ],
)
def test_a_key_that_is_denied_costs_what_it_decides(key: str, facts: set[str]) -> None:
    found = answer("host_info", overrides={"key_denied": [key]})
    reasons = {one["fact"]: one["reason"] for one in found["unknown"]}
    assert facts <= reasons.keys()
    assert all("Access is denied" in reasons[fact] for fact in facts)
    assert (found["defender"]["installed"], found["system"]["build"]) == (True, 20348)


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        (r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager", "defender.proxy_stores.policy_manager"),
        (r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet", "spynet.ssl_options"),
        (rf"{STATE}\Features", "spynet.tamper_protection"),
    ],
)
def test_a_key_that_only_its_parent_proves(key: str, fact: str) -> None:
    """Its command asks for nothing above it; another command of the line reads the parent."""
    on = machine()
    on.registry.set_dword(key, "Anything", 1)
    assert plain(run_operation(SimulatedHost(on), host_reading.read()))["unknown"] == []
    on.registry.deny(key)
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    parent = key.rpartition("\\")[0]
    assert (
        f"could not read it, although {parent} lists it"
        in {one["fact"]: one["reason"] for one in found["unknown"]}[fact]
    )
    on.registry.delete_key(key)
    assert plain(run_operation(SimulatedHost(on), host_reading.read()))["unknown"] == []


def test_where_the_parent_cannot_be_read_nothing_proves_that_a_key_below_is_absent() -> None:
    on = machine()
    on.registry.deny(r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender")
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert "defender.proxy_stores.policy_manager" in {one["fact"] for one in found["unknown"]}


@pytest.mark.parametrize("key", [STATE, r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender", r"HKU\S-1-5-18"])
def test_a_code_alone_names_no_cause_where_the_others_could_not_be_looked_at(key: str) -> None:
    """It was 'TLS inspection, ask the proxy team' on a host without a proxy, because one key was denied."""
    found = answer("maps_connection_info", "no_winhttp_proxy_72f8f", overrides={"key_denied": [key]})
    assert (found["hresult"], found["cause"], found["confidence"]) == ("0x80072F8F", "unknown", "none")
    assert found["alternatives"] == ["tls_inspection"]
    assert "winhttp_proxy_missing" in [one["id"] for one in found["unseen"]]
    assert "ask the proxy team" not in found["diagnosis"]


def test_a_dead_firewall_service_is_no_block() -> None:
    """B31: the stored default blocks, and the service that would apply it does not run."""
    found = answer("maps_connection_info", "outbound_block", overrides={"firewall_service_stopped": True})
    firewall = found["host"]["firewall"]
    assert (firewall["maps"]["verdict"], firewall["service_running"]) == ("unknown", False)
    reasons = {one["fact"]: one["reason"] for one in found["host"]["unknown"]}
    assert "mpssvc" in reasons["firewall.maps.verdict"]
    causes = {one["id"]: one["confidence"] for one in found["causes"]}
    assert causes["firewall_service_stopped"] == "possible"
    assert "firewall_default_block" not in causes


def test_the_words_of_netsh_reach_the_user_where_its_service_is_dead() -> None:
    """B31."""
    on = machine(overrides={"firewall_service_stopped": True})
    with pytest.raises(HostError, match=r"attempting to contact the  Windows Defender Firewall service.*mpssvc"):
        run_operation(SimulatedHost(on), allow_rule.configure(allow_rule.RuleSpec("A rule"), True, False))


@pytest.mark.parametrize(
    ("output", "absent"),
    [
        (b"?\r\n?\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\b\r\n", True),
        (b"?\r\n?\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\A\r\n", False),
        (b"?\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\a\r\n    x    REG_SZ    y\r\n", True),
        (b"?\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\a\r\n    V    REG_SZ    y\r\n", False),
        (b"?\r\n?\r\n", False),
        (b"?\r\n" * 9, False),
        (b"", False),
    ],
)
def test_what_the_listing_of_a_parent_proves(output: bytes, absent: bool) -> None:
    found = judged({"it": query(r"HKLM\SOFTWARE\Microsoft\a", "v")}, {"it": Outcome(0, output)})["it"]
    assert (found == Outcome(1)) is absent
    assert bool(why_unread(found)) is not absent


KEY = r"HKLM\SOFTWARE\Policies\Microsoft\windefend.maps"
HEAD = "HKEY_LOCAL_MACHINE" + KEY[4:]


@pytest.mark.parametrize(
    ("output", "code"),
    [
        (f"{HEAD}\r\n    x    REG_SZ    y\r\n", 0),
        (f"?\r\n{HEAD.rpartition(chr(92))[0]}\\Windows\r\n", 1),
        # Words on standard output are an answer of nobody.
        (f"ERROR: The system was unable to find it.\r\n?\r\n{HEAD.rpartition(chr(92))[0]}\\Windows\r\n", 1),
        # A part of the answer, and then a failure: neither is there what is missing, nor is it absent.
        (f"{HEAD}\r\n    x    REG_SZ    y\r\n?\r\n{HEAD.rpartition(chr(92))[0]}\\Windows\r\n", None),
        (f"?\r\n{HEAD.rpartition(chr(92))[0]}\\Windows\r\n?\r\n{HEAD}\r\n", None),
    ],
)
def test_what_stands_before_a_mark(output: str, code: int | None) -> None:
    found = judged({"it": query(KEY)}, {"it": Outcome(0, output.encode())})["it"]
    assert (None if why_unread(found) else found.exit_code) == code
