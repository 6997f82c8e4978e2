"""After create and a run in check mode: no test file was fetched, no alert raised."""

from __future__ import annotations

from typing import Any

CHANNEL = '"Microsoft-Windows-Windows Defender/Operational"'


def test_check_mode_raised_no_alert(windows: Any, winsim_running: Any) -> None:
    for name in winsim_running.names:
        found = windows(name).run(f'wevtutil qe {CHANNEL} /q:"*[System[(EventID=1116)]]" /f:xml')
        assert found.rc == 0
        assert "<EventID>" not in found.stdout
