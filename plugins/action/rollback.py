"""Facade of windefend.maps.rollback; its documentation is plugins/modules/rollback.yml."""

from __future__ import annotations

import time
from typing import Any

from ..plugin_utils._domain import journal_choice, journal_rollback
from ..plugin_utils._domain.journal_record import check_run
from ..plugin_utils._domain.operation import Operation, Refused
from ..plugin_utils._task.action import Spec, Task
from ..plugin_utils._task.journal import JournalAction, Store


class ActionModule(JournalAction):
    SPEC = Spec(
        options={
            "journal": {"type": "path"},
            "run": {"type": "str", "default": journal_choice.LAST},
            "source": {"type": "str", "choices": list(journal_choice.SOURCES), "default": "auto"},
            "force": {"type": "bool", "default": False},
        },
        required_if=(("source", "controller", ("journal",)),),
    )

    def with_journal(self, store: Store | None, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        try:
            run = check_run(arguments["run"])
        except ValueError as error:
            raise Refused(f"run: {error}") from None
        wish = journal_rollback.Wish(run, arguments["source"], arguments["force"], task.check_mode, time.time())
        return journal_rollback.rollback(wish, store, task.warnings)
