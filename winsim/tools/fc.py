"""fc /b A B: whether two files are alike. Exit codes 0, 1 and 2 (a file is missing): ss64.com and others (likely)."""

from __future__ import annotations

from ..machine.files import FileError, FileSystem
from .access import may_read
from .arguments import split
from .process import Process

ALIKE, DIFFERENT, MISSING = 0, 1, 2
BAD_SYNTAX = -1


def run(process: Process, arguments: str) -> int:
    """Runs `fc ARGUMENTS`."""
    words = split(arguments)
    if len(words) != 3 or words[0].lower() != "/b":
        process.unknown(f"fc {arguments}".rstrip())
        return BAD_SYNTAX
    contents = []
    for name in words[1:]:
        path = FileSystem.normal(name, process.directory)
        try:
            contents.append(process.machine.files.read(path))
            if not may_read(process.machine.files, process.token, path):
                raise FileError(5, path)
        except FileError:
            process.write(process.message("fc.cannot_open", name=name.upper()))
            return MISSING
    first, second = contents
    process.write(process.message("fc.comparing", first=words[1], second=words[2].upper()))
    if first == second:
        process.write(process.message("fc.alike"))
        return ALIKE
    for offset, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            process.write(f"{offset:08X}: {one:02X} {other:02X}\r\n")
    if len(first) != len(second):
        longer, shorter = (words[1], words[2]) if len(first) > len(second) else (words[2], words[1])
        process.write(process.message("fc.longer", longer=longer.upper(), shorter=shorter.upper()))
    return DIFFERENT
