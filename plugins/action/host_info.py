"""Facade of windefend.maps.host_info; its documentation is plugins/modules/host_info.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task
from ..plugin_utils._domain import host
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE, LANGUAGES
from ..plugin_utils._domain.operation import Operation


class ActionModule(HostAction):
    SPEC = Spec(
        options={"language": {"type": "str", "choices": list(LANGUAGES), "default": DEFAULT_LANGUAGE}},
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        return host.info(task.arguments["language"])
