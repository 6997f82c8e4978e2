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
            "editions": {"type": "list", "elements": "str", "default": [], "aliases": ["edition"]},
            "onboarding": {
                "type": "list",
                "elements": "str",
                "choices": list(catalogue_rows.ONBOARDING),
                "default": [],
            },
            "cloud": {"type": "str", "choices": list(catalogue_rows.CLOUDS), "default": catalogue_rows.COMMERCIAL},
            "changed_since": {"type": "str"},
            "site_catalogue": {"type": "path"},
            "proxy": {"type": "str"},
            "otherwise": {"type": "str"},
        },
    )

    def wanted(self, task: Task) -> WantedFile:
        arguments = task.arguments
        filters = ("services", "regions", "ports", "schemes", "editions", "onboarding")
        request = catalogue_rows.Wanted(**{name: tuple(arguments[name]) for name in filters}, cloud=arguments["cloud"])
        catalogue = catalogue_loader.load(self._loader, arguments["site_catalogue"])
        dest, form, since = arguments["dest"], arguments["format"], arguments["changed_since"]
        if since is not None:
            changes = catalogue_rows.changes(catalogue, request, since)
            rows, export = [one.row for one in changes], firewall_formats.changed(changes, form)
        else:
            changes, rows = [], catalogue_rows.select(catalogue, request)
            export = firewall_formats.export(rows, form, request, arguments["proxy"], arguments["otherwise"])
        return WantedFile(dest, export.content, firewall_formats.result(dest, form, rows, export, changes))
