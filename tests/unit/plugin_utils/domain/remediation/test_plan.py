"""The plan: a pure function of what was seen and what the user allows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.change import ProxySettings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Considered, Route, State
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import (
    Allowed,
    plan,
    proxy_settings,
)
from ansible_collections.windefend.maps.tests.support.observations import (
    BLOCKED_BY_DEFAULT,
    BLOCKED_BY_RULE,
    BROKEN,
    routed,
)

PROXY = ProxySettings("proxy:3128", "proxy:3128", ("<local>",))
NONE = ProxySettings()


def steps(o: Observation, requested: Allowed, current: ProxySettings = NONE) -> list[str]:
    return [step.id for step in plan(o, current, requested).steps]


def test_the_articles_order() -> None:
    everything = Allowed(PROXY, True, "no_revocation")
    broken = dataclasses.replace(BROKEN, firewall_maps=BLOCKED_BY_DEFAULT)
    assert steps(broken, everything) == ["firewall", "winhttp_proxy", "ssl_options"]


def test_loosening_needs_consent() -> None:
    assert steps(BROKEN, Allowed(PROXY)) == ["winhttp_proxy"]


def test_no_request_no_proxy_but_a_reason() -> None:
    decided = plan(BROKEN, NONE, Allowed())
    assert (decided.outcome, decided.steps) == ("not_repairable", ())
    assert "remediate_winhttp_proxy" in decided.reason
    assert "remediate_ssl_options_workaround" in decided.reason


def test_a_proxy_that_is_already_there_is_no_step() -> None:
    proxied = dataclasses.replace(BROKEN, hresult=0x80070006, **routed(Route("proxy:3128", "winhttp")))
    assert steps(proxied, Allowed(PROXY), ProxySettings("PROXY:3128", "proxy:3128", ("<LOCAL>",))) == []


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"connected": True}, "healthy"),
        ({"passive": True}, "not_applicable"),
        ({"passive": True, "connected": True}, "not_applicable"),
        ({"reporting_off": True}, "not_applicable"),
        ({"running": False}, "not_repairable"),
        ({"elevated": False}, "not_repairable"),
        ({"build": 14393, "hresult": 0x80070667}, "not_repairable"),
        ({"clock_skew": 1e6}, "not_repairable"),
        ({"firewall_maps": BLOCKED_BY_RULE}, "not_repairable"),
        ({"hresult": 0x80072F0D}, "not_repairable"),
    ],
)
def test_no_step_where_none_can_help(change: dict[str, Any], outcome: str) -> None:
    decided = plan(dataclasses.replace(BROKEN, **change), NONE, Allowed(PROXY, True, "no_revocation_no_pinning"))
    assert (decided.outcome, decided.steps) == (outcome, ())


def test_pinning_is_never_dropped_where_inspection_shows() -> None:
    """Dropping pinning would turn an interception into "repaired"."""
    for route in (Route("", "none"), Route("proxy:3128", "winhttp")):
        seen = dataclasses.replace(BROKEN, hresult=0x80072F0D, **routed(route))
        assert "ssl_options" not in steps(seen, Allowed(PROXY, True, "no_revocation_no_pinning"))


def test_loosening_goes_no_further_than_allowed_and_not_where_it_is_loose() -> None:
    loose = dataclasses.replace(BROKEN, ssl_options=2)
    assert steps(loose, Allowed(None, True, "no_revocation")) == []
    assert steps(loose, Allowed(None, True, "no_revocation_no_pinning")) == ["ssl_options"]


def test_loosening_is_bound_to_the_codes_of_an_unreachable_crl() -> None:
    (step,) = plan(BROKEN, NONE, Allowed(None, True, "no_revocation")).steps
    assert step.only_for == ("0x80070006", "0x80072EFE", "0x80072F8F")
    assert step.guess


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (False, None),
        ("", None),
        (None, None),
        ("p:1", ProxySettings("p:1", "p:1", ("<local>",))),
        ({"http": "a:1", "https": "b:2"}, ProxySettings("a:1", "b:2", ("<local>",))),
        ({"https": "b:2"}, ProxySettings("", "b:2", ("<local>",))),
    ],
)
def test_proxy_settings(given: Any, expected: ProxySettings | None) -> None:
    assert proxy_settings(given, ["<local>"]) == expected


def test_an_allow_rule_is_for_every_first_hop_that_may_come() -> None:
    script = Considered("machine", State.NOT_CONSULTED, "http://wpad:4/proxy.pac")
    route = Route("", "winhttp", False, why=(Considered("winhttp", State.UNCLEAR, "a:2;b:3"), script))
    blocked = dataclasses.replace(
        BROKEN, firewall_maps=BLOCKED_BY_DEFAULT, defender_proxy="http://d:1", **routed(route)
    )
    rule = plan(blocked, NONE, Allowed(ProxySettings("w:5", "w:5"))).steps[0]
    assert rule.remote_ports == ("1", "2", "3", "5", "80", "443")
