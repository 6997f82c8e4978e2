"""Observations to start from: a host on which everything is right but that MAPS does not answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.verdict import Decision
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Route
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_verdict import Verdict

DEFAULT = Verdict(True, "default", "", "local", "")


def decided(verdict: str, port: int = 0, **profiles: Verdict) -> Decision:
    """What the firewall says, profile by profile."""
    return Decision("", "", port, 6, verdict, profiles)


ALLOWED = decided("allowed", domain=DEFAULT)
BLOCKED_BY_RULE = decided("blocked", domain=Verdict(False, "rule", "no cloud", "policy", ""))
BLOCKED_BY_DEFAULT = decided("blocked", domain=replace(DEFAULT, allowed=False))

BROKEN = Observation(
    validated=True,
    connected=False,
    hresult=0x80072F8F,
    http_code=451,
    run_as="current",
    build=20348,
    elevated=True,
    installed=True,
    running=True,
    disabled_start=False,
    passive=False,
    switched_off=False,
    defender_proxy="",
    maps_route=Route("", "none"),
    lists_route=Route("", "none"),
    winhttp_problem="",
    ssl_options=3,
    reporting_off=False,
    tamper_protection=False,
    firewall_maps=ALLOWED,
    firewall_crl=ALLOWED,
    clock_skew=1.0,
)


def routed(maps: Route, lists: Route | None = None) -> dict[str, Any]:
    """The changes of an observation that make these its routes."""
    return {"maps_route": maps, "lists_route": lists or maps}


PROXY = routed(Route("proxy.corp.example:3128", "winhttp"))
