"""What a sweep makes for every host of its play, in the same form as own_connection shows it."""

from __future__ import annotations

import importlib.util
import pathlib
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.connections import Connections

_path = pathlib.Path(__file__).with_name("own_connection.py")
_spec = importlib.util.spec_from_file_location("own_connection", _path)
own_connection: Any = importlib.util.module_from_spec(_spec)  # type: ignore[arg-type]
_spec.loader.exec_module(own_connection)  # type: ignore[union-attr]


class ActionModule(ActionBase):
    BYPASS_HOST_LOOP = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        connections = Connections(self, task_vars or {})
        found: dict[str, Any] = {}
        with connections.made_once():
            for name in connections.batch:
                try:
                    connection, become, _variables = connections.open(name)
                except Exception as error:
                    found[name] = str(error)
                else:
                    shown = own_connection.shown(connection, connection._play_context)
                    found[name] = {**shown, "become": become}
        return {"changed": False, "found": found}
