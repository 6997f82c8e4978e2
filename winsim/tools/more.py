"""more.com: where output is no console it only copies, with CR LF after every line (recalled)."""

from __future__ import annotations

from ..machine.files import FileError
from . import arguments as command_line, textfiles
from .process import Process


def run(process: Process, arguments: str) -> int:
    """The program, for files or standard input."""
    names = command_line.split(arguments)
    if any(name.startswith(("/", "+")) for name in names):
        process.unknown(f"more {arguments}")
        return 1
    try:
        contents = [textfiles.read(process, name) for name in names] if names else [process.stdin.read()]
    except FileError as error:
        process.write_error(process.message("more.cannot_access", path=error.path))
        return 1
    for content in contents:
        for line in textfiles.lines(content):
            process.stdout(line.rstrip(b"\r\n") + b"\r\n")
    return 0
