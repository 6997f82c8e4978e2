"""Facade of windefend.maps.rollout; its documentation is plugins/modules/rollout.yml."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils._ansible import RunReports, ShownAction, Spec, validated
from ..plugin_utils._domain.operation import HostError, plain
from ..plugin_utils._domain.remediation import rollout


class ActionModule(ShownAction):
    SPEC = Spec(
        options={
            "results": {"type": "dict", "required": True},
            "reports_file": {"type": "path", "required": True},
            "min_repaired": {"type": "raw", "default": 1},
        },
    )

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
        arguments = validated(self, self.SPEC)
        results = plain(arguments["results"])
        file = RunReports(arguments["reports_file"])
        try:
            least = rollout.LeastRepaired.parse(arguments["min_repaired"])
            for name, one in results.items():
                if one.get("report"):
                    file.append(name, one["report"], bool(one.get("needs_work")))
            reason = file.end_wave(results, least, bool(self._task.check_mode))
        except HostError as error:
            return {**result, "failed": True, "changed": False, "msg": str(error)}
        return {**result, "changed": False, "stop": bool(reason), "reason": reason}
