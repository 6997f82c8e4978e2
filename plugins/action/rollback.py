"""Facade of windefend.maps.rollback; its documentation is plugins/modules/rollback.yml."""

from __future__ import annotations

import time
from typing import Any

from ansible.constants import COLOR_WARN
from ansible.utils.display import Display

from ..plugin_utils._ansible import JournalAction, Key, Spec, Store, Task, journal_key
from ..plugin_utils._domain.journal import choice as journal_choice, rollback
from ..plugin_utils._domain.language import shown
from ..plugin_utils._domain.operation import Operation


class ActionModule(JournalAction):
    SPEC = Spec(
        options={
            "journal": {"type": "path"},
            "run": {"type": "str", "default": journal_choice.LAST},
            "source": {"type": "str", "choices": list(journal_choice.SOURCES), "default": "auto"},
            "force": {"type": "bool", "default": False},
            "allow_unverified": {"type": "bool", "default": False},
            "allow_loosening": {"type": "bool", "default": False},
            "skip_damaged": {"type": "bool", "default": False},
            **journal_key.OPTIONS,
        },
        required_if=(("source", "controller", ("journal",)),),
    )

    def with_journal(self, store: Store | None, key: Key, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        request = rollback.RollbackRequest(
            run=arguments["run"],
            source=arguments["source"],
            force=arguments["force"],
            check_mode=task.check_mode,
            now=time.time(),
            seal=key.known(),
            allow_unverified=arguments["allow_unverified"],
            allow_loosening=arguments["allow_loosening"],
            skip_damaged=arguments["skip_damaged"],
        ).validated()
        host = self.host.name

        def announce(line: str) -> None:
            """Prints at once: a warning is printed with the result, which comes after the writes."""
            Display().display(shown(f"{host}: {line}"), color=COLOR_WARN)

        return rollback.rollback(request, store, announce)
