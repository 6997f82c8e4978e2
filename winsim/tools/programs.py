"""Which function runs a program: the name in `Node.program` -> `module:function`, imported when first run."""

from __future__ import annotations

import functools
import importlib
from typing import cast

from .process import Tool

PROGRAMS: dict[str, str] = {
    "cacls": "cacls:run",
    "certutil": "certutil:run",
    "cmd": "cmd:run",
    "curl": "curl:run",
    "fc": "fc:run",
    "find": "find:run",
    "findstr": "findstr:run",
    "hostname": "hostname:run",
    "icacls": "icacls:run",
    "more": "more:run",
    "mpcmdrun": "mpcmdrun:run",
    "net": "net:run",
    "netsh": "netsh:run",
    "ping": "ping:run",
    "powershell": "powershell:run",
    "reg": "reg:run",
    "sc": "sc:run",
    "schtasks": "schtasks:run",
    "sort": "sort:run",
    "tar": "tar:run",
    "timeout": "timeout:run",
    "wevtutil": "wevtutil:run",
    "where": "where:run",
    "whoami": "whoami:run",
}


@functools.cache
def tool(name: str) -> Tool:
    """The function of a program; raises KeyError for a name that stands not in the table."""
    module, _unused, function = PROGRAMS[name].partition(":")
    return cast(Tool, getattr(importlib.import_module(f".{module}", __package__), function))
