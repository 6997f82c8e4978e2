"""Facade of windefend.maps.endpoint_info; its documentation is plugins/modules/endpoint_info.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import HostAction, Spec, Task, run_identity
from ..plugin_utils._domain.operation import Operation
from ..plugin_utils._domain.probes import probe


class ActionModule(HostAction):
    SPEC = Spec(
        options={
            "urls": {"type": "list", "elements": "str"},
            "crl_urls": {"type": "list", "elements": "str", "default": list(probe.CRL_URLS)},
            "revocation": {"type": "bool", "default": True},
            "certificate": {"type": "str", "default": ""},
            "proxy": {"type": "str", "default": "winhttp"},
            "run_as": {"type": "str", "choices": ["current", "system"], "default": "current"},
            "connect_timeout": {"type": "int", "default": 5},
            "timeout": {"type": "int", "default": 15},
        },
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        request = probe.ProbeRequest(
            identity=run_identity(),
            urls=None if arguments["urls"] is None else tuple(arguments["urls"]),
            crl_urls=tuple(arguments["crl_urls"]),
            revocation=arguments["revocation"],
            certificate=arguments["certificate"],
            proxy=arguments["proxy"],
            run_as=arguments["run_as"],
            connect_timeout=arguments["connect_timeout"],
            timeout=arguments["timeout"],
        )
        return probe.probe(request)
