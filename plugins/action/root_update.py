"""Facade of windefend.maps.root_update; its documentation is plugins/modules/root_update.yml."""

from __future__ import annotations

import time
from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task
from ..plugin_utils._domain import root_lists
from ..plugin_utils._domain.operation import Operation, Refused


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            "root_dir_url": {"type": "str"},
            "disable_root_auto_update": {"type": "bool"},
            "enable_disallowed_cert_auto_update": {"type": "bool"},
            "stale_after": {"type": "int", "default": root_lists.DEFAULT_STALE_AFTER},
            "names": {"type": "list", "elements": "str", "choices": list(root_lists.VALUES)},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **OPTIONS,
        },
        required_if=(("state", "absent", ("names",)),),
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        requested = {name: arguments[name] for name in root_lists.VALUES}
        given = [name for name, value in requested.items() if value is not None]
        if arguments["state"] == "absent" and given:
            raise Refused(
                "state=absent resets the values in names to the default, and cannot be combined with "
                f"{', '.join(given)}"
            )
        if arguments["state"] == "present" and arguments["names"]:
            raise Refused("names requires state=absent")
        if not 1 <= arguments["stale_after"] <= 3650:
            raise Refused(f"stale_after: {arguments['stale_after']} is not between 1 and 3650 days")
        if requested["root_dir_url"] is not None:
            root_lists.parse_url(requested["root_dir_url"])
        return root_lists.configure(
            requested=requested,
            absent=arguments["names"] or (),
            stale_after=arguments["stale_after"],
            now=time.time(),
            check_mode=task.check_mode,
        )
