"""After create and a run in check mode: every host is as broken as it was made, and nothing was written."""

from __future__ import annotations

from typing import Any

import pytest

CODES = {
    "healthy": 0,
    "no-proxy-en": 0x80072F8F,
    "no-proxy-ja": 0x80070006,
    "ja-speaks-en": 0x80072EFE,
    "proxy-dead": 0x80072EFD,
    "tls-inspection": 0x80072F0D,
}


@pytest.mark.parametrize("name", CODES)
def test_each_host_fails_in_its_own_way(windows: Any, name: str) -> None:
    assert windows(name).maps() == CODES[name]


def test_check_mode_wrote_nothing(windows: Any) -> None:
    assert windows("no-proxy-en").winhttp_proxy() == ()
    assert windows("no-proxy-ja").winhttp_proxy() == ()
    assert windows("proxy-dead").winhttp_proxy()[0] == "old-proxy.corp.example:8080"
    assert windows("outbound-block").rules() == []
