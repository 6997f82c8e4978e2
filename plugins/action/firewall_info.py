"""Facade of windefend.maps.firewall_info; its documentation is plugins/modules/firewall_info.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task
from ..plugin_utils._domain.firewall import other_filters, verdict as firewall_verdict
from ..plugin_utils._domain.operation import Operation

PROTOCOLS = {"tcp": 6, "udp": 17}


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "program": {"type": "str", "required": True},
            "service": {"type": "str", "default": ""},
            "protocol": {"type": "str", "choices": list(PROTOCOLS), "default": "tcp"},
            "remote_port": {"type": "int", "default": 443},
            "max_bytes": {"type": "int", "default": 4194304},
            "other_filters": {"type": "bool", "default": False},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        subject = firewall_verdict.Subject(
            arguments["program"],
            arguments["service"],
            arguments["remote_port"],
            PROTOCOLS[arguments["protocol"]],
        ).validated()
        return other_filters.read(subject, arguments["max_bytes"], arguments["other_filters"])
