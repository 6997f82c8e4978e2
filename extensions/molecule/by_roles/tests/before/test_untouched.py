"""After create and a run in check mode: nothing was written."""

from __future__ import annotations

from typing import Any

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def test_check_mode_wrote_nothing(windows: Any) -> None:
    assert windows("no-proxy-ja").winhttp_proxy() == ()
    assert windows("outbound-block").rules() == []
    assert windows("crl-blocked").value(SPYNET, "SSLOptions") is None
