"""The filter windefend.maps.parse_firewall_rule; its documentation is parse_firewall_rule.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import shown_filter
from ..plugin_utils._windows.firewall_rule import FirewallRule, RuleError

NAME = "windefend.maps.parse_firewall_rule"


def parse_firewall_rule(text: object) -> dict[str, Any]:
    """A firewall rule's text as a dictionary."""
    if not isinstance(text, str):
        raise AnsibleFilterError(f"{NAME}: character 0: {type(text).__name__} is not text")
    try:
        rule = FirewallRule.parse(text)
    except RuleError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error
    return {
        "version": rule.version,
        "name": rule.name,
        "description": rule.description,
        "direction": rule.direction,
        "action": rule.action,
        "active": rule.active,
        "protocol": rule.protocol,
        "program": rule.program,
        "service": rule.service,
        "profiles": list(rule.profiles),
        "local_ports": list(rule.local_ports),
        "remote_ports": list(rule.remote_ports),
        "remote_addresses": list(rule.remote_addresses),
        "tokens": [token for token in rule.tokens if token],
    }


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"parse_firewall_rule": shown_filter(parse_firewall_rule)}
