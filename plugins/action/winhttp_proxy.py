"""Facade of windefend.maps.winhttp_proxy; its documentation is plugins/modules/winhttp_proxy.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task
from ..plugin_utils._domain.operation import Operation
from ..plugin_utils._domain.proxy import change as proxy_change


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            "proxy": {"type": "raw"},
            "bypass_list": {"type": "list", "elements": "str", "default": []},
            "autoconfig_url": {"type": "str"},
            "auto_detect": {"type": "bool"},
            "store": {"type": "str", "choices": ["winhttp", "advanced"], "default": "winhttp"},
            "source": {"type": "str", "choices": ["ie"]},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **OPTIONS,
        },
        mutually_exclusive=(("proxy", "source"), ("autoconfig_url", "source"), ("auto_detect", "source")),
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        return proxy_change.configure(
            proxy_change.settings_from_options(task.arguments), task.arguments["store"], task.check_mode
        )
