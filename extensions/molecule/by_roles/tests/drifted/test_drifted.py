"""The side effect came over the host."""

from __future__ import annotations

from typing import Any


def test_the_proxy_is_gone(windows: Any) -> None:
    assert windows("no-proxy-ja").winhttp_proxy() == ()
    assert windows("no-proxy-ja").maps() == 0x80072F8F
