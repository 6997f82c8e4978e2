"""Observations to start from: a host on which everything is right but that MAPS does not answer."""

from __future__ import annotations

from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.observation import Observation

ALLOWED: dict[str, Any] = {
    "verdict": "allowed",
    "profiles": {"domain": {"allowed": True, "decided_by": "default", "rule_name": "", "store": "local"}},
}
BLOCKED_BY_RULE: dict[str, Any] = {
    "verdict": "blocked",
    "profiles": {"domain": {"allowed": False, "decided_by": "rule", "rule_name": "no cloud", "store": "policy"}},
}
BLOCKED_BY_DEFAULT: dict[str, Any] = {
    "verdict": "blocked",
    "profiles": {"domain": {"allowed": False, "decided_by": "default", "rule_name": "", "store": "local"}},
}

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
    winhttp_proxy="",
    winhttp_direct=True,
    winhttp_problem="",
    advanced_proxy="",
    settings_per_machine=False,
    ssl_options=3,
    reporting_off=False,
    tamper_protection=False,
    firewall_maps=ALLOWED,
    firewall_crl=ALLOWED,
    clock_skew=1.0,
)
PROXY = {"winhttp_direct": False, "winhttp_proxy": "proxy.corp.example:3128"}
