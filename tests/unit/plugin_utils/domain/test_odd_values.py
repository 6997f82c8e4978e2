"""A value that is none, anywhere below a key that is read: it costs what it decides, and nothing else.

B05: one value that nobody asks for, with a line end in it, made every reading module fail.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.tests.support.odd_values import (
    LIKE_A_VALUE,
    ODD_TEXTS,
    UNASKED,
    Place,
    leaves,
    odd,
    odd_texts,
    places,
)
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.tests.unit.plugin_utils.domain.test_output_limits import READING
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from hypothesis import given, settings, strategies as st

READ_BY_NAME = {
    "Windows Defender": (
        *("ProxyServer", "ProxyPacUrl", "ProxyBypass", "DisableAntiSpyware", "PassiveMode", "CachedProxy"),
        *("CachedProxyBypass", "LastKnownGoodProxy"),
    ),
    "Spynet": ("SSLOptions", "SpynetReporting", "SubmitSamplesConsent"),
    "Internet Settings": ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL"),
    "DomainProfile": ("EnableFirewall", "DefaultOutboundAction", "AllowLocalPolicyMerge"),
    "WindowsUpdate": ("WUServer", "UpdateServiceUrlAlternate"),
    "Policy Manager": (
        *("AllowCloudProtection", "AllowRealtimeMonitoring", "ProxyServer", "ProxyPacUrl", "ProxyBypass"),
    ),
}
"""The end of a key that is read whole -> values that are looked for there."""
LISTS = ("bypass_list", "proxy_bypass", "cached_proxy_bypass", "bypass")
"""Ends of facts whose entries may have line ends between them."""
ALL_KINDS = tuple(ODD_TEXTS.items())
PER_PLACE = 3
"""Kinds of texts that each place is given, in turn, so that all places together see them all."""


@functools.cache
def on(scenario: str) -> Machine:
    """A machine of a scenario; the operations here change nothing that they read."""
    return machine(scenario)


@functools.cache
def asked_of(name: str) -> list[Place]:
    """Every place that an operation reads."""
    there = SimulatedHost(machine("healthy"))
    run_operation(there, READING[name]())
    return places(there.machine, there.lines, READ_BY_NAME)


def answered(name: str, scenario: str = "healthy", place: Place | None = None, text: str = "") -> dict[str, Any]:
    """What an operation returns of a host with this text there."""
    there = on(scenario)
    with contextlib.nullcontext() if place is None else odd(there, place, text):
        result: dict[str, Any] = plain(run_operation(SimulatedHost(there), READING[name]()))
    return result


def tried(name: str, number: int) -> Iterator[tuple[Place, str, str]]:
    """Each place with some of the texts, and their kinds."""
    for index, place in enumerate(asked_of(name)):
        for step in range(number):
            kind, text = ALL_KINDS[(index * number + step) % len(ALL_KINDS)]
            yield place, kind, text


def decides_nothing(place: Place) -> bool:
    """Nobody asks for it; among rules any value may be one."""
    return place.name == UNASKED and "FirewallRules" not in place.key


@pytest.mark.parametrize("name", ["host_info", "defender_info"])
def test_an_odd_value_costs_what_it_decides(name: str) -> None:
    """Each fact is what it was, or not known; a value that is lost is named with its key."""
    right = dict(leaves(answered(name)))
    count = lost = 0
    for place, kind, text in tried(name, PER_PLACE):
        found = answered(name, "healthy", place, text)
        unknown = {one["fact"]: one["reason"] for one in found["unknown"]}
        for path, value in leaves(found):
            last = path.rpartition(".")[2]
            covered = any(path == fact or path.startswith(f"{fact}.") for fact in unknown)
            is_verdict = path.startswith("firewall.") and any(one.startswith("firewall.") for one in unknown)
            if path.startswith(("proxy.in_force.", "proxy.routes")):
                continue  # says itself which store is not known
            if covered:
                assert value in (None, "unknown"), (place, kind, path)
            elif last in LISTS:
                assert "\ufffd" not in str(value), (place, kind, path)
            elif last not in ("unknown", "problem", "too_large") and not is_verdict:
                assert value == right[path], (place, kind, path)
        for why in unknown.values():
            assert place.name.lower() in why.lower() or "rule" in why, (place, kind)
        assert not (decides_nothing(place) and unknown), (place, kind)
        count, lost = count + 1, lost + bool(unknown)
    print(f"{name}: {len(asked_of(name))} values, {count} hosts, {lost} of them with something unknown")
    assert 0 < lost < count


@pytest.mark.parametrize("scenario", ["healthy", "no_winhttp_proxy_72f8f", "local_block_rule"])
def test_an_odd_value_proves_and_excludes_nothing(scenario: str) -> None:
    """The diagnosis is not more certain than without it, and names no other cause than one that was open."""
    name = "maps_connection_info"
    right = answered(name, scenario)
    certain = {one["id"] for one in right["causes"] if one["confidence"] == "certain"}
    excluded = {one["id"] for one in right["excluded"]}
    count = 0
    for place, kind, text in tried(name, 1):
        found = answered(name, scenario, place, text)
        assert {one["id"] for one in found["causes"] if one["confidence"] == "certain"} <= certain, (place, kind)
        if found["connected"] is right["connected"]:  # winsim's MAPS may go by the value itself
            assert {one["id"] for one in found["excluded"]} <= excluded, (place, kind)
        count += 1
    print(f"{scenario}: {count} hosts, {len(certain)} causes certain and {len(excluded)} excluded without the text")
    assert count > 80


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(READING)), st.integers(0, 1 << 16), odd_texts)
def test_no_text_fails_an_operation_that_reads(name: str, number: int, text: str) -> None:
    place = asked_of(name)[number % len(asked_of(name))]
    found = answered(name, "healthy", place, text)
    assert "unknown" in found
    if decides_nothing(place):
        assert not found["unknown"]


def test_a_line_end_in_a_value_that_nobody_asks_for() -> None:
    """B05."""
    place = Place(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "RegisteredOrganization", 64)
    for name in READING:
        for text in ("Corp\r\nBranch", LIKE_A_VALUE):
            found, right = answered(name, "healthy", place, text), answered(name)
            for one in (found, right):  # MpCmdRun prints the time
                one.update(dict.fromkeys({"output", "last_success"} & one.keys()))
            assert found == right


def test_a_bypass_list_may_have_line_ends() -> None:
    """B05: WinHTTP takes blanks between the entries (WINHTTP_PROXY_INFO)."""
    key = r"HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    found = answered("host_info", "healthy", Place(key, "ProxyOverride", 64), "*.a.example\r\n<local>")
    assert found["proxy"]["accounts"]["system"]["bypass_list"] == ["*.a.example", "<local>"]
    assert found["unknown"] == []
    policy = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
    there = on("healthy")
    there.registry.set_text(policy, "ProxyServer", "http://proxy.corp.example:8080")
    with odd(there, Place(policy, "ProxyBypass", 64), "*.a.example\r\n*.b.example"):
        found = plain(run_operation(SimulatedHost(there), READING["host_info"]()))
    assert found["defender"]["proxy_bypass"] == "*.a.example\n*.b.example"
    assert found["unknown"] == []


def test_what_is_lost_is_named_with_its_key() -> None:
    policy = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
    found = answered("host_info", "healthy", Place(policy, "ProxyServer", 64), "proxy.corp.example:8080\r\nx")
    reason = (
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender\ProxyServer: its text holds a line end, "
        "so it is unknown what Windows makes of it"
    )
    facts = ("defender.proxy_stores.policy.server", "defender.proxy_server")
    follows = ("firewall.maps.verdict", "firewall.probe.verdict")
    assert found["unknown"] == [
        *({"fact": fact, "reason": reason} for fact in facts),
        *({"fact": fact, "reason": f"which proxy is in force is not known: {reason}"} for fact in follows),
    ]
    assert found["defender"]["proxy_server"] is found["defender"]["proxy_stores"]["policy"]["server"] is None
