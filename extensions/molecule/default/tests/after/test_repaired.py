"""What can be repaired on the host is, with Microsoft's preferred solution and no other."""

from __future__ import annotations

from typing import Any

import pytest

PROXY = ("proxy.corp.example:3128", "<local>;*.corp.example")
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


@pytest.mark.parametrize("name", ["no-proxy-en", "no-proxy-ja", "ja-speaks-en", "proxy-dead"])
def test_the_proxy_is_set_and_maps_answers(windows: Any, name: str) -> None:
    host = windows(name)
    assert host.winhttp_proxy() == PROXY
    assert host.maps() == 0
    assert host.rules() == []


def test_the_firewall_lets_defender_out(windows: Any) -> None:
    host = windows("outbound-block")
    assert host.rules() == ["windefend.maps MAPS", "windefend.maps CRL"]
    assert host.winhttp_proxy() == ()
    assert host.maps() == 0


def test_what_cannot_be_repaired_is_left_as_it_was(windows: Any) -> None:
    host = windows("tls-inspection")
    assert host.maps() == 0x80072F0D
    assert host.rules() == []
    assert windows("other-antivirus").winhttp_proxy() == ()


def test_nothing_was_loosened(windows: Any, winsim_running: Any) -> None:
    assert {name: windows(name).value(SPYNET, "SSLOptions") for name in winsim_running.names} == dict.fromkeys(
        winsim_running.names
    )
