"""The table of a host: each route, the proxies that could serve it in their order, which is in force, and why."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim import overrides
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine

DATA = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\DataCollection"
OWN, WINHTTP, ACCOUNT, TELEMETRY = "own.example:1", "winhttp.example:2", "account.example:3", "sensor.example:4"


def rows(on: Machine) -> dict[str, dict[str, Any]]:
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    return {one["route"]: one for one in found["proxy"]["routes"]}


def told(row: dict[str, Any]) -> tuple[str, str, bool]:
    return row["store"], row["proxy"], row["certain"]


def order(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["store"], one["proxy"]) for one in row["candidates"]]


@pytest.fixture
def everywhere() -> Machine:
    """Another proxy at each place."""
    on = machine()
    stores = {"policy": {"ProxyServer": f"http://{OWN}"}, "local": {"ProxyPacUrl": "http://pac.example/p.pac"}}
    overrides.apply(on, {"defender_proxy": stores})
    proxy_stores.write_winhttp(on, WINHTTP)
    proxy_stores.write_account(on, SYSTEM_SID, InternetSettings(ACCOUNT, proxy_enabled=True))
    on.registry.set_text(DATA, "TelemetryProxyServer", TELEMETRY)
    return on


def test_every_route_has_its_own_order(everywhere: Machine) -> None:
    found = rows(everywhere)
    assert list(found) == ["maps", "revocation_lists", "windows_update", "sensor"]
    assert order(found["maps"]) == [
        ("policy", f"http://{OWN}"), ("local", "http://pac.example/p.pac"), ("winhttp", WINHTTP), ("account", ACCOUNT),
    ]  # fmt: skip
    assert order(found["revocation_lists"]) == [("winhttp", WINHTTP), ("account", ACCOUNT)]
    assert order(found["windows_update"]) == [("winhttp", WINHTTP)]
    assert order(found["sensor"]) == [("telemetry", TELEMETRY), ("winhttp", WINHTTP)]
    assert [told(one) for one in found.values()] == [
        ("policy", OWN, True), ("winhttp", WINHTTP, True), ("winhttp", WINHTTP, True), ("telemetry", TELEMETRY, False),
    ]  # fmt: skip
    assert found["maps"]["reason"] == "Defender's own proxy (policy key) is set, and nothing that goes before it is"
    assert "no source says whether the sensor tries it before" in found["sensor"]["reason"]


def test_where_nothing_is_stored_the_connection_is_direct() -> None:
    found = rows(machine())
    assert [told(one) for one in found.values()] == [
        ("none", "", True), ("none", "", True), ("none", "", True), ("none", "", False),
    ]  # fmt: skip
    assert "unless the sensor detects a proxy on the network" in found["sensor"]["reason"]


@pytest.mark.parametrize(
    ("stores", "store", "proxy", "certain", "says"),
    [
        ({"local": {"ProxyServer": f"http://{OWN}"}}, "local", OWN, True, "product's own key"),
        ({"policy_manager": {"ProxyServer": f"http://{OWN}"}}, "defender", OWN, False, "no source says that Defender"),
        (
            {"policy": {"ProxyServer": f"http://{OWN}"}, "policy_manager": {"ProxyServer": "http://b.example:9"}},
            *("defender", OWN, False, "no source says how Defender combines"),
        ),
        ({"policy": {"ProxyPacUrl": "http://a.example/p.pac"}}, "policy", "", False, "a script decides"),
        ({"policy": {"ProxyServer": f"http://{OWN}", "ProxyBypass": "*"}}, "none", "", True, "bypass list exempts"),
    ],
)
def test_defenders_own_stores(
    stores: dict[str, dict[str, str]], store: str, proxy: str, certain: bool, says: str
) -> None:
    on = machine()
    overrides.apply(on, {"defender_proxy": stores})
    row = rows(on)["maps"]
    assert told(row) == (store, proxy, certain)
    assert says in row["reason"]


def test_what_could_not_be_read_is_told_in_its_row() -> None:
    on = machine()
    on.registry.set_text(DATA, "TelemetryProxyServer", TELEMETRY)
    on.registry.deny(DATA)
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert "proxy.sensor" in {one["fact"] for one in found["unknown"]}
    row = found["proxy"]["routes"][3]
    assert (told(row), row["reason"]) == (("telemetry", "", False), "the sensor's own proxy could not be read")
    assert found["proxy"]["sensor"] is None


@pytest.mark.parametrize(
    "name", ["proxy_unusable", "smart_quotes", "proxy_switched_off", "proxy_bypassed", "advanced_store_only"]
)
def test_a_stored_proxy_that_is_not_in_force_is_told_with_its_state(name: str) -> None:
    row = rows(machine(name))["revocation_lists"]
    assert row["proxy"] == ""
    states = {one["state"] for one in row["candidates"]}
    assert states <= {"unusable", "switched_off", "bypassed"}
