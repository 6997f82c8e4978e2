"""Facade of windefend.maps.ctl_folder; its documentation is plugins/modules/ctl_folder.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task
from ..plugin_utils._domain.ctl import folder as ctl_folder, lists as ctl_lists
from ..plugin_utils._domain.operation import Operation, Refused


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "path": {"type": "str", "required": True},
            "share": {"type": "str", "default": ""},
            "readers": {"type": "list", "elements": "str", "default": list(ctl_folder.READERS)},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "remove_files": {"type": "bool", "default": False},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        at = ctl_lists.place(arguments["path"])
        request = ctl_folder.FolderSpec(at, arguments["share"], tuple(dict.fromkeys(arguments["readers"]))).validated()
        if arguments["state"] == "present":
            if arguments["remove_files"]:
                raise Refused("remove_files requires state=absent")
            return ctl_folder.configure(request, check_mode=task.check_mode)
        return ctl_folder.remove(request, remove_files=arguments["remove_files"], check_mode=task.check_mode)
