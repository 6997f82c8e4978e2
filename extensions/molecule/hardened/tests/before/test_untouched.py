"""After create and a run in check mode: nothing was written."""

from __future__ import annotations

from typing import Any

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def test_check_mode_wrote_nothing(windows: Any) -> None:
    assert windows("onboarded").winhttp_proxy() == ()
    assert windows("off-locally").value(SPYNET, "SpynetReporting") is None
    assert windows("off-by-cis").value(SPYNET, "SpynetReporting") == "0x0"
