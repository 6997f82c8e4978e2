"""What may be changed is changed, and what a policy owner holds is as it was."""

from __future__ import annotations

from typing import Any

import pytest

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
PROXY = ("proxy.corp.example:3128", "<local>;*.corp.example")


@pytest.mark.parametrize("name", ["onboarded", "off-locally"])
def test_maps_answers_through_the_proxy(windows: Any, name: str) -> None:
    assert windows(name).maps() == 0
    assert windows(name).winhttp_proxy() == PROXY


def test_maps_is_switched_on_with_consent_and_samples_are_left_alone(windows: Any) -> None:
    assert windows("off-locally").value(SPYNET, "SpynetReporting") == "0x2"
    assert windows("off-locally").value(SPYNET, "SubmitSamplesConsent") is None
    assert windows("onboarded").value(SPYNET, "SpynetReporting") is None


def test_a_policy_is_left_to_its_owner(windows: Any) -> None:
    assert windows("off-by-cis").value(SPYNET, "SpynetReporting") == "0x0"
    assert windows("off-by-cis").maps() != 0


def test_a_proxy_does_not_help_where_the_service_for_it_is_disabled(windows: Any) -> None:
    """The proxy stays, because it is the one that was asked for."""
    assert windows("no-auto-proxy").winhttp_proxy() == PROXY
    assert windows("no-auto-proxy").maps() != 0
