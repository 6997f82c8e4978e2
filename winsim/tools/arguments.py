"""Splitting a command line as the C runtime of a program does (CommandLineToArgvW).

Microsoft, "Parsing C++ command-line arguments" (sure): blanks and tabs separate; a quote begins and ends a part in
which they do not; `\\"` is a quote, backslashes before a quote count in pairs; two quotes inside a quoted part are one.
"""

from __future__ import annotations

import functools


def split(tail: str) -> list[str]:
    """The arguments in the tail of a command line (what follows the program's name)."""
    return list(_split(tail))


@functools.lru_cache(maxsize=2048)
def _split(tail: str) -> tuple[str, ...]:
    arguments: list[str] = []
    current, started, quoted, position = "", False, False, 0
    while position < len(tail):
        character = tail[position]
        if character == "\\":
            end = position
            while tail[end : end + 1] == "\\":
                end += 1
            count = end - position
            position = end
            started = True
            if tail[end : end + 1] != '"':
                current += "\\" * count
                continue
            current += "\\" * (count // 2)
            if count % 2:
                current += '"'
                position += 1
            continue
        if character == '"':
            if quoted and tail[position + 1 : position + 2] == '"':
                current += '"'
                position += 1
            else:
                quoted = not quoted
            started = True
        elif character in " \t" and not quoted:
            if started:
                arguments.append(current)
            current, started = "", False
        else:
            current += character
            started = True
        position += 1
    if started:
        arguments.append(current)
    return tuple(arguments)
