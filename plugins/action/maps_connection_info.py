"""Facade of windefend.maps.maps_connection_info; its documentation is plugins/modules/maps_connection_info.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, run_identity
from ..plugin_utils._domain.diagnosis import host_of
from ..plugin_utils._domain.host import Host
from ..plugin_utils._domain.operation import Operation, Refused
from ..plugin_utils._domain.remediation import assess, request as remediation_request

OPTIONS = remediation_request.ASSESS_OPTIONS


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            **OPTIONS,
            "run_as": {**OPTIONS["run_as"], "default": "current"},
            "probe": {**OPTIONS["probe"], "default": "never"},
            "host": {"type": "dict"},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        given = task.arguments["host"]
        host = None if given is None else _host(given)
        request = remediation_request.assessment_request(task.arguments, run_identity())
        return assess(request, host)


def _host(given: Mapping[str, Any]) -> Host:
    """Raises Refused for what is no result of host_info: what is missing would be missed in the middle of the work."""
    try:
        return host_of(given)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(f"host must be the registered result of windefend.maps.host_info; {error!r}") from error
