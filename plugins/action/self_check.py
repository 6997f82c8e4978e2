"""Facade of windefend.maps.self_check; its documentation is plugins/modules/self_check.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, previewed
from ..plugin_utils._domain import self_check
from ..plugin_utils._domain.operation import Operation


class ActionModule(HostAction):
    SPEC = Spec(options={"preview": {"type": "bool", "default": False}})

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        return self_check.check()

    def _drive(self, host: Any, task: Task) -> dict[str, Any]:
        if not task.arguments["preview"]:
            return super()._drive(host, task)
        recorded: list[Any] = []
        shown = previewed(host, task.arguments, recorded.append)
        task.arguments["record"] = None
        return {**super()._drive(shown, task), "recording": recorded}
