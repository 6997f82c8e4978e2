"""Defender's own proxy in its three stores: each is read and labeled, and where no source says what of them is in force
the route is not certain (defender-2026 A3)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import settings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import from_results
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.temp_folder import unique_name
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import probe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import OWN_STORES, OwnProxy, OwnSettings
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim import overrides, routing
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.onboarding import maps_host

KEYS = {"policy": POLICY_KEY, "policy_manager": MANAGER_KEY, "local": STATE_KEY}
ONE, OTHER, SCRIPT = "http://one.corp.example:3128", "http://other.corp.example:8080", "http://pac.corp.example/p.pac"
NOTHING = {"server": "", "pac_url": "", "bypass": ""}


def on(**stores: dict[str, str]) -> Machine:
    there = machine()
    overrides.apply(there, {"defender_proxy": stores})
    return there


def facts(there: Machine) -> dict[str, Any]:
    shown: dict[str, Any] = plain(run_operation(SimulatedHost(there), host_reading.read()))
    return shown


def maps(there: Machine) -> dict[str, Any]:
    route: dict[str, Any] = facts(there)["proxy"]["in_force"]["maps"]
    return route


@pytest.mark.parametrize("store", OWN_STORES)
def test_each_store_is_read_and_labeled(store: str) -> None:
    there = on(**{store: {"ProxyServer": ONE, "ProxyPacUrl": SCRIPT, "ProxyBypass": "*.corp.example"}})
    found = facts(there)
    held = {"server": ONE, "pac_url": SCRIPT, "bypass": "*.corp.example"}
    assert found["defender"]["proxy_stores"] == {one: held if one == store else NOTHING for one in OWN_STORES}
    assert found["defender"]["proxy_server"] == ONE
    info = plain(run_operation(SimulatedHost(there), settings.read(0.0)))
    assert info["proxy"]["defender"]["stores"] == found["defender"]["proxy_stores"]


def test_a3_the_proxy_that_set_mppreference_wrote_is_the_way_to_maps() -> None:
    route = maps(on(local={"ProxyServer": ONE}))
    assert (route["proxy"], route["source"], route["certain"]) == ("one.corp.example:3128", "defender", True)


def test_a_proxy_below_policy_manager_alone_leaves_the_route_open() -> None:
    """No source shows that Defender looks for a proxy there, and none that it does not."""
    found = facts(on(policy_manager={"ProxyServer": ONE}))
    route = found["proxy"]["in_force"]["maps"]
    assert (route["proxy"], route["certain"]) == ("one.corp.example:3128", False)
    assert "is set in the key Policy Manager alone, and no source says that Defender" in route["why"][-1]["detail"]
    unknown = {one["fact"]: one["reason"] for one in found["unknown"]}
    assert "Policy Manager" in unknown["firewall.maps.verdict"]


@pytest.mark.parametrize("store", OWN_STORES)
def test_nothing_is_certain_while_a_store_is_unread(store: str) -> None:
    there = on(policy={"ProxyServer": ONE}, policy_manager={"ProxyServer": ONE}, local={"ProxyServer": ONE})
    assert maps(there)["certain"]
    there.registry.deny(KEYS[store])
    found = facts(there)
    assert not found["proxy"]["in_force"]["maps"]["certain"]
    assert f"defender.proxy_stores.{store}" in {one["fact"] for one in found["unknown"]}
    assert found["defender"]["proxy_stores"][store] is None
    identity = RunIdentity(unique_name(0.0, "0123456789ab"), 0.0)
    probed = run_operation(SimulatedHost(there), probe.probe(probe.ProbeRequest(identity, proxy="defender")))
    assert not any(one.way_certain for one in probed["endpoints"])


def test_an_unread_store_after_the_one_that_holds_the_value_leaves_the_value_known() -> None:
    there = on(policy={"ProxyServer": ONE})
    there.registry.deny(STATE_KEY)
    found = facts(there)
    assert (found["defender"]["proxy_server"], found["defender"]["proxy_pac_url"]) == (ONE, None)


@pytest.mark.parametrize(
    ("stores", "proxy", "certain"),
    [
        # By Microsoft's general order the policy goes before the product's own key.
        ({"policy": {"ProxyServer": ONE}, "local": {"ProxyServer": OTHER}}, "one.corp.example:3128", True),
        ({"policy": {"ProxyServer": ONE}, "policy_manager": {"ProxyServer": ONE}}, "one.corp.example:3128", True),
        ({"policy": {"ProxyServer": ONE}, "policy_manager": {"ProxyServer": OTHER}}, "one.corp.example:3128", False),
        # Whether the list of one store holds for the proxy of another, no source says.
        ({"policy": {"ProxyServer": ONE}, "local": {"ProxyBypass": "*.microsoft.com"}}, "one.corp.example:3128", False),
        ({"policy": {"ProxyServer": ONE}, "local": {"ProxyBypass": "*.corp.example"}}, "one.corp.example:3128", True),
        ({"policy": {"ProxyPacUrl": SCRIPT}, "local": {"ProxyServer": ONE}}, "one.corp.example:3128", False),
    ],
)
def test_stores_that_differ(stores: dict[str, dict[str, str]], proxy: str, certain: bool) -> None:
    route = maps(on(**stores))
    assert (route["proxy"], route["certain"]) == (proxy, certain)


VALUES = ({}, {"ProxyServer": ONE}, {"ProxyServer": OTHER, "ProxyBypass": "*"}, {"ProxyBypass": "*"})
ALL_ABSENT = dict.fromkeys(("ProxyServer", "ProxyBypass"))


def holding(there: Machine, held: tuple[dict[str, str], ...]) -> Machine:
    """The same machine with other stores."""
    overrides.apply(
        there, {"defender_proxy": dict(zip(OWN_STORES, ({**ALL_ABSENT, **one} for one in held), strict=True))}
    )
    return there


ORDERS = (
    (POLICY_KEY, MANAGER_KEY, STATE_KEY),
    (MANAGER_KEY, POLICY_KEY, STATE_KEY),
    (POLICY_KEY, STATE_KEY),
)


@pytest.mark.parametrize("singly", [True, False])
@pytest.mark.parametrize("order", ORDERS)
def test_whatever_windows_makes_of_the_stores_nothing_certain_is_wrong(
    order: tuple[str, ...], singly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_stores, "OWN_STORES", order)
    monkeypatch.setattr(proxy_stores, "OWN_VALUES_SINGLY", singly)
    certain, there = 0, machine()
    target = routing.Target(maps_host(there), 443)
    for held in itertools.product(VALUES, repeat=3):
        route = maps(holding(there, held))
        if route["certain"]:
            certain += 1
            assert routing.ways(there, routing.Route.DEFENDER, SYSTEM, target)[0].proxy == route["proxy"], held
    assert certain > len(VALUES)


def test_facts_and_their_result_give_the_same_route() -> None:
    there = machine()
    for held in itertools.product(VALUES, repeat=3):
        answer = run_operation(SimulatedHost(holding(there, held)), _reading())
        read = host_reading.interpret(answer)
        again = from_results.host_of(plain(read.shown))
        assert (again.defender, again.maps_route, again.maps_route.why) == (
            read.defender, read.maps_route, read.maps_route.why,
        ), held  # fmt: skip


def _reading() -> Any:
    return (yield host_reading.READING)


def test_a_result_of_the_first_version_has_no_stores() -> None:
    result = facts(on(local={"ProxyServer": ONE}))
    del result["defender"]["proxy_stores"]
    assert from_results.host_of(result).maps_route.proxy == "one.corp.example:3128"


def test_a_password_in_any_store_is_named() -> None:
    secret = "http://user:geheim@one.corp.example:3128"
    for store in OWN_STORES:
        there = on(policy={"ProxyServer": ONE}) if store != "policy" else on()
        overrides.apply(there, {"defender_proxy": {store: {"ProxyServer": secret}}})
        seen = from_results.observe(facts(there), {"connected": False, "hresult": "0x80072F8F"})
        assert seen.credentials == ("defender",), store


def test_readings_of_equal_stores_are_one() -> None:
    same = OwnSettings("one.corp.example:3128", "", "")
    assert OwnProxy(stores=dict.fromkeys(OWN_STORES, same)).readings == (same,)
