"""where.exe: finds programs as cmd.exe would, and every one of them."""

from __future__ import annotations

from . import arguments as command_line
from .cmd.paths import base_name, matches
from .process import Process


def run(process: Process, arguments: str) -> int:
    """The program: `[/q] pattern ...` in the current directory and PATH; 0 when all were found, else 1."""
    words = command_line.split(arguments)
    quiet = bool(words) and words[0].lower() == "/q"
    patterns = words[1:] if quiet else words
    if not patterns or any(p.startswith(("/", "$")) or ":" in p for p in patterns):
        process.unknown(f"where {arguments}")
        process.write_error(process.message("where.syntax"))
        return 2
    code = 0
    for pattern in patterns:
        found = _find(process, pattern)
        if not found:
            code = 1
            if not quiet:
                process.write_error(process.message("where.not_found"))
        for path in [] if quiet else found:
            process.write(path + "\r\n")
    return code


def _find(process: Process, pattern: str) -> list[str]:
    extensions = ["", *process.environment.get("PATHEXT", "").split(";")]
    directories = [process.directory, *process.environment.get("PATH", "").split(";")]
    found: list[str] = []
    for directory in directories:
        for node in process.machine.files.children(directory.rstrip("\\")) if directory else ():
            fits = any(matches(base_name(node.path), pattern + extension) for extension in extensions)
            if fits and not node.is_directory and node.path not in found:
                found.append(node.path)
    return found
