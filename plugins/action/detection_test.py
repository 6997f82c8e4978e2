"""Facade of windefend.maps.detection_test; its documentation is plugins/modules/detection_test.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, run_identity
from ..plugin_utils._domain.detection import run as detection_run
from ..plugin_utils._domain.operation import Operation


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "form": {"type": "str", "choices": ["auto", "file", "zip"], "default": "auto"},
            "url": {"type": "str", "default": detection_run.URL},
            "archive_url": {"type": "str", "default": detection_run.ARCHIVE_URL},
            # The password is published and no secret: hiding it would hide what went wrong.
            "archive_password": {"type": "str", "default": detection_run.ARCHIVE_PASSWORD, "no_log": False},
            "proxy": {"type": "str", "default": "auto"},
            "timeout": {"type": "int", "default": detection_run.DEFAULT_TIMEOUT},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        request = detection_run.DetectionRequest(
            identity=run_identity(),
            form=arguments["form"],
            url=arguments["url"],
            archive_url=arguments["archive_url"],
            password=arguments["archive_password"],
            proxy=arguments["proxy"],
            timeout=arguments["timeout"],
        )
        return detection_run.check_mode_result(request) if task.check_mode else detection_run.run(request)
