"""The side effect came over the host."""

from __future__ import annotations

from typing import Any


def test_the_root_is_unknown_again(windows: Any) -> None:
    assert windows("ja").maps() == 0x80072F0D
