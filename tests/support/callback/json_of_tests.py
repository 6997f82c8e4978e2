"""A callback for standard output that prints one JSON document, as ansible.posix.json does, which is not installed."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: json_of_tests
type: stdout
short_description: results as one JSON document
description: Prints the result of each task as one JSON document at the end.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "json_of_tests"

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Any] = []

    def v2_runner_on_ok(self, result: Any) -> None:
        self.rows.append(getattr(result, "result", None) or result._result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._display.display(json.dumps(self.rows, default=str))
