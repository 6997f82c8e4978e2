"""What Ansible's own task_executor made for one host: the options of its connection, and the play context."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

CONTEXT = ("remote_addr", "remote_user", "port", "password", "timeout", "shell", "executable", "connection_user")


def shown(connection: Any, context: Any) -> dict[str, Any]:
    """As plain data; a play context has more, which no connection reads."""
    return {
        "plugin": connection.ansible_name,
        "options": {name: repr(value) for name, value in sorted(connection.get_options().items())},
        "context": {name: repr(getattr(context, name)) for name in CONTEXT},
    }


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        become = self._connection.become is not None
        return {"changed": False, "found": {**shown(self._connection, self._play_context), "become": become}}
