"""After create and a run in check mode: nothing was loosened."""

from __future__ import annotations

from typing import Any

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def test_check_mode_loosened_nothing(windows: Any, winsim_running: Any) -> None:
    for name in winsim_running.names:
        assert windows(name).value(SPYNET, "SSLOptions") is None
        assert windows(name).maps() != 0
