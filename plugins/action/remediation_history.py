"""Facade of windefend.maps.remediation_history; its documentation is plugins/modules/remediation_history.yml."""

from __future__ import annotations

import time
from typing import Any

from ..plugin_utils._ansible import HostAction, Key, Spec, Task, journal_key
from ..plugin_utils._domain.operation import Operation, Refused
from ..plugin_utils._domain.remediation import history as remediation_history


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "step": {"type": "str", "choices": list(remediation_history.STEPS)},
            "depends": {"type": "str", "default": ""},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **journal_key.OPTIONS,
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        present = arguments["state"] == "present"
        if arguments["step"] is None and (arguments["depends"] or not present):
            raise Refused("depends and state=absent require step")
        if arguments["step"] is not None and present:
            try:
                remediation_history.check_depends(arguments["depends"])
            except ValueError as error:
                raise Refused(f"depends: {error}") from None
        key = Key(arguments["journal_key"] or "")
        return remediation_history.remember(
            step=arguments["step"],
            depends_on=arguments["depends"],
            present=present,
            now=time.time(),
            check_mode=task.check_mode,
            keys=remediation_history.Keys(key.known, key.made),
        )
