"""All that knows Ansible: arguments, check mode, diff, errors, the journal's files, and the driving of operations.

The only layer that may import `ansible`. What an action imports is paid for by every worker, so its packages load their
modules when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._facade import lazy_exports

if TYPE_CHECKING:
    from . import catalogue_loader, journal_key, report_sources
    from .changing_action import OPTIONS, ChangingAction, JournalAction, Store
    from .controller_action import ControllerFileAction, ControllerFilesAction, WantedFile
    from .filters import check_language, shown_filter
    from .host_action import HostAction, Spec, Task, run_identity
    from .journal_key import Key
    from .terminal_row import StatusRow
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "catalogue_loader": "catalogue_loader",
            "changing_action": "ChangingAction JournalAction OPTIONS Store",
            "controller_action": "ControllerFileAction ControllerFilesAction WantedFile",
            "filters": "check_language shown_filter",
            "host_action": "HostAction Spec Task run_identity",
            "journal_key": "Key journal_key",
            "report_sources": "report_sources",
            "terminal_row": "StatusRow",
        },
    )
