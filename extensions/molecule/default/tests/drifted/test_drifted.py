"""The side effect came over the host: what the next run repairs is really broken."""

from __future__ import annotations

from typing import Any


def test_the_proxy_is_a_dead_one(windows: Any) -> None:
    host = windows("no-proxy-en")
    assert host.winhttp_proxy()[0] == "old-proxy.corp.example:8080"
    assert host.maps() != 0
