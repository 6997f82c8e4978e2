"""Facade of windefend.maps.firewall_rule; its documentation is plugins/modules/firewall_rule.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task
from ..plugin_utils._domain.firewall import allow_rule, rule_spec
from ..plugin_utils._domain.operation import Operation


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            **rule_spec.OPTIONS,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **OPTIONS,
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        request = rule_spec.RuleSpec.of(arguments)
        return allow_rule.configure(request, arguments["state"] == "present", task.check_mode)
