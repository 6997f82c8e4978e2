"""Facade of windefend.maps.ctl_source_info; its documentation is plugins/modules/ctl_source_info.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, run_identity
from ..plugin_utils._domain.ctl import client_check
from ..plugin_utils._domain.operation import Operation


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "url": {"type": "str", "default": ""},
            "expected": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": client_check.DEFAULT_TIMEOUT},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        request = client_check.CheckRequest(
            identity=run_identity(),
            url=arguments["url"],
            expected=arguments["expected"],
            timeout=arguments["timeout"],
        ).validated()
        return client_check.prove(request)
