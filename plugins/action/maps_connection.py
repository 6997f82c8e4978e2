"""Facade of windefend.maps.maps_connection; its documentation is plugins/modules/maps_connection.yml."""

from __future__ import annotations

import time
from typing import Any

from ..plugin_utils._ansible import OPTIONS, JournalAction, Key, Spec, Store, Task, run_identity, with_report
from ..plugin_utils._domain.journal import JournalWriter
from ..plugin_utils._domain.operation import Operation
from ..plugin_utils._domain.remediation import history as remediation_history, remediate, request as remediation_request


class ActionModule(JournalAction):
    SPEC = Spec(options={**remediation_request.OPTIONS, **OPTIONS})

    def finished(self, found: dict[str, Any], task: Task) -> dict[str, Any]:
        """See HostAction.finished. A host that is not reached has its report, too."""
        return with_report(found, task.check_mode, task.began, task.diff)

    def with_journal(self, store: Store | None, key: Key, task: Task) -> Operation[dict[str, Any]]:
        keys = remediation_history.Keys(key.known, key.made)
        writer = self.writer(store, key, task)
        request = remediation_request.remediation_request(
            task.arguments, run_identity(), keys, time.time, task.check_mode
        )
        return remediate(request, JournalWriter(writer) if writer is not None else None)
