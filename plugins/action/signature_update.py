"""Facade of windefend.maps.signature_update; its documentation is plugins/modules/signature_update.yml."""

from __future__ import annotations

import time
from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task
from ..plugin_utils._domain.defender import signatures
from ..plugin_utils._domain.operation import Operation, Refused

LONGEST_TIMEOUT = 3600


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "source": {"type": "str", "choices": ["configured", "microsoft", "unc"], "default": "configured"},
            "path": {"type": "str", "default": ""},
            "timeout": {"type": "int", "default": int(signatures.DEFAULT_TIMEOUT)},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        timeout = task.arguments["timeout"]
        if not 1 <= timeout <= LONGEST_TIMEOUT:
            raise Refused(f"timeout must be 1 to {LONGEST_TIMEOUT} seconds, not {timeout}")
        return signatures.update(
            source=task.arguments["source"],
            path=task.arguments["path"],
            check_mode=task.check_mode,
            timeout=timeout,
            now=time.time(),
        )
