"""After create and a run in check mode: nothing was written."""

from __future__ import annotations

from typing import Any

CONNECTIONS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"


def test_check_mode_wrote_nothing(windows: Any) -> None:
    assert windows("en").value(CONNECTIONS, "WinHttpSettings") is None
    assert windows("ja").winhttp_proxy() == ()
    assert windows("dead").winhttp_proxy()[0] == "old-proxy.corp.example:8080"
    assert windows("laptop").winhttp_proxy()[0] == "proxy.corp.example:3128"
    assert "proxy.corp.example" not in windows("advanced").run("netsh winhttp show advproxy").stdout
