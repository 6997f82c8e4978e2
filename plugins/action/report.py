"""Facade of windefend.maps.report; its documentation is plugins/modules/report.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._ansible import ControllerFilesAction, RunReports, Spec, Task, WantedFile, report_sources
from ..plugin_utils._domain.operation import Refused
from ..plugin_utils._domain.remediation import outcome as remediation_outcome
from ..plugin_utils._report import documents as report_documents, formats as report_formats

SOURCES = ("sources", "report", "sweep", "reports_file")
FORMATS = tuple(report_formats.FORMATS)


class ActionModule(ControllerFilesAction):
    SPEC = Spec(
        options={
            "sources": {"type": "list", "elements": "path"},
            "report": {"type": "dict"},
            "sweep": {"type": "dict"},
            "reports_file": {"type": "path"},
            **{form: {"type": "path"} for form in FORMATS},
            "title": {"type": "str", "default": "MAPS connection report"},
            "site_variable": {"type": "str"},
            "site_groups": {"type": "list", "elements": "str", "default": []},
            "site_group_prefix": {"type": "str"},
            "prometheus_hosts": {"type": "bool", "default": False},
        },
        mutually_exclusive=(SOURCES,),
        required_one_of=(SOURCES, FORMATS),
    )
    MODE = 0o600
    MODES: Mapping[str, int] = {"prometheus": 0o644}
    """node_exporter reads its file as a user of its own."""

    def files(self, task: Task, task_vars: dict[str, Any]) -> tuple[list[WantedFile], dict[str, Any]]:
        arguments = task.arguments
        requested = {form: arguments[form] for form in FORMATS if arguments[form]}
        if len(set(requested.values())) < len(requested):
            raise Refused(f"{', '.join(requested)}: each format needs a separate file")
        if arguments["sweep"] is not None:
            if list(requested) != ["json"]:
                raise Refused(
                    "sweep requires json and no other format; the other formats show the result of a remediation"
                )
            content = report_formats.as_json(arguments["sweep"], "")
            return [WantedFile(requested["json"], content, {"format": "json", "dest": requested["json"]}, "json")], {}
        if arguments["sources"] is not None:
            hosts = report_sources.from_files(self._loader, arguments["sources"])
        elif arguments["reports_file"] is not None:
            reports = RunReports(arguments["reports_file"]).read()
            hosts = report_sources.from_data(remediation_outcome.fleet_report(reports))
        else:
            hosts = report_sources.from_data(arguments["report"])
        named = (arguments["site_variable"], arguments["site_groups"], arguments["site_group_prefix"])
        sites = report_sources.sites(hosts, task_vars, *named)
        for name, site in sites.items():
            hosts[name]["site"] = site
        fleet = report_documents.fleet(hosts)
        if not hosts:
            task.warnings.append("the report contains no host")
        formats = dict(report_formats.FORMATS)
        if arguments["prometheus_hosts"]:
            formats["prometheus"] = report_formats.PROMETHEUS_WITH_HOSTS
        files = [
            WantedFile(
                path,
                formats[form](fleet, arguments["title"]),
                {"format": form, "dest": path},
                form,
                form != "html",
                self.MODES.get(form),
            )
            for form, path in requested.items()
        ]
        return files, report_formats.result(fleet)
