"""The side effect came over the host."""

from __future__ import annotations

from typing import Any


def test_maps_is_off_again(windows: Any) -> None:
    assert windows("off-locally").maps() != 0
