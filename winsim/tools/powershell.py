"""powershell.exe: it runs nothing, and says so; a fleet file can announce what a module of Ansible's answers.

Who compares this collection with modules written in PowerShell needs hosts that take their payload and answer at once
(`powershell` in a fleet file). The answer belongs to the module of that name and to no other.
"""

from __future__ import annotations

import base64
import binascii
import json
import re

from .process import Process

_ENCODED = re.compile(r"(?:^|\s)-e(?:c|n\w*)?\s+(\S+)", re.IGNORECASE)
_OF_COLLECTION = re.compile(r"^ansible_collections\.(\w+\.\w+\.)plugins\.modules\.")
_READS_INPUT = re.compile(r"\$input\b|\[console\]::(in\b|openstandardinput)", re.IGNORECASE)
_SHOWN = 60
"""Characters that are shown of a script that has no name."""


def run(process: Process, arguments: str) -> int:
    """Answers for an announced module; 1 for everything else, with a message on standard error: without one the exit
    code would be 0 over WinRS."""
    script = _script(arguments)
    given = process.stdin.read() if _READS_INPUT.search(script) or arguments.rstrip().endswith("-") else b""
    name = module(given)
    for announced, answer in process.machine.powershell.items():
        if name and announced.removesuffix(".ps1") in (name, name.rpartition(".")[2]):
            process.write(answer)
            return 0
    what = name or " ".join(script.split())[:_SHOWN] or arguments.strip()[:_SHOWN]
    process.unknown(f"PowerShell: {what}")
    process.write_error(process.message("winsim.no_powershell", what=what))
    return 1


def module(payload: bytes) -> str:
    """The full name of the module, or the name of Ansible's own script, that a payload of Ansible's runs; empty for
    anything else.

    Since 2.19 the input of the bootstrap script has two JSON objects, between them a line of four NULs; the second has
    the actions, and the last action's `Script` is the module (ansible-core, executor/powershell/module_manifest.py)."""
    try:
        manifest = json.loads(payload.split(b"\n\0\0\0\0\n")[1])
        action = manifest["actions"][-1]
        name = action.get("params", {}).get("Script", action["name"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return _OF_COLLECTION.sub(r"\1", str(name).removesuffix(".ps1"))


def _script(arguments: str) -> str:
    """What -EncodedCommand holds: UTF-16 in Base64."""
    found = _ENCODED.search(arguments)
    if not found:
        return arguments
    try:
        return base64.b64decode(found[1]).decode("utf-16-le", "replace")
    except binascii.Error:
        return ""
