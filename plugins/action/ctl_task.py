"""Facade of windefend.maps.ctl_task; its documentation is plugins/modules/ctl_task.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, run_identity
from ..plugin_utils._domain.ctl import lists as ctl_lists, task as ctl_task
from ..plugin_utils._domain.operation import Operation


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "path": {"type": "str"},
            "keep": {"type": "int", "default": ctl_lists.DEFAULT_KEPT},
            "start": {"type": "str", "default": ctl_task.DEFAULT_START},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=(("state", "present", ("path",)),),
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        present = arguments["state"] == "present"
        request = ctl_task.TaskSpec(
            at=ctl_lists.place(arguments["path"] if present else "C:\\ctl"),
            keep=arguments["keep"],
            start=arguments["start"],
            identity=run_identity(),
        ).validated()
        return ctl_task.configure(request, present=present, check_mode=task.check_mode)
