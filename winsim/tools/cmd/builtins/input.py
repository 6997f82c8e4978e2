"""Reading one line of standard input and leaving the rest to whoever reads next."""

from __future__ import annotations

from ...process import Input


def read_line(source: Input) -> bytes:
    """The next line without its end; empty at the end of input."""
    line, _unused, rest = source.read().partition(b"\n")
    source.feed(rest, end=True)
    return line.rstrip(b"\r")
