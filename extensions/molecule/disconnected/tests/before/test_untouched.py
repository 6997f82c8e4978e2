"""After create and a run in check mode: nothing was written, and the root is not known."""

from __future__ import annotations

from typing import Any

AUTO_UPDATE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"


def test_check_mode_wrote_nothing(windows: Any, winsim_running: Any) -> None:
    for name in winsim_running.names:
        assert windows(name).value(AUTO_UPDATE, "RootDirUrl") is None
        assert windows(name).maps() == 0x80072F0D
