"""The cheapest action that can be: it sends the requests that it is told over Ansible's connection, and reads nothing.

What a real task costs beyond this one is its own; what this one costs is Ansible's and pywinrm's.
"""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

from ansible.plugins.action import ActionBase

LINES = "WINDEFEND_MAPS_BENCHMARK_LINES"
"""Variable that names the file with the command lines, a JSON list."""


class ActionModule(ActionBase):  # type: ignore[misc]
    """Create, Command and Receive for each line, Delete: the first and the last are the connection's."""

    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry point."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        connection = self._connection
        connection._connect()
        protocol, shell = connection.protocol, connection.shell_id
        for line in json.loads(pathlib.Path(os.environ[LINES]).read_text()):
            _unused, _unused, status = protocol.get_command_output(shell, protocol.run_command(shell, line))
            if status:
                return {**result, "failed": True, "msg": f"the line ended with {status}"}
        return {**result, "changed": False}
