"""find.exe: lines that hold a string.

The empty string is in no line (Microsoft, The Old New Thing, 2011-08-25; sure).
"""

from __future__ import annotations

from ..machine.files import FileError
from ..machine.locale import codec
from . import arguments as command_line, textfiles
from .process import Process

FOUND, NOT_FOUND, ERROR = 0, 1, 2


def run(process: Process, arguments: str) -> int:
    """The program: `[/v] [/c] [/n] [/i] "string" [files]`; 0 when a line was found, 1 when none, 2 for a bad line."""
    flags: set[str] = set()
    words = command_line.split(arguments)
    while words and words[0].startswith("/"):
        option = words.pop(0).lower()
        if option not in ("/v", "/c", "/n", "/i"):
            process.unknown(f"find {option}")
            process.write_error(process.message("find.invalid_switch"))
            return ERROR
        flags.add(option[1])
    if not words or f'"{words[0]}"' not in arguments:
        process.write_error(process.message("find.format"))
        return ERROR
    wanted = words.pop(0).encode(codec(process.console.code_page), "replace")
    if not words:
        count = _search(process, process.stdin.read(), wanted, flags)
        if "c" in flags:
            process.write(f"{count}\r\n")
        return FOUND if count else NOT_FOUND
    total = 0
    for name in words:
        try:
            for path in textfiles.expand(process, name):
                content = textfiles.read(process, path)
                process.write(f"\r\n---------- {path.upper()}" + ("" if "c" in flags else "\r\n"))
                count = _search(process, content, wanted, flags)
                process.write(f": {count}\r\n" if "c" in flags else "")
                total += count
        except FileError:
            process.write_error(process.message("find.not_found", name=name.upper()))
    return FOUND if total else NOT_FOUND


def _search(process: Process, content: bytes, wanted: bytes, flags: set[str]) -> int:
    count = 0
    for number, whole in enumerate(textfiles.lines(content), 1):
        line = whole.rstrip(b"\r\n")
        holds = bool(wanted) and (wanted.lower() in line.lower() if "i" in flags else wanted in line)
        if holds == ("v" in flags):
            continue
        count += 1
        if "c" not in flags:
            process.write(f"[{number}]" if "n" in flags else "")
            process.stdout(line + b"\r\n")
    return count
