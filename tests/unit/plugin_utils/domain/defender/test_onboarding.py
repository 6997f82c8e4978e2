"""Whether and how a host is onboarded to Defender for Endpoint (A1), and what follows for what is asked of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import ARTICLE_URLS, ONBOARDING
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import host_of, observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    HostError,
    RunIdentity,
    temp_folder,
    understood,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import probe
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome, Unread
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine import onboarding
from ansible_collections.windefend.maps.winsim.machine.network import Barrier

IDENTITY = RunIdentity(temp_folder.unique_name(1_790_000_000.0, "0123456789ab"), 1_790_000_000.0)
KEY = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows Advanced Threat Protection"
STREAMLINED = "https://edr-eus3.us.endpoint.security.microsoft.com/edr/"
STANDARD = "https://winatp-gw-cus.microsoft.com/"


def printed(info: str, kind: str = "REG_SZ") -> Outcome:
    """As `reg query` prints the key of an onboarded host."""
    lines = [
        "",
        KEY,
        "    senseId    REG_SZ    0123",
        f"    OnboardedInfo    {kind}    {info}",
        "    x    REG_DWORD    0x1",
    ]
    return Outcome(0, "\r\n".join([*lines, "", f"{KEY}\\Status", ""]).encode())


def info(**body: Any) -> str:
    """A package's JSON. The shape of a published one, without its signature and certificates."""
    return json.dumps({"body": json.dumps({"previousOrgIds": [], **body}), "sig": "x", "chain": ["y"]})


def read(outcome: Outcome) -> tuple[str, str, tuple[str, ...], bool]:
    """Kind, region, addresses of MAPS, and whether it is not known."""
    found, unread = understood({"onboarding": outcome}, ONBOARDING)
    return found.kind, found.region, found.maps_urls, bool(unread)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"geoLocationUrl": STREAMLINED, "vortexGeoLocation": "US", "partnerGeoLocation": "GW_US"},
            ("streamlined", "US", ("https://mdav.us.endpoint.security.microsoft.com/mdav/test",)),
        ),
        ({"geoLocationUrl": STANDARD, "vortexGeoLocation": "US"}, ("standard", "US", ARTICLE_URLS)),
        (
            {"geoLocationUrl": STANDARD.upper().replace("HTTPS", "https"), "partnerGeoLocation": None},
            ("standard", "", ARTICLE_URLS),
        ),
        (
            {"geoLocationUrl": STREAMLINED.replace(".com", ".us"), "partnerGeoLocation": "GW_USGOV"},
            ("streamlined", "USGOV", ()),
        ),
        ({"geoLocationUrl": STREAMLINED, "vortexGeoLocation": ["x"]}, ("streamlined", "", None)),
    ],
)
def test_a_package_says_how_a_host_is_onboarded(body: dict[str, Any], expected: tuple[str, str, Any]) -> None:
    kind, region, urls, lost = read(printed(info(**body)))
    assert (kind, region, lost) == (*expected[:2], False)
    assert expected[2] is None or urls == expected[2]


def test_a_host_without_the_value_is_not_onboarded() -> None:
    assert read(Outcome(0, f"\r\n{KEY}\r\n    InstallLocation    REG_SZ    C:\\x\r\n".encode())) == (
        *("none", "", ARTICLE_URLS),
        False,
    )
    assert read(Outcome(1)) == ("none", "", ARTICLE_URLS, False)


@pytest.mark.parametrize(
    "odd",
    [
        printed("not JSON"),
        printed("[" * 60000),
        printed("[]"),
        printed('{"body": 5}'),
        printed(json.dumps({"body": "{}"})),
        printed(info(geoLocationUrl="https://evil.example/edr/")),
        printed(info(geoLocationUrl="https://winatp-gw-cus.microsoft.com.evil.example/")),
        printed(info(geoLocationUrl="https://evil.example#.us.endpoint.security.microsoft.com/")),
        printed(info(geoLocationUrl=STANDARD, partnerGeoLocation="GW_US")),
        printed("0x1", "REG_DWORD"),
        printed("x" * 70000),
        Unread("it printed too much"),
    ],
    ids=range(12),
)
def test_what_is_not_understood_is_not_known(odd: Outcome) -> None:
    assert read(odd)[3]


def test_hosts_of_a_tenant_are_alike() -> None:
    one = printed(info(geoLocationUrl=STREAMLINED))
    other = Outcome(0, one.output.replace(b"0123\r", b"4567\r"))
    assert one != other
    assert read(one) == read(other)


@pytest.mark.parametrize(
    ("kind", "urls"),
    [
        ("", ARTICLE_URLS),
        ("standard", ARTICLE_URLS),
        ("streamlined", ("https://mdav.eu.endpoint.security.microsoft.com/mdav/test",)),
    ],
)
def test_a_host_says_how_it_is_onboarded_and_is_asked_what_it_asks(kind: str, urls: tuple[str, ...]) -> None:
    on = machine("healthy")
    if kind:
        onboarding.onboard(on, kind)
    result = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert result["onboarding"]["kind"] == (kind or "none")
    assert result["onboarding"]["maps_urls"] == list(urls)
    assert result["unknown"] == []
    assert host_of(result).maps_urls == urls
    asked = plain(run_operation(SimulatedHost(on), probe.probe(probe.ProbeRequest(IDENTITY))))
    assert [one["url"] for one in asked["endpoints"]] == list(urls)
    assert [one["reachable"] for one in asked["endpoints"]] == [True] * len(urls)


def test_names_that_a_host_does_not_ask_say_nothing_of_it() -> None:
    """A perimeter that blocks wdcp, and a host on streamlined connectivity: neither broken nor healthy by that."""
    on = machine("healthy")
    onboarding.onboard(on, "streamlined")
    on.network.direct.blocked["*wdcp*:443"] = Barrier.DROP
    host = plain(run_operation(SimulatedHost(on), host_reading.read()))
    both = ("https://wdcp.microsoft.com/", "https://mdav.eu.endpoint.security.microsoft.com/mdav/test")
    asked = plain(run_operation(SimulatedHost(on), probe.probe(probe.ProbeRequest(IDENTITY, urls=both))))
    assert [one["reachable"] for one in asked["endpoints"]] == [False, True]
    seen = observe(host, endpoints=asked).probed
    assert seen is not None
    assert [one.url for one in seen.maps] == [both[1]]
    other = observe({**host, "onboarding": {"kind": "standard", "server": "", "region": ""}}, endpoints=asked).probed
    assert other is not None
    assert [one.url for one in other.maps] == [both[0]]


def test_where_it_is_not_known_no_name_of_maps_says_anything() -> None:
    on = machine("healthy")
    on.registry.set_text(onboarding.KEY, "OnboardedInfo", "{broken")
    host = plain(run_operation(SimulatedHost(on), host_reading.read()))
    assert host["onboarding"] is None
    assert [one["fact"] for one in host["unknown"]] == ["onboarding"]
    asked = plain(run_operation(SimulatedHost(on), probe.probe(probe.ProbeRequest(IDENTITY))))
    assert asked["endpoints"] == []
    seen = observe(host, endpoints=asked).probed
    assert seen is not None
    assert seen.maps == ()
    with pytest.raises(HostError, match="which addresses of MAPS this host asks is not known"):
        run_operation(SimulatedHost(on), probe.probe(probe.ProbeRequest(IDENTITY, crl_urls=())))
