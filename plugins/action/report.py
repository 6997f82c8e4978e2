"""Facade of windefend.maps.report; its documentation is plugins/modules/report.yml."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any

from ..plugin_utils import _report
from ..plugin_utils._ansible import (
    ControllerFilesAction,
    RunReports,
    Spec,
    Task,
    WantedFile,
    collection_version,
    command_after,
    report_files,
    report_sources,
)
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE, LANGUAGES
from ..plugin_utils._domain.operation import Refused, plain
from ..plugin_utils._report import documents as report_documents, formats as report_formats
from ..plugin_utils._windows import filetime

SOURCES = ("sources", "report", "results", "reports_file")
FORMATS = ("html", "json", "csv", "markdown", "junit")
"""Formats with an option of their own; `dest` writes every format."""
KINDS = ("assess", "remediate", "validate")


class ActionModule(ControllerFilesAction):
    SPEC = Spec(
        options={
            "sources": {"type": "list", "elements": "path"},
            "report": {"type": "dict"},
            "results": {"type": "dict", "aliases": ["sweep"]},
            "reports_file": {"type": "path"},
            "dest": {"type": "list", "elements": "path"},
            **{form: {"type": "path"} for form in FORMATS},
            "kind": {"type": "str", "choices": list(KINDS)},
            "run": {"type": "str", "default": ""},
            "title": {"type": "str", "default": ""},
            "goal": {"type": "float", "default": 100.0},
            "language": {"type": "str", "choices": list(LANGUAGES), "default": DEFAULT_LANGUAGE},
            "requests": {"type": "bool", "default": False},
            "history": {"type": "str"},
            "history_days": {"type": "float", "default": 400.0},
            "docs_url": {"type": "str", "default": ""},
            "group_by": {"type": "list", "elements": "str", "default": []},
            "site_variable": {"type": "str"},
            "site_groups": {"type": "list", "elements": "str", "default": []},
            "site_group_prefix": {"type": "str"},
            "prometheus_hosts": {"type": "bool", "default": False},
        },
        mutually_exclusive=(SOURCES,),
        required_one_of=(SOURCES, ("dest", *FORMATS)),
    )
    MODE = 0o600
    MODES: Mapping[str, int] = {"prometheus": 0o644}
    """node_exporter reads its file as a user of its own."""

    def files(self, task: Task, task_vars: dict[str, Any]) -> tuple[list[WantedFile], dict[str, Any]]:
        arguments = task.arguments
        if not 0 <= arguments["goal"] <= 100:
            raise Refused(f"goal must be 0 to 100 percent, not {arguments['goal']}")
        requested = self._requested(arguments)
        document = self._document(arguments, task_vars)
        named = (arguments["site_variable"], arguments["site_groups"], arguments["site_group_prefix"])
        for name, site in report_sources.sites(document.hosts, task_vars, *named).items():
            document.hosts[name]["site"] = site
        report_sources.group(document.hosts, task_vars, arguments["group_by"])
        fleet = report_documents.fleet(document, arguments["goal"])
        if not document.hosts:
            task.warnings.append("the report contains no host")
        language = arguments["language"]
        entries: list[Mapping[str, Any]] = []
        beside: list[WantedFile] = []
        if arguments["history"]:
            path = os.path.join(os.getcwd(), os.path.expanduser(arguments["history"]))
            entries, file = report_files.with_history(path, fleet, arguments["history_days"])
            beside.append(file)
        if arguments["requests"]:
            pages = [path for path, (form, _option) in requested.items() if form == "html"]
            beside += report_files.requests((pages or list(requested))[0], fleet, language)
        presentation = report_formats.Presentation(
            arguments["title"], language, arguments["docs_url"], entries, arguments["prometheus_hosts"]
        )
        files = [
            WantedFile(
                path,
                report_formats.FORMATS[form](fleet, presentation),
                {"format": form, "dest": path},
                option,
                form != "html",
                mode=self.MODES.get(form),
            )
            for path, (form, option) in requested.items()
        ]
        return [*files, *beside], report_formats.result(fleet)

    def _requested(self, arguments: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """The files to write, each with its format and the option that names it. Raises Refused."""
        named = [(arguments[form], form, form) for form in FORMATS if arguments[form]]
        for path in report_formats.paths_of(arguments["dest"]):
            # Not resolved: what writes the file judges links.
            named.append((os.path.join(os.getcwd(), path), report_formats.format_of(path), "dest"))
        found = {path: (form, option) for path, form, option in named}
        if len(found) < len(named):
            raise Refused(
                f"{', '.join(dict.fromkeys(option for *_rest, option in named))}: each file needs a separate path"
            )
        return found

    def _document(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> report_documents.Document:
        if arguments["sources"] is not None:
            return report_sources.from_files(self._loader, arguments["sources"])
        if arguments["report"] is not None:
            return report_sources.from_data(arguments["report"])
        stopped = ""
        if arguments["results"] is not None:
            try:
                results = plain(arguments["results"])
                reports = {name: _report.validation_report(one, arguments["language"]) for name, one in results.items()}
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise Refused(f"results must be results of maps_connection_info: {error!r}") from None
        else:
            reports, stopped = RunReports(arguments["reports_file"]).ended()
        return report_sources.from_run(reports, self._run(arguments, stopped), task_vars)

    def _run(self, arguments: dict[str, Any], stopped: str) -> dict[str, str]:
        """What the report says of the run that it is of; empty where the task does not say that it is of one."""
        kind, name = arguments["kind"], arguments["run"]
        if not kind:
            return {}
        return {
            "name": name,
            "kind": kind,
            "version": collection_version(),
            "undo": command_after(self._loader, "rollback", variables={"rollback_run": name} if name else None),
            "stopped": stopped,
            "finished": filetime.iso(dt.datetime.now(dt.UTC)),
        }
