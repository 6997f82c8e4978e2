"""findstr's command line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...machine.files import FileError
from ...machine.locale import codec
from .. import arguments, textfiles
from ..process import Process
from . import pattern

FLAGS = "ivlrbexnmo"


class BadOptions(Exception):
    """The command line is refused; holds the key of the message and what it names."""

    def __init__(self, key: str, name: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.name = name


@dataclass
class Options:
    flags: set[str] = field(default_factory=set)
    strings: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def parse(process: Process, tail: str) -> Options:
    """Splits options, search strings and files; raises BadOptions."""
    options = Options()
    given = False
    words = arguments.split(tail)
    while words and words[0][:1] in "/-" and words[0][1:]:
        word = words.pop(0)[1:]
        head, colon, value = word.partition(":")
        if colon and head[-1:].lower() in ("c", "g"):
            _flags(process, options, head[:-1])
            given = True
            options.strings += [value] if head[-1].lower() == "c" else _from_file(process, value)
        else:
            _flags(process, options, word)
    if not given:
        if not words:
            raise BadOptions("bad_command_line")
        options.strings = words.pop(0).split(" ")
        options.strings = [text for text in options.strings if text]
    options.files = words
    return options


def _flags(process: Process, options: Options, letters: str) -> None:
    for letter in letters.lower():
        if letter not in FLAGS:
            process.unknown(f"findstr /{letters}")
            raise BadOptions("ignored", letter)
        options.flags.add(letter)


def _from_file(process: Process, name: str) -> list[str]:
    encoding = codec(process.console.code_page)
    try:
        content = process.stdin.read() if name == "/" else textfiles.read(process, name)
    except FileError:
        raise BadOptions("cannot_read_strings", name) from None
    return [line for line in content.decode(encoding, "replace").splitlines() if line]


def compiled(process: Process, options: Options) -> re.Pattern[str]:
    """One pattern for all search strings, over lines decoded as Latin-1; raises BadOptions."""
    encoding = codec(process.console.code_page)
    strings = [pattern.unescaped(text).encode(encoding, "replace").decode("latin-1") for text in options.strings]
    if "l" in options.flags:
        is_regular = False
    else:
        is_regular = "r" in options.flags or any(pattern.has_metacharacter(text) for text in strings[:1])
    whole = "x" in options.flags
    parts = []
    try:
        for text in strings:
            part = pattern.regular(text) if is_regular else pattern.literal(text)
            before = "^" if whole or "b" in options.flags else ""
            after = "(?=\\r?\\Z)" if whole or "e" in options.flags else ""
            parts.append(f"{before}(?:{part}){after}")
    except pattern.TooLong:
        raise BadOptions("too_long") from None
    _note_unreliable(process, options, strings, is_regular)
    try:
        return re.compile("|".join(parts) or "(?!)", re.IGNORECASE if "i" in options.flags else 0)
    except re.error:
        process.unknown(f"findstr pattern {options.strings}")
        raise BadOptions("bad_command_line") from None


def _note_unreliable(process: Process, options: Options, strings: list[str], is_regular: bool) -> None:
    """Several literal strings of different lengths, case respected: Windows may miss matches
    (stackoverflow.com/questions/8844868; recalled). No test may rest on what it prints."""
    if not is_regular and "i" not in options.flags and len({len(text) for text in strings}) > 1:
        process.unknown(
            "findstr with several case-sensitive literal strings of different lengths misses lines: use /i or /r"
        )
