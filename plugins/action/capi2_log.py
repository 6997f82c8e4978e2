"""Facade of windefend.maps.capi2_log; its documentation is plugins/modules/capi2_log.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task
from ..plugin_utils._domain.operation import Operation
from ..plugin_utils._domain.probes import capi2_log


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            "enabled": {"type": "bool"},
            "within": {"type": "int", "default": 60},
            "count": {"type": "int", "default": 50},
            **OPTIONS,
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        request = capi2_log.LogRequest(arguments["enabled"], arguments["within"], arguments["count"])
        return capi2_log.configure(request, task.check_mode)
