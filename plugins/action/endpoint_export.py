"""Facade of windefend.maps.endpoint_export; its documentation is plugins/modules/endpoint_export.yml."""

from __future__ import annotations

from ..plugin_utils._domain import endpoint_lists, endpoints
from ..plugin_utils._task import catalogue
from ..plugin_utils._task.action import Spec, Task
from ..plugin_utils._task.controller import ControllerFileAction, Wanted


class ActionModule(ControllerFileAction):
    SPEC = Spec(
        options={
            "dest": {"type": "path", "required": True},
            "format": {"type": "str", "choices": ["pac", *endpoint_lists.FORMATS], "required": True},
            "services": {"type": "list", "elements": "str", "default": []},
            "regions": {"type": "list", "elements": "str", "default": []},
            "ports": {"type": "list", "elements": "int", "default": []},
            "schemes": {"type": "list", "elements": "str", "choices": list(endpoints.DEFAULT_PORTS), "default": []},
            "editions": {"type": "list", "elements": "str", "default": []},
            "site_catalogue": {"type": "path"},
            "proxy": {"type": "str"},
            "otherwise": {"type": "str"},
        },
    )

    def wanted(self, task: Task) -> Wanted:
        arguments = task.arguments
        filters = ("services", "regions", "ports", "schemes", "editions")
        wish = endpoints.Wanted(**{name: tuple(arguments[name]) for name in filters})
        rows = endpoints.select(catalogue.load(self._loader, arguments["site_catalogue"]), wish)
        form = arguments["format"]
        export = endpoint_lists.export(rows, form, wish, arguments["proxy"], arguments["otherwise"])
        return Wanted(arguments["dest"], export.content, endpoint_lists.result(arguments["dest"], form, rows, export))
