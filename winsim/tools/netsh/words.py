"""What every netsh context does with its words: shortened commands, `name=value` pairs, the texts of refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...machine.locale import codec
from ..process import Process

SCHEMES = ("http", "https", "ftp", "socks")
"""A word `http=...` is a value and no option (guess)."""


class BadArgument(Exception):
    """netsh refuses the line; `key` is the text that says why, `values` fill it."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def pick(word: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `word` is or begins alone; None where none or several."""
    found = [name for name in names if name.startswith(word.lower())] if word else []
    return word.lower() if word.lower() in found else found[0] if len(found) == 1 else None


def pairs(words: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Values by option name. An option may be shortened; a word without `=` takes the next name in order that no word
    before it took. Raises BadArgument for an unknown or doubled name and for a word too many."""
    found: dict[str, str] = {}
    for word in words:
        before, equals, value = word.partition("=")
        name = pick(before, names) if equals else None
        if name is None and equals and before.lower() not in SCHEMES:
            raise BadArgument("bad_argument", word=word)
        if name is None:
            name, value = next((name for name in names if name not in found), None), word
        if name is None or name in found:
            raise BadArgument("bad_argument", word=word)
        found[name] = value
    return found


def not_found(process: Process, words: Sequence[str]) -> int:
    """netsh's answer to a command it does not have; returns the exit code."""
    process.write(process.message("netsh.command_not_found", command=" ".join(words)))
    return 1


def refuse(process: Process, refusal: BadArgument, usage: str = "") -> int:
    """Writes why a line was refused, and the usage text of that name; returns the exit code."""
    process.write(process.message(f"netsh.{refusal.key}", **refusal.values))
    if usage:
        process.write(process.message(f"netsh.{usage}"))
    return 1


def write_failed(process: Process, code: int) -> int:
    """The refusal of a proxy that cannot be stored, with its Win32 code; returns the exit code."""
    process.write(process.message("netsh.write_failed", code=code, meaning=process.message(f"netsh.error_{code}")))
    return 1


def needs_elevation(process: Process) -> int:
    """The refusal of a caller who is not elevated; returns the exit code.

    It comes in the OEM code page, whatever the console has (likely: published captures).
    """
    text = process.message("netsh.elevation")
    process.stdout(text.encode(codec(process.machine.locale.oem_code_page), "replace"))
    return 1
