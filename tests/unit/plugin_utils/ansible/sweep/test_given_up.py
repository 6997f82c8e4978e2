"""A host whose thread is given up: its message says how long that really took."""

from __future__ import annotations

import contextlib
import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.host_action import Task
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep import action as sweep_action


class Connections:
    batch = ("pc",)

    def open(self, _name: str, _wanted: Any) -> tuple[Any, bool, dict[str, Any]]:
        options = {"transport": ["ntlm"]}
        unopened = {"protocol": None, "shell_id": None, "_kerb_auth": None}
        connection = SimpleNamespace(transport="winrm", get_option=lambda name: options.get(name, name), **unopened)
        return connection, False, {}

    def groups(self, _name: str) -> list[str]:
        return []

    def made_once(self) -> Any:
        return contextlib.nullcontext()


def test_the_message_has_the_seconds_that_passed_and_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_action, "CLEANUP_GRACE", 2.0)
    action = object.__new__(type("Hanging", (sweep_action.SweepAction,), {"_work": lambda *_unused: time.sleep(30)}))
    action._task = SimpleNamespace(action="windefend.maps.sweep", check_mode=False)
    action._display = SimpleNamespace(display=lambda _line: None)
    found = action._sweep(
        Connections(), Task({}, False, False), sweep_action.SweepLimits(1, {}, host_timeout=0.5, progress=0)
    )
    message = found["pc"]["msg"]
    assert found["pc"]["unreachable"]
    seconds = re.match(r"pc: abandoned after (\d+) seconds", message)
    assert seconds, message
    assert int(seconds[1]) >= 2
    assert "host_timeout (0.5 seconds)" in message
    assert "2 more seconds" in message
