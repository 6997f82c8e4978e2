"""Each host has what it needed, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
RULES = ["windefend.maps MAPS", "windefend.maps CRL"]
PROXY = ("proxy.corp.example:3128", "<local>;*.corp.example")


@pytest.mark.parametrize("name", ["healthy", "no-proxy-ja", "outbound-block", "crl-blocked"])
def test_maps_answers(windows: Any, name: str) -> None:
    assert windows(name).maps() == 0


def test_the_proxy_is_set(windows: Any) -> None:
    assert windows("no-proxy-ja").winhttp_proxy() == PROXY


@pytest.mark.parametrize(
    ("name", "rules"),
    [("healthy", []), ("no-proxy-ja", []), ("outbound-block", RULES), ("crl-blocked", []), ("inspected", [])],
)
def test_rules_stand_where_outbound_connections_are_blocked(windows: Any, name: str, rules: list[str]) -> None:
    assert windows(name).rules() == rules


@pytest.mark.parametrize(
    ("name", "value"), [("no-proxy-ja", None), ("outbound-block", None), ("crl-blocked", "0x2"), ("inspected", None)]
)
def test_a_check_is_relaxed_with_consent_and_need_alone(windows: Any, name: str, value: str | None) -> None:
    assert windows(name).value(SPYNET, "SSLOptions") == value


def test_inspection_is_no_success(windows: Any) -> None:
    assert windows("inspected").maps() != 0
