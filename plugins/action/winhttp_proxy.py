"""Facade of windefend.maps.winhttp_proxy; its documentation is plugins/modules/winhttp_proxy.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils._domain import proxy
from ..plugin_utils._domain.operation import Operation, Refused
from ..plugin_utils._task.action import Spec, Task
from ..plugin_utils._task.journal import OPTIONS, ChangingAction


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
        return proxy.configure(wish_of(task.arguments), task.arguments["store"], task.check_mode)


def wish_of(arguments: Mapping[str, Any]) -> proxy.Wish | None:
    """The wish that the options describe; None: import the caller's. Raises Refused."""
    given = arguments["proxy"]
    settings = (given, arguments["autoconfig_url"], arguments["auto_detect"])
    if arguments["state"] == "absent":
        if any(settings) or arguments["bypass_list"] or arguments["source"]:
            raise Refused(
                "state=absent clears the store, and cannot be combined with proxy, bypass_list, source, "
                "autoconfig_url or auto_detect"
            )
        return proxy.Wish()
    if arguments["source"]:
        if arguments["store"] != "winhttp" or arguments["bypass_list"]:
            raise Refused(
                "source=ie imports proxy and bypass list into store=winhttp, so bypass_list and store=advanced "
                "cannot be used with it"
            )
        return None
    if not any(settings):
        raise Refused("state=present requires proxy, source, or with store=advanced autoconfig_url or auto_detect")
    http, https = _both(given)
    return proxy.Wish(
        http,
        https,
        tuple(dict.fromkeys(arguments["bypass_list"])),
        arguments["autoconfig_url"] or "",
        bool(arguments["auto_detect"]),
    )


def _both(given: Any) -> tuple[str, str]:
    if given is None:
        return "", ""
    if isinstance(given, str):
        return given, given
    if isinstance(given, Mapping) and given and set(given) <= {"http", "https"}:
        http, https = str(given.get("http") or ""), str(given.get("https") or "")
        if http or https:
            return http, https
    raise Refused("proxy must be 'host:port' or a mapping with http and https, each 'host:port'")
