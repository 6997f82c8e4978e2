"""Facade of windefend.maps.firewall_info; its documentation is plugins/modules/firewall_info.yml."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task
from ..plugin_utils._domain.firewall import verdict as firewall_verdict
from ..plugin_utils._domain.operation import Ask, Operation, Refused, facts, understood
from ..plugin_utils._windows.environment import UnknownVariable, expand

PROTOCOLS = {"tcp": 6, "udp": 17}


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "program": {"type": "str", "required": True},
            "service": {"type": "str", "default": ""},
            "protocol": {"type": "str", "choices": list(PROTOCOLS), "default": "tcp"},
            "remote_port": {"type": "int", "default": 443},
            "max_bytes": {"type": "int", "default": 4194304},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        if not 1 <= arguments["remote_port"] <= 65535:
            raise Refused(f"remote_port: {arguments['remote_port']} is not between 1 and 65535")
        try:
            expand(arguments["program"])
        except UnknownVariable as unknown:
            raise Refused(f"program: {unknown}; write the path out") from unknown
        subject = firewall_verdict.Subject(
            arguments["program"],
            arguments["service"],
            arguments["remote_port"],
            PROTOCOLS[arguments["protocol"]],
        )
        return firewall_info(subject, arguments["max_bytes"])


def firewall_info(subject: firewall_verdict.Subject, max_bytes: int) -> Operation[dict[str, Any]]:
    """Reads what decides for the subject and gives the verdict."""
    rules = firewall_verdict.rules_for([subject], most=max_bytes)
    answer = yield Ask(rules.commands, max_bytes=max_bytes, reads=True)
    state, unread = understood(answer.outcomes, rules)
    state = replace(state, too_large=state.too_large or bool(unread))
    return {
        "changed": False,
        **vars(firewall_verdict.decide(state, subject)),
        "too_large": state.too_large,
        "unreadable": list(state.unreadable),
        "rules_considered": len(state.rules),
        "unknown": facts(unread, dict.fromkeys(answer.outcomes, ("verdict",))),
    }
