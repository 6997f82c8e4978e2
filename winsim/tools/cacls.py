"""cacls NAME /s: the access list as SDDL. Switch and shape `NAME "D:..."`: published help text and outputs (likely).

Windows 10 and later still carry it, though it tells to use icacls (published help text of 19045: likely).
"""

from __future__ import annotations

from ..machine import descriptors
from ..machine.files import FileSystem, Node
from .arguments import split
from .icacls import INHERITED
from .process import Process

FILE_NOT_FOUND = 2
FAILED = 160
"""What it ends with after its help (published); taken for every command line that it does not know."""


def run(process: Process, arguments: str) -> int:
    """Runs `cacls ARGUMENTS`."""
    words = split(arguments)
    if len(words) != 2 or words[1].lower() != "/s":
        process.unknown(f"cacls {arguments}".rstrip())
        return FAILED
    node = process.machine.files.find(FileSystem.normal(words[0], process.directory))
    if node is None:
        process.write_error(process.message("icacls.error_2", path=words[0]))
        return FILE_NOT_FOUND
    own = node.access is not None
    text = descriptors.sddl(_rights(process, node), directory=node.is_directory, own=own)
    process.write(f'{node.path} "{text}"\r\n\r\n')
    return 0


def _rights(process: Process, node: Node) -> dict[str, str]:
    """The rights of the nearest folder above that has its own."""
    path = node.path
    while path:
        found = process.machine.files.find(path)
        if found is not None and found.access is not None:
            return found.access
        path = path.rpartition("\\")[0]
    return INHERITED
