"""The proxy as netsh and reg see it, and what it does for MAPS."""

from __future__ import annotations

from typing import Any

import pytest

CONNECTIONS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
PROXY = ("proxy.corp.example:3128", "<local>;*.corp.example")


@pytest.mark.parametrize("name", ["en", "ja", "dead"])
def test_set_in_the_store_of_services(windows: Any, name: str) -> None:
    host = windows(name)
    assert host.winhttp_proxy() == PROXY
    blob = bytes.fromhex(host.value(CONNECTIONS, "WinHttpSettings"))
    assert b"proxy.corp.example:3128" in blob
    assert b"<local>;*.corp.example" in blob
    assert host.maps() == 0


def test_set_in_the_advanced_store_alone(windows: Any) -> None:
    host = windows("advanced")
    shown = host.run("netsh winhttp show advproxy").stdout
    assert "proxy.corp.example:3128" in shown
    assert "*.corp.example" in shown


def test_given_back(windows: Any) -> None:
    assert windows("laptop").winhttp_proxy() == ()
