"""Facade of windefend.maps.ctl_source_info; its documentation is plugins/modules/ctl_source_info.yml."""

from __future__ import annotations

import time
import uuid
from typing import Any

from ..plugin_utils._domain import as_system, ctl_source
from ..plugin_utils._domain.operation import Operation
from ..plugin_utils._task.action import HostAction, Spec, Task


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "url": {"type": "str", "default": ""},
            "expected": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": ctl_source.DEFAULT_TIMEOUT},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        now = time.time()
        wish = ctl_source.Wish(
            name=as_system.unique_name(now, uuid.uuid4().hex[:12]),
            now=now,
            url=arguments["url"],
            expected=arguments["expected"],
            timeout=arguments["timeout"],
        ).checked()
        return ctl_source.prove(wish, task.warnings)
