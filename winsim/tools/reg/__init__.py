"""reg.exe: query, add, delete.

Output shapes: published captures of reg on six Windows languages (sure). Which command lines succeed and what they
store: the conformance tests of Wine's reg, which its authors also run on Windows (repository wine-mirror/wine,
programs/reg/tests; sure). The exit code of every failure is 1.
"""

from __future__ import annotations

from ...machine.clean.registry import ACCOUNT_POLICIES
from ..arguments import split
from ..process import Process
from . import change, query
from .options import Failure

OPERATIONS = {"query": query.run, "add": change.add, "delete": change.delete}
NOT_SIMULATED = ("copy", "save", "restore", "load", "unload", "compare", "export", "import", "flags")


def run(process: Process, arguments: str) -> int:
    """Runs `reg ARGUMENTS`; 0 on success, 1 on any failure."""
    words = split(arguments)
    operation = words[0].lower() if words else ""
    try:
        if process.machine.registry.number(f"HKU\\{process.token.sid}\\{ACCOUNT_POLICIES}", "DisableRegistryTools"):
            raise Failure("disabled")
        if operation in OPERATIONS:
            return OPERATIONS[operation](process, words[1:])
        if operation in NOT_SIMULATED or operation in ("/?", "-?", "/h", "-h"):
            process.unknown(f"reg {operation}")
        raise Failure("invalid_syntax_top")
    except Failure as failure:
        text = process.message(f"reg.{failure.key}", operation=operation.upper(), **failure.values)
        process.write_error(text)
        return 1
