"""Facade of windefend.maps.sweep; its documentation is plugins/modules/sweep.yml."""

from __future__ import annotations

import json
from typing import Any

from ..plugin_utils._ansible import Spec, Task, run_identity
from ..plugin_utils._ansible.sweep import SweepAction, SweepLimits, status_of
from ..plugin_utils._domain import host
from ..plugin_utils._domain.as_system import task as as_system_task
from ..plugin_utils._domain.diagnosis import validate as diagnosis_validate
from ..plugin_utils._domain.operation import Operation, Refused

MOST_AT_ONCE = 512
LONGEST_HOST_TIMEOUT = 86_400
INLINE_FIELDS = ("changed", "connected", "cause", "diagnosis", "probes")
"""The fields that a compact result keeps as they are; the others go into `details` as one JSON text."""


class ActionModule(SweepAction):
    SPEC = Spec(
        options={
            "validate": {"type": "bool", "default": True},
            "run_as": {"type": "str", "choices": ["current", "system", "auto"], "default": "current"},
            "timeout": {"type": "int", "default": int(diagnosis_validate.DEFAULT_TIMEOUT)},
            "concurrency": {"type": "int", "default": 32},
            "group_concurrency": {"type": "dict", "default": {}},
            "host_timeout": {"type": "int", "default": 300},
            "progress": {"type": "int", "default": 10},
            "output": {"type": "str", "choices": ["full", "compact"], "default": "full"},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        if not task.arguments["validate"]:
            return host.info()
        return diagnosis_validate.validate(
            run_as=task.arguments["run_as"],
            timeout=task.arguments["timeout"],
            identity=run_identity(),
        )

    def shown(self, outcome: dict[str, Any], task: Task) -> dict[str, Any]:
        if task.arguments["output"] == "full" or status_of(outcome) != "ok":
            return outcome
        details = {name: value for name, value in outcome.items() if name not in INLINE_FIELDS}
        return {**{name: outcome[name] for name in INLINE_FIELDS if name in outcome}, "details": json.dumps(details)}

    def bounds(self, task: Task) -> SweepLimits:
        arguments = task.arguments
        limits = arguments["group_concurrency"]
        for name, least, most in (
            ("timeout", 1, as_system_task.LONGEST_TIMEOUT),
            ("concurrency", 1, MOST_AT_ONCE),
            ("host_timeout", 1, LONGEST_HOST_TIMEOUT),
            ("progress", 0, LONGEST_HOST_TIMEOUT),
        ):
            if not least <= arguments[name] <= most:
                raise Refused(f"{name} must be {least} to {most}, not {arguments[name]}")
        try:
            groups = {str(group): int(limit) for group, limit in limits.items()}
        except (TypeError, ValueError):
            raise Refused("group_concurrency must have an integer for each group") from None
        for group, limit in groups.items():
            if limit < 1:
                raise Refused(f"group_concurrency must be 1 or more, not {limit} for {group}")
        return SweepLimits(arguments["concurrency"], groups, arguments["host_timeout"], arguments["progress"])
