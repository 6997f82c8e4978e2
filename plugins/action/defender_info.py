"""Facade of windefend.maps.defender_info; its documentation is plugins/modules/defender_info.yml."""

from __future__ import annotations

import time
from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task
from ..plugin_utils._domain.defender import settings as defender_settings
from ..plugin_utils._domain.operation import Operation


class ActionModule(HostAction):
    SPEC = Spec(options={})

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        return _read()


def _read() -> Operation[dict[str, Any]]:
    return {"changed": False, **(yield from defender_settings.read(time.time()))}
