"""The table of a host: each route, the proxies that could serve it in their order, which is in force, and why."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import host_of
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim import overrides
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine

SENSOR = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Advanced Threat Protection"
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
    assert [one["route"] for one in found.values() if "unless a proxy is discovered" in one["reason"]] == [
        "maps", "revocation_lists", "sensor",
    ]  # fmt: skip


def discovered(on: Machine, disabled: int | None = 1) -> Machine:
    """The machine's Internet settings hold for every account, and ask for discovery on the network alone."""
    on.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    proxy_stores.write_advanced(on, InternetSettings(auto_detect=True))
    if disabled is not None:
        on.registry.set_dword(proxy_stores.WINHTTP_KEY, "DisableWpad", disabled)
    return on


def test_a_host_that_discovers_no_proxy_goes_directly_for_certain() -> None:
    """Microsoft, "How to disable HTTP proxy features": DisableWpad 1 stops discovery through WinHTTP."""
    on = discovered(machine(os="windows_11_23h2"))
    found = rows(on)
    assert [told(one) for one in found.values()] == [("none", "", True)] * 4
    assert order(found["revocation_lists"]) == [("machine", "")]
    assert found["revocation_lists"]["candidates"][0]["state"] == "switched_off"
    for name in ("maps", "revocation_lists", "sensor"):
        assert found[name]["reason"].endswith("discovery on the network (WPAD) is turned off by DisableWpad")


@pytest.mark.parametrize("disabled", [None, 0])
def test_what_is_discovered_is_known_at_run_time_only(disabled: int | None) -> None:
    found = rows(discovered(machine(os="windows_11_23h2"), disabled))
    assert told(found["revocation_lists"]) == ("machine", "", False)
    assert found["revocation_lists"]["reason"].startswith("the proxy is discovered on the network (WPAD)")
    assert not found["sensor"]["certain"]


def test_windows_before_1809_does_not_obey_disable_wpad() -> None:
    on = machine(os="windows_10_1607")
    on.registry.set_dword(proxy_stores.WINHTTP_KEY, "DisableWpad", 1)
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert found["proxy"]["wpad_disabled"] is False
    assert not found["proxy"]["routes"][3]["certain"]


def test_discovery_that_may_be_off_is_not_called_off() -> None:
    on = discovered(machine(os="windows_11_23h2"))
    on.registry.deny(proxy_stores.WINHTTP_KEY)
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert found["proxy"]["wpad_disabled"] is None
    assert "proxy.wpad_disabled" in {one["fact"] for one in found["unknown"]}
    assert [one["certain"] for one in found["proxy"]["routes"]] == [True, False, True, False]


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (1, "a sensor of version 10.8210, 10.8049 or later prefers it"),
        (0, "no source says whether the sensor tries it before"),
        (None, "no source says whether the sensor tries it before"),
        ("denied", "could not be read, so it is not known whether the sensor prefers it"),
    ],
)
def test_what_the_sensor_prefers(stored: int | str | None, says: str) -> None:
    """Microsoft Learn, configure proxy (2026-09-22). The version of the sensor is not read, so nothing is certain."""
    on = machine()
    on.registry.set_text(DATA, "TelemetryProxyServer", TELEMETRY)
    if stored is not None:
        on.registry.set_dword(SENSOR, "PreferStaticProxyForHttpRequest", int(stored == 1))
    if stored == "denied":
        on.registry.deny(SENSOR)
    found = plain(run_operation(SimulatedHost(on), host_reading.read()))
    row = found["proxy"]["routes"][3]
    assert told(row) == ("telemetry", TELEMETRY, False)
    assert says in row["reason"]
    assert found["proxy"]["sensor"]["prefers_static"] is (None if stored == "denied" else stored == 1)


def test_the_reasons_are_told_in_japanese() -> None:
    found = run_operation(SimulatedHost(machine()), host_reading.read("ja"))
    assert found["proxy"]["routes"][2]["reason"] == "どの設定にもこの接続のプロキシがないため、直接接続されます"
    again = host_of({**plain(found), "changed": False}).shown_in("ja")
    assert again["proxy"]["routes"] == found["proxy"]["routes"], "also of a host that was read before"


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
