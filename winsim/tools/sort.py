"""sort.exe: lines in order, case ignored (Microsoft, sort; sure)."""

from __future__ import annotations

from ..machine.files import FileError
from ..machine.locale import codec
from . import arguments as command_line, textfiles
from .process import Process


def run(process: Process, arguments: str) -> int:
    """The program: `[/r] [file]`."""
    reverse = False
    names = []
    for word in command_line.split(arguments):
        if word.lower() in ("/r", "/reverse"):
            reverse = True
        elif word.startswith("/"):
            process.unknown(f"sort {word}")
            process.write_error(process.message("sort.invalid_switch"))
            return 1
        else:
            names.append(word)
    encoding = codec(process.console.code_page)
    try:
        content = textfiles.read(process, names[0]) if names else process.stdin.read()
    except FileError:
        process.write_error(process.message("sort.not_found", name=names[0]))
        return 1
    ordered = sorted(
        (line.rstrip(b"\r\n").decode(encoding, "replace") for line in textfiles.lines(content)),
        key=str.lower,
        reverse=reverse,
    )
    for line in ordered:
        process.write(line + "\r\n")
    return 0
