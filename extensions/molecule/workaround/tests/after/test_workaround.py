"""SSLOptions as reg sees it, and what it does for MAPS."""

from __future__ import annotations

from typing import Any

import pytest

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


@pytest.mark.parametrize("name", ["consent-en", "consent-ja"])
def test_the_revocation_check_is_off_and_pinning_on(windows: Any, name: str) -> None:
    assert windows(name).value(SPYNET, "SSLOptions") == "0x2"
    assert windows(name).maps() == 0


@pytest.mark.parametrize(("name", "code"), [("no-consent", 0x80072F8F), ("needless", 0), ("inspected", 0x80072F0D)])
def test_no_loosening_without_consent_or_need(windows: Any, name: str, code: int) -> None:
    assert windows(name).value(SPYNET, "SSLOptions") is None
    assert windows(name).maps() == code
