"""Facade of windefend.maps.self_check; its documentation is plugins/modules/self_check.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task
from ..plugin_utils._domain import self_check
from ..plugin_utils._domain.operation import Operation


class ActionModule(HostAction):
    SPEC = Spec(options={"preview": {"type": "bool", "default": False}})

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        return _previewed() if task.arguments["preview"] else self_check.check()


def _previewed() -> Operation[dict[str, Any]]:
    """Sends nothing."""
    yield from ()
    return self_check.preview()
