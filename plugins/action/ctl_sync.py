"""Facade of windefend.maps.ctl_sync; its documentation is plugins/modules/ctl_sync.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, run_identity
from ..plugin_utils._domain.as_system import task as as_system_task
from ..plugin_utils._domain.ctl import lists as ctl_lists, sync as ctl_sync
from ..plugin_utils._domain.operation import Operation, Refused


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "path": {"type": "str", "required": True},
            "keep": {"type": "int", "default": ctl_lists.DEFAULT_KEPT},
            "remove_dropped": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": ctl_sync.DEFAULT_TIMEOUT},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        at = ctl_lists.place(arguments["path"])
        ctl_lists.check_keep(arguments["keep"])
        if not 1 <= arguments["timeout"] <= as_system_task.LONGEST_TIMEOUT:
            raise Refused(f"timeout must be 1 to {as_system_task.LONGEST_TIMEOUT} seconds, not {arguments['timeout']}")
        return ctl_sync.sync(
            at,
            keep=arguments["keep"],
            remove_dropped=arguments["remove_dropped"],
            timeout=arguments["timeout"],
            identity=run_identity(),
            check_mode=task.check_mode,
        )
