"""Facade of windefend.maps.publisher_evidence; its documentation is plugins/modules/publisher_evidence.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task, run_identity
from ..plugin_utils._domain import publisher_evidence
from ..plugin_utils._domain.operation import Operation, Refused


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            "enabled": {"type": "bool", "default": False},
            "frameworks": {
                "type": "list",
                "elements": "str",
                "choices": list(publisher_evidence.FRAMEWORKS),
                "default": list(publisher_evidence.FRAMEWORKS),
            },
            "bits": {
                "type": "list",
                "elements": "int",
                "choices": list(publisher_evidence.FOLDERS),
                "default": list(publisher_evidence.FOLDERS),
            },
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **OPTIONS,
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        for option in ("frameworks", "bits"):
            if not arguments[option]:
                raise Refused(f"{option}: the list is empty, so there is nothing to edit")
        return publisher_evidence.configure(
            enabled=arguments["enabled"] if arguments["state"] == "present" else None,
            wanted=publisher_evidence.places(arguments["frameworks"], arguments["bits"]),
            identity=run_identity(),
            check_mode=task.check_mode,
        )
