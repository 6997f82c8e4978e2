"""findstr: prints the lines of files or standard input that fit a search string.

Bytes pass unchanged. Standard input whose last line has no line feed gets CR LF appended, where it is a pipe, as it is
over WinRS (stackoverflow.com/questions/8844868; recalled); a file's last line is printed as it stands (guess).
"""

from __future__ import annotations

import re

from ...machine.files import FileError
from .. import textfiles
from ..process import Process
from .options import BadOptions, Options, compiled, parse

FOUND, NOT_FOUND, ERROR = 0, 1, 2
LIMIT = 8191
"""Bytes from which on findstr drops a line that comes on a pipe, and says so (published reports of the message, and a
script that works around the loss of matches: likely; the number, the same page: recalled; that `/v` does not print it
either: guess). The machine's `findstr_limit` says whether it has the limit."""


def run(process: Process, arguments: str) -> int:
    """The program: 0 when a line was printed, 1 when none, 2 for a bad command line."""
    try:
        options = parse(process, arguments)
        pattern = compiled(process, options)
    except BadOptions as fault:
        process.write_error(process.message(f"findstr.{fault.key}", name=fault.name))
        return ERROR
    if not options.files:
        content = process.stdin.read()
        if content and not content.endswith(b"\n"):
            content += b"\r\n"
        if process.machine.findstr_limit and len(content) >= LIMIT:
            content = _carried(process, content)
        return FOUND if _search(process, options, pattern, content, "") else NOT_FOUND
    found = False
    several = len(options.files) > 1 or any(c in options.files[0] for c in "*?")
    for name in options.files:
        try:
            for path in textfiles.expand(process, name):
                content = textfiles.read(process, path)
                found |= _search(process, options, pattern, content, path if several else "", path)
        except FileError:
            process.write_error(process.message("findstr.cannot_open", name=name))
    return FOUND if found else NOT_FOUND


def _carried(process: Process, content: bytes) -> bytes:
    """The lines that findstr does not drop; of the others it says the numbers."""
    kept = []
    for number, line in enumerate(textfiles.lines(content), 1):
        if len(line) < LIMIT:
            kept.append(line)
        else:
            process.write_error(process.message("findstr.line_too_long", number=number))
    return b"".join(kept)


def _search(
    process: Process, options: Options, pattern: re.Pattern[str], content: bytes, prefix: str, path: str = ""
) -> bool:
    """Prints what fits; whether anything did."""
    found = False
    offset = 0
    for number, line in enumerate(textfiles.lines(content), 1):
        fits = pattern.search(line.removesuffix(b"\n").decode("latin-1")) is not None
        if fits != ("v" in options.flags):
            found = True
            if "m" in options.flags:
                process.write(path + "\r\n")
                return True
            before = f"{prefix}:" if prefix else ""
            before += f"{number}:" if "n" in options.flags else ""
            before += f"{offset}:" if "o" in options.flags else ""
            process.write(before)
            process.stdout(line)
        offset += len(line)
    return found
