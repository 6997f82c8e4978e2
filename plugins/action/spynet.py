"""Facade of windefend.maps.spynet; its documentation is plugins/modules/spynet.yml."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import OPTIONS, ChangingAction, Spec, Task
from ..plugin_utils._domain.defender import spynet
from ..plugin_utils._domain.operation import Operation, Refused

REPORTING = {"off": 0, "basic": 1, "advanced": 2}
SUBMIT_SAMPLES = {"always_prompt": 0, "safe_samples": 1, "never": 2, "all_samples": 3}


class ActionModule(ChangingAction):
    SPEC = Spec(
        options={
            "ssl_options": {"type": "int", "choices": [0, 1, 2, 3]},
            "certificate_pinning": {"type": "bool"},
            "revocation_check": {"type": "bool"},
            "reporting": {"type": "str", "choices": list(REPORTING)},
            "submit_samples": {"type": "str", "choices": list(SUBMIT_SAMPLES)},
            "names": {"type": "list", "elements": "str", "choices": list(spynet.VALUES)},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **OPTIONS,
        },
        mutually_exclusive=(("ssl_options", "certificate_pinning"), ("ssl_options", "revocation_check")),
        required_if=(("state", "absent", ("names",)),),
    )

    def operation(self, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        requested = ("ssl_options", "certificate_pinning", "revocation_check", "reporting", "submit_samples")
        given = [name for name in requested if arguments[name] is not None]
        if arguments["state"] == "absent" and given:
            raise Refused(
                "state=absent resets the values in names to the default, and cannot be combined with "
                f"{', '.join(given)}"
            )
        if arguments["state"] == "present":
            if arguments["names"]:
                raise Refused("names requires state=absent")
            if not given:
                raise Refused(f"state=present requires one of {', '.join(requested)}")
        return spynet.configure(
            ssl_options=arguments["ssl_options"],
            certificate_pinning=arguments["certificate_pinning"],
            revocation_check=arguments["revocation_check"],
            reporting=REPORTING.get(arguments["reporting"]),
            submit_samples=SUBMIT_SAMPLES.get(arguments["submit_samples"]),
            absent=arguments["names"] or (),
            check_mode=task.check_mode,
        )
