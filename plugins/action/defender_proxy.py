"""Facade of windefend.maps.defender_proxy; its documentation is plugins/modules/defender_proxy.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task
from ..plugin_utils._domain.defender import own_proxy
from ..plugin_utils._domain.operation import Operation, Refused

VALUES = ("server", "pac_url", "bypass")


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            "server": {"type": "str"},
            "pac_url": {"type": "str"},
            "bypass": {"type": "list", "elements": "str"},
            "force": {"type": "bool", "default": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **OPTIONS,
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        given = [name for name in VALUES if arguments[name] is not None]
        if arguments["state"] == "absent":
            if given:
                raise Refused(f"state=absent removes all values, and cannot be combined with {', '.join(given)}")
            wanted = own_proxy.wanted_from("", "", ())
        else:
            if not given:
                raise Refused(f"state=present requires one of {', '.join(VALUES)}")
            wanted = own_proxy.wanted_from(*(arguments[name] for name in VALUES))
        return own_proxy.configure(wanted, arguments["force"], task.check_mode)
