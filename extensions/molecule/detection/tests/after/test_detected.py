"""The proof as Windows' own event log has it."""

from __future__ import annotations

import re
from typing import Any

import pytest

CHANNEL = '"Microsoft-Windows-Windows Defender/Operational"'


def events(host: Any, number: int) -> list[str]:
    """The events of a number, as XML."""
    out = host.run(f'wevtutil qe {CHANNEL} /q:"*[System[(EventID={number})]]" /f:xml').stdout
    return re.findall(r"<Event .*?</Event>", out, re.DOTALL)


@pytest.mark.parametrize("name", ["en", "ja"])
def test_detected_and_dealt_with_once(windows: Any, name: str) -> None:
    """Once: the idempotence run left the proof out."""
    host = windows(name)
    (detected,) = events(host, 1116)
    assert "windefend-maps" in detected
    assert len(events(host, 1117)) == 1
    assert host.maps() == 0


def test_not_proven_where_nothing_watches(windows: Any) -> None:
    assert events(windows("asleep"), 1116) == []


def test_no_file_of_ours_is_left(windows: Any, winsim_running: Any) -> None:
    for name in winsim_running.names:
        assert windows(name).run(
            r'if exist "C:\Program Files\windefend-maps*" (echo left) else (echo none)'
        ).stdout.split() == ["none"]
