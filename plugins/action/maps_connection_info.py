"""Facade of windefend.maps.maps_connection_info; its documentation is plugins/modules/maps_connection_info.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, run_identity
from ..plugin_utils._domain.as_system import task as as_system_task
from ..plugin_utils._domain.diagnosis import host_of, validate as diagnosis_validate
from ..plugin_utils._domain.operation import Operation, Refused


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "run_as": {"type": "str", "choices": ["current", "system", "auto"], "default": "current"},
            "timeout": {"type": "int", "default": int(diagnosis_validate.DEFAULT_TIMEOUT)},
            "host": {"type": "dict"},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        if not 1 <= arguments["timeout"] <= as_system_task.LONGEST_TIMEOUT:
            raise Refused(f"timeout must be 1 to {as_system_task.LONGEST_TIMEOUT} seconds, not {arguments['timeout']}")
        known = arguments["host"]
        if known is not None:
            _demand_host_info(known)
        return diagnosis_validate.validate(
            run_as=arguments["run_as"],
            timeout=arguments["timeout"],
            identity=run_identity(),
            known_host=known,
        )


def _demand_host_info(known: Mapping[str, Any]) -> None:
    """Raises Refused for what is no result of host_info: what is missing would be missed in the middle of the work."""
    try:
        host_of(known)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(f"host must be the registered result of windefend.maps.host_info; {error!r}") from error
