"""All that knows Ansible: arguments, check mode, diff, errors, the journal's files, and the driving of operations.

The only layer that may import `ansible`. What an action imports is paid for by every worker, so its packages load their
modules when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._facade import lazy_exports

if TYPE_CHECKING:
    from . import catalogue_loader, journal_key, known_variables, report_files, report_sources, request_check
    from .bytecode import keep_bytecode
    from .changing_action import ChangingAction, JournalAction
    from .controller_action import ControllerFileAction, ControllerFilesAction, WantedFile
    from .exit import ShownAction
    from .filters import check_language, shown_filter
    from .host_action import HostAction, Spec, Task, run_identity, validated
    from .journal_key import Key
    from .journal_store import OPTIONS, Store, journal_of, writer_of
    from .recording import collection_version, previewed
    from .reported import with_report
    from .run_reports import RunReports
    from .terminal_row import StatusRow
    from .this_run import command_after, print_lines
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "bytecode": "keep_bytecode",
            "catalogue_loader": "catalogue_loader",
            "changing_action": "ChangingAction JournalAction",
            "controller_action": "ControllerFileAction ControllerFilesAction WantedFile",
            "exit": "ShownAction",
            "filters": "check_language shown_filter",
            "host_action": "HostAction Spec Task run_identity validated",
            "journal_key": "Key journal_key",
            "journal_store": "OPTIONS Store journal_of writer_of",
            "known_variables": "known_variables",
            "report_files": "report_files",
            "report_sources": "report_sources",
            "recording": "collection_version previewed",
            "reported": "with_report",
            "run_reports": "RunReports",
            "request_check": "request_check",
            "terminal_row": "StatusRow",
            "this_run": "command_after print_lines",
        },
    )
