"""Facade of windefend.maps.endpoint_export; its documentation is plugins/modules/endpoint_export.yml."""

from __future__ import annotations

from ..plugin_utils._ansible import ControllerFileAction, Spec, Task, WantedFile, catalogue_loader
from ..plugin_utils._domain.catalogue import firewall_formats, rows as catalogue_rows


class ActionModule(ControllerFileAction):
    SPEC = Spec(
        options={
            "dest": {"type": "path", "required": True},
            "format": {"type": "str", "choices": ["pac", *firewall_formats.FORMATS], "required": True},
            "services": {"type": "list", "elements": "str", "default": []},
            "regions": {"type": "list", "elements": "str", "default": []},
            "ports": {"type": "list", "elements": "int", "default": []},
            "schemes": {
                "type": "list",
                "elements": "str",
                "choices": list(catalogue_rows.DEFAULT_PORTS),
                "default": [],
            },
            "editions": {"type": "list", "elements": "str", "default": []},
            "site_catalogue": {"type": "path"},
            "proxy": {"type": "str"},
            "otherwise": {"type": "str"},
        },
    )

    def wanted(self, task: Task) -> WantedFile:
        arguments = task.arguments
        filters = ("services", "regions", "ports", "schemes", "editions")
        request = catalogue_rows.Wanted(**{name: tuple(arguments[name]) for name in filters})
        rows = catalogue_rows.select(catalogue_loader.load(self._loader, arguments["site_catalogue"]), request)
        form = arguments["format"]
        export = firewall_formats.export(rows, form, request, arguments["proxy"], arguments["otherwise"])
        return WantedFile(
            arguments["dest"], export.content, firewall_formats.result(arguments["dest"], form, rows, export)
        )
