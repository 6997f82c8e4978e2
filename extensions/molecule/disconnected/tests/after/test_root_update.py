"""Where the lists come from, as reg sees it, and what that does for MAPS."""

from __future__ import annotations

from typing import Any

import pytest

AUTO_UPDATE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"


@pytest.mark.parametrize("name", ["en", "ja", "off"])
def test_the_root_is_fetched_from_the_share(windows: Any, name: str) -> None:
    host = windows(name)
    assert host.value(AUTO_UPDATE, "RootDirUrl") == r"file://\\files.corp.example\ctl"
    assert host.value(POLICY, "EnableDisallowedCertAutoUpdate") == "0x1"
    assert host.maps() == 0


@pytest.mark.parametrize(("name", "value"), [("en", None), ("off", "0x0")])
def test_a_policy_that_was_not_asked_for_is_left_alone(windows: Any, name: str, value: str | None) -> None:
    assert windows(name).value(POLICY, "DisableRootAutoUpdate") == value
