"""Facade of windefend.maps.firewall_rule; its documentation is plugins/modules/firewall_rule.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task
from ..plugin_utils._domain.firewall import allow_rule
from ..plugin_utils._domain.operation import Operation


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            "name": {"type": "str", "required": True},
            "program": {"type": "str", "default": ""},
            "service": {"type": "str", "default": ""},
            "protocol": {"type": "str", "choices": list(allow_rule.PROTOCOLS), "default": "any"},
            "remote_ports": {"type": "list", "elements": "str", "default": []},
            "remote_addresses": {"type": "list", "elements": "str", "default": []},
            "profiles": {
                "type": "list",
                "elements": "str",
                "choices": ["any", "domain", "private", "public"],
                "default": ["any"],
            },
            "enabled": {"type": "bool", "default": True},
            "description": {"type": "str", "default": ""},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **OPTIONS,
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        request = allow_rule.RuleSpec(
            name=arguments["name"],
            program=arguments["program"],
            service=arguments["service"],
            protocol=arguments["protocol"],
            remote_ports=tuple(arguments["remote_ports"]),
            remote_addresses=tuple(arguments["remote_addresses"]),
            profiles=tuple(arguments["profiles"]),
            enabled=arguments["enabled"],
            description=arguments["description"],
        )
        return allow_rule.configure(request, arguments["state"] == "present", task.check_mode)
