"""Facade of windefend.maps.remediation_history; its documentation is plugins/modules/remediation_history.yml."""

from __future__ import annotations

import time
from typing import Any

from ..plugin_utils._domain import host_memory
from ..plugin_utils._domain.operation import Operation, Refused
from ..plugin_utils._task import journal_key
from ..plugin_utils._task.action import HostAction, Spec, Task
from ..plugin_utils._task.journal_key import Key


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "step": {"type": "str", "choices": list(host_memory.STEPS)},
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
                host_memory.check_depends(arguments["depends"])
            except ValueError as error:
                raise Refused(f"depends: {error}") from None
        key = Key(arguments["journal_key"] or "")
        return host_memory.remember(
            step=arguments["step"],
            depends_on=arguments["depends"],
            present=present,
            now=time.time(),
            check_mode=task.check_mode,
            keys=host_memory.Keys(key.known(), key.made),
            warnings=task.warnings,
        )
